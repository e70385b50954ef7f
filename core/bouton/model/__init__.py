"""Plain descriptions: no NEURON, no files, no live objects."""
