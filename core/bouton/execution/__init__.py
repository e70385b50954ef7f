"""Worker processes with a watchdog, and the executors made of them.

A worker is a fresh Python process that talks JSON lines over two pipes of its own. It is started
with `subprocess`, not `multiprocessing`, so that scripts need no `__main__` guard, notebooks and
daemonic processes (Dask workers) can start workers too, and nothing is ever pickled.
"""
