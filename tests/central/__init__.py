"""Tests of `central`."""
