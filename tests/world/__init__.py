"""Random runs of whole stations on virtual time."""
