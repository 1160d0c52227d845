"""What is measured, beside its limit, in one run."""
