"""How to mend what is wrong with a plug-in, in one line for its authors."""

from __future__ import annotations

import re

_HOOK = re.compile(r"bouton_register_\w+")


def remedy(error: BaseException, module: str = "") -> str:
    """Return what the authors of a plug-in can do about an error; empty if nobody can tell.

    Args:
        error: What was raised while the plug-in was imported or asked.
        module: Module that its entry point names, or that a target names.
    """
    text = str(error)
    match error:
        case ModuleNotFoundError() if error.name and _is_part(error.name, module):
            wrong = f"no module {error.name!r} is in the distribution"
            return f"{wrong}: correct the name, or what the wheel holds, and install again"
        case ModuleNotFoundError():
            return f"add {error.name} to the dependencies, or import it in the target's module"
        case ImportError():
            return "correct the name that is imported, or the version that is asked for"
        case SyntaxError():
            return f"correct line {error.lineno} of {error.filename}"
        case SystemExit():
            return "end no process while a module is imported or a hook is called"
        case RecursionError():
            return "break the endless call at the place named"
        case _ if type(error).__name__ == "PluginValidationError":
            found = _HOOK.search(text)
            return f"hooks take no arguments: def {found[0] if found else 'bouton_register_...'}()"
        case ValueError() if text.startswith("entry "):
            return "correct the Entry: kebab-case name, 'module:attribute', summary of one line"
        case TypeError() if "Entry" in text:
            return "correct the Entry: Entry(name, 'module:attribute', 'summary')"
        case _ if "while plug-ins are being imported" in text:
            return "ask bouton.registry inside a function, not while the module is imported"
    return "correct the line named" if error.__traceback__ is not None else ""


def _is_part(name: str, module: str) -> bool:
    """Return whether a missing module is the plug-in's own one."""
    return bool(module) and name.partition(".")[0] == module.partition(".")[0]
