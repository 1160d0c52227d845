"""Tests of `station/rules`."""
