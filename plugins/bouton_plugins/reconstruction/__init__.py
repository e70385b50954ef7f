"""Reconstruct a network from one description, store it, look at it."""
