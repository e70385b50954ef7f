"""Tables and figures of a run, made from the run directory or from plain data."""
