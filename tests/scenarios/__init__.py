"""Whole stories, from scan to open door and back."""
