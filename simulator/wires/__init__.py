"""The wires that simulated devices sit on: serial ports, pins."""
