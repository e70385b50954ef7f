"""Program that reads one morphology with MorphIO and writes plain arrays to standard output.

Run as a script by `bouton_plugins.morphologies.morphio`, which thereby survives files that crash
MorphIO, and keeps everything it prints to itself. ASC text comes from standard input, HDF5 by path.

    python -P morphio_reader.py asc < cell.asc
    python -P morphio_reader.py h5 cell.h5

The answer is an npz archive, with `error` if MorphIO refused the file.
"""

from __future__ import annotations

import io
import os
import sys
from typing import Any

import morphio
import numpy as np


def arrays_of(raw: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return a MorphIO morphology as arrays; sections are in depth-first order."""
    sections = list(raw.iter())
    position = {section.id: index for index, section in enumerate(sections)}
    parents = [-1 if s.is_root else position[s.parent.id] for s in sections]
    counts = [len(section.points) for section in sections]
    points = [np.column_stack((section.points, section.diameters)) for section in sections]
    return {
        "soma": np.column_stack((raw.soma.points, raw.soma.diameters)).astype(np.float64),
        "soma_type": np.array(raw.soma_type.name),
        "points": np.vstack([np.empty((0, 4)), *points]),
        "counts": np.array(counts, dtype=np.int64),
        "types": np.array([int(section.type) for section in sections], dtype=np.int64),
        "parents": np.array(parents, dtype=np.int64),
    }


def answer(arguments: list[str]) -> dict[str, Any]:
    """Return the arrays for one request."""
    handler = morphio.WarningHandlerCollector()
    try:
        if arguments[0] == "asc":
            text = sys.stdin.buffer.read().decode("utf-8")
            raw = morphio.Morphology(text, "asc", warning_handler=handler)
        else:
            raw = morphio.Morphology(arguments[1], warning_handler=handler)
    except morphio.MorphioError as error:
        return {"error": np.array(str(error))}
    warnings = [str(emission.warning.msg()) for emission in handler.get_all()]
    return {**arrays_of(raw), "warnings": np.array(warnings, dtype=np.str_)}


def main() -> None:
    """Answer on standard output; whatever the libraries print goes to standard error."""
    output = os.dup(1)
    os.dup2(2, 1)
    memory = io.BytesIO()
    np.savez(memory, **answer(sys.argv[1:]))
    with os.fdopen(output, "wb") as stream:
        stream.write(memory.getvalue())


if __name__ == "__main__":
    main()
