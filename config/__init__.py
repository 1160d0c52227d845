"""The station file: its models, its checker, and the stations that are shipped."""
