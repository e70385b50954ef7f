"""An exporter: the traces of one evaluation as a table of text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from attrs import field, frozen

from bouton import Results
from bouton.results.atomic import write_atomic


@frozen
class Skeleton:
    """The traces of one evaluation as lines `protocol,trace,unit,t_ms,value`.

    Attributes:
        row: Row of the run.
    """

    row: int = field(default=0, converter=int)

    def export(self, directory: Path, out: Path) -> Sequence[str]:
        """Write the table and return what it could not hold.

        Raises:
            ResultsError: If the run has no such row, kept no traces, or cannot be written.
        """
        lines, notes = ["protocol,trace,unit,t_ms,value"], []
        for name, response in Results.open(directory).responses(self.row).items():
            for trace in response:
                if trace.values.ndim > 1:
                    notes.append(f"trace {trace.name!r} of {name!r}: it has many places")
                    continue
                rows = np.stack([trace.t_ms, trace.values], axis=1).tolist()
                head = f"{name},{trace.name},{trace.unit}"
                lines += [f"{head},{t_ms!r},{value!r}" for t_ms, value in rows]
        write_atomic(out, ("\n".join(lines) + "\n").encode())
        return notes
