"""A copy of this process from before any foreign code ran in it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any, NoReturn

from bouton.errors import BoutonError, CellError


class Twin:
    """A fork that waits for one question, answers it, and ends.

    Two fresh processes would each spend most of their time on importing libraries. The twin sees
    nothing that happens in this process after it was made. It ends with this process.

    Args:
        work: What it does with the question; both are JSON-ready.
    """

    def __init__(self, work: Callable[[Any], Any]) -> None:
        hear, self._ask = os.pipe()
        self._answer, tell = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            os.close(self._ask)
            os.close(self._answer)
            _serve(work, hear, tell)
        os.close(hear)
        os.close(tell)

    def ask(self, question: Any) -> Any:  # noqa: ANN401
        """Return the answer.

        Raises:
            CellError: If the work failed, or the twin died of it.
        """
        with os.fdopen(self._ask, "w", encoding="utf-8") as ask:
            json.dump(question, ask)
        with os.fdopen(self._answer, encoding="utf-8") as answer:
            told = answer.read()
        os.waitpid(self._pid, 0)
        if not told:
            raise CellError("the process that builds the cell again died")
        found = json.loads(told)
        if "error" in found:
            raise CellError(found["error"])
        return found["result"]


def _serve(work: Callable[[Any], Any], hear: int, tell: int) -> NoReturn:
    try:
        with os.fdopen(hear, encoding="utf-8") as heard:
            question = heard.read()
        if question:  # else the other process is gone
            with os.fdopen(tell, "w", encoding="utf-8") as answer:
                json.dump(_answered(work, json.loads(question)), answer)
    finally:
        os._exit(0)  # nothing of the other process is to be cleaned up here


def _answered(work: Callable[[Any], Any], question: Any) -> dict[str, Any]:  # noqa: ANN401
    try:
        return {"result": work(question)}
    except BoutonError as error:
        return {"error": str(error)}
    except Exception as error:  # noqa: BLE001 - told to the process that asked
        return {"error": f"{type(error).__name__}: {error}"}
