"""Reads cells that others wrote in hoc or Python; runs in a child process of its own only.

`child` is the inside of that process. Nothing here is meant for a process that simulates.
"""
