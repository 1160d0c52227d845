"""Runs of minutes or hours: `./run long NAME`."""
