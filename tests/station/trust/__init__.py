"""Tests of `station/trust`."""
