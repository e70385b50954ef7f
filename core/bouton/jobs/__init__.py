"""Jobs: what is done with a study."""
