"""Passes, orders, key ring, revocations and signatures: pure functions over bytes."""
