"""Simulated devices, written from the wire protocols and never from a driver's codec."""
