"""What the workers of the execution tests are asked to do."""

from __future__ import annotations

import ctypes
import os
import signal
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from bouton.errors import BoutonError


def factory(argument: Mapping[str, Any]) -> Callable[[Mapping[str, Any]], Any]:
    if argument.get("fail"):
        raise BoutonError("this factory was told to fail")
    if argument.get("crash"):
        os.kill(os.getpid(), signal.SIGSEGV)
    if (mark := argument.get("crash_unless")) and not Path(mark).exists():
        Path(mark).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    hoard: list[bytearray] = []

    def work(payload: Mapping[str, Any]) -> Any:
        match payload.get("do", "echo"):
            case "echo":
                return {"value": payload.get("value"), "pid": os.getpid(), **argument}
            case "sleep once":
                mark = Path(payload["mark"])
                if not mark.exists():
                    mark.touch()
                    time.sleep(600)
            case "loop":
                while True:
                    pass
            case "segfault":
                ctypes.string_at(0)
            case "exit":
                os._exit(3)
            case "eat":
                hoard.append(bytearray(400_000_000))  # once: a slow watchdog must not cost more
                time.sleep(600)
            case "raise":
                raise BoutonError("told to raise")
            case "bug":
                return 1 / 0
            case "chatter":
                os.write(1, b"noise on stdout\n")
                return "quiet"
        return None

    return work
