"""Tests of `systemd`."""
