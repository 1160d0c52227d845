"""The controller of one micro-station: signals in, rules, journal, commands out."""
