"""An entry together with the plug-in that offers it, and the way to its target."""

from __future__ import annotations

from importlib import import_module
from operator import attrgetter
from typing import Any

from attrs import frozen

from bouton.errors import MissingDependencyError, PluginError, did_you_mean
from bouton.plugins.entry import Entry
from bouton.plugins.reasons import reason_of
from bouton.plugins.specs import singular


@frozen
class Offer:
    """One entry of one plug-in.

    Attributes:
        kind: Kind of the entry, such as `cell_templates`.
        entry: What the plug-in declared.
        plugin: Name of the plug-in.
        distribution: Name of the distribution that the plug-in came with.
        version: Version of that distribution.
        is_builtin: Whether it came with Bouton itself.
    """

    kind: str
    entry: Entry
    plugin: str
    distribution: str = ""
    version: str = ""
    is_builtin: bool = False

    @property
    def name(self) -> str:
        """The entry's own name."""
        return self.entry.name

    @property
    def qualified(self) -> str:
        """`plugin:entry`, which is never ambiguous."""
        return f"{self.plugin}:{self.entry.name}"

    def load(self) -> Any:  # noqa: ANN401
        """Import and return the target.

        Raises:
            MissingDependencyError: If a library that the entry says it requires is missing.
            PluginError: If the target cannot be imported for any other reason.
        """
        module_name, _, attribute = self.entry.target.partition(":")
        try:
            module = import_module(module_name)
        except MissingDependencyError:
            raise
        except ImportError as error:
            raise self._import_failure(module_name, error) from error
        except KeyboardInterrupt as error:
            error.add_note(f"{self._who} was being imported")
            raise
        except BaseException as error:  # a stranger's module may raise anything
            raise PluginError(f"{self._who} cannot be loaded: {reason_of(error)}") from error
        try:
            return attrgetter(attribute)(module)
        except AttributeError as error:
            public = [name for name in vars(module) if not name.startswith("_")]
            hint = did_you_mean(attribute, public)
            raise PluginError(
                f"{self._who}: module {module_name!r} has no {attribute!r}; {hint}"
            ) from error

    @property
    def _who(self) -> str:
        return (
            f"{singular(self.kind)} {self.name!r} of plug-in {self.plugin!r} "
            f"(target {self.entry.target})"
        )

    def _import_failure(self, module: str, error: ImportError) -> PluginError:
        """Tell a library that is not installed from a mistake in the plug-in itself."""
        missing = (error.name or "").partition(".")[0]
        if self.entry.requires and missing not in (module.partition(".")[0], "bouton"):
            return MissingDependencyError(
                f"{singular(self.kind)} {self.name!r} needs {self.entry.requires}: {error}; "
                f'run: pip install "{self.entry.requires}"'
            )
        return PluginError(f"{self._who} cannot be loaded: {reason_of(error)}")
