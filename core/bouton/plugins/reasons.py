"""What went wrong inside somebody else's code, in one line."""

from __future__ import annotations

from types import TracebackType


def reason_of(error: BaseException) -> str:
    """Return class, first line of the message, and the place where the error arose.

    What no terminal can print, such as half of a character in a file name, is shown as its code.
    """
    line = next(iter(str(error).strip().splitlines()), "")
    text = "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in line)
    reason = f"{type(error).__name__}: {text}" if text else type(error).__name__
    place = _place(error.__traceback__)
    return f"{reason} ({place})" if place else reason


def _place(traceback: TracebackType | None) -> str:
    """Return `file:line` of the innermost frame that is neither ours nor Python's import system."""
    place = ""
    while traceback is not None:
        frame = traceback.tb_frame
        module = str(frame.f_globals.get("__name__", ""))
        if not f"{module}.".startswith(("importlib.", "bouton.plugins.", "pluggy.")):
            place = f"{frame.f_code.co_filename}:{traceback.tb_lineno}"
        traceback = traceback.tb_next
    return place
