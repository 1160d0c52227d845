"""The decisions of every service: pure functions without I/O, clock, log or randomness."""
