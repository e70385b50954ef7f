"""The inside of a worker process: `python -m bouton.execution.child READ_FD WRITE_FD PARENT`.

First line in: `{"factory": "module:attr", "argument": ...}`. First line out: `{"ready": true}` or
`{"error": ...}`. Then one payload per line in, one `{"result": ...}` or `{"error": ...}` out. The
end of input ends the process.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import IO, Any

from bouton.errors import BoutonError

_PR_SET_PDEATHSIG = 1


def main(read_fd: int, write_fd: int, parent: int) -> None:
    """Serve until the input ends, or the process with the number `parent`."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _die_with_parent(parent)
    os.environ.setdefault("NEURON_MODULE_OPTIONS", "-nogui")
    with os.fdopen(read_fd, encoding="utf-8") as requests, os.fdopen(write_fd, "w") as answers:
        order = json.loads(requests.readline() or "null")
        if order is None:
            return
        work: list[Callable[[Mapping[str, Any]], Any]] = []
        if not _answer(answers, lambda: work.append(_factory(order)), key="ready"):
            return
        for line in requests:
            payload = json.loads(line)
            _answer(answers, lambda payload=payload: work[0](payload))  # type: ignore[misc]


def _factory(order: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], Any]:
    module, _, attribute = order["factory"].partition(":")
    made = getattr(import_module(module), attribute)(order["argument"])
    if not callable(made):
        raise BoutonError(f"worker factory {order['factory']!r} gave no function")
    return made  # type: ignore[no-any-return]


def _answer(answers: IO[str], call: Callable[[], Any], key: str = "result") -> bool:
    try:
        text = json.dumps({key: call()})
    except Exception as error:  # noqa: BLE001 - whatever the task raised becomes its outcome
        kind = "" if isinstance(error, BoutonError) else f"{type(error).__name__}: "
        text = json.dumps({"error": f"{kind}{error}"})
    answers.write(text + "\n")
    answers.flush()
    return '"error"' not in text[:9]


def _die_with_parent(parent: int) -> None:
    """Ask Linux to kill this process when the one that started it dies, even while busy."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            raise SystemExit("the process that started this worker is gone")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
