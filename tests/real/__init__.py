"""Tests against the real broker and a real browser."""
