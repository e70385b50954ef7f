"""The simulator adapter: the only package that imports NEURON.

Importing this package imports no simulator; its modules do. `cells.LiveCell` builds a described
cell, `running.run_protocol` runs a protocol on it.
"""
