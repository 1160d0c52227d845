"""Stations without hardware: devices at the wire, worlds on virtual time, and the demo."""
