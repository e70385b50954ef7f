"""A protocol that a study writes out itself instead of naming a plug-in."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs
from attrs import evolve, field, frozen

from bouton.errors import BoutonError, ProtocolError, did_you_mean
from bouton.model.protocol import Integration, Protocol, Validity

if TYPE_CHECKING:
    from bouton.contracts import Recorder, Stimulus


@frozen
class InlineProtocol:
    """Stimuli and recordings, put together in a study.

    Attributes:
        duration_ms: The run goes on until this time is reached.
        stimuli: What drives the cell.
        recordings: What is recorded; the first voltage signal is the one figures show first.
        integration: Process-wide settings.
        validity: What makes a trace acceptable.
        onset_ms: Start of the stimulus, for features and figures.
        stimulus_ms: Duration of the stimulus, for features and figures.
    """

    duration_ms: float = field(validator=attrs.validators.gt(0.0))
    stimuli: tuple[Stimulus, ...] = ()
    recordings: tuple[Recorder, ...] = ()
    integration: Integration = Integration()
    validity: Validity = Validity()
    onset_ms: float = 0.0
    stimulus_ms: float = 0.0

    def protocol(self, values: Mapping[str, Any]) -> Protocol:
        """Return the protocol, with values put in place by path, such as `stimuli.0.amplitude_nA`.

        Raises:
            ProtocolError: If a path leads nowhere, or a value does not fit there.
        """
        changed: Any = self
        for path, value in values.items():
            changed = _with_value(changed, path.split("."), value, path)
        return Protocol(
            drives=tuple(drive for stimulus in changed.stimuli for drive in stimulus.drives()),
            signals=tuple(
                signal for recorder in changed.recordings for signal in recorder.signals()
            ),
            duration_ms=changed.duration_ms,
            integration=changed.integration,
            validity=changed.validity,
            onset_ms=changed.onset_ms,
            stimulus_ms=changed.stimulus_ms,
        )


def with_value(
    owner: Any,  # noqa: ANN401
    path: str,
    value: Any,  # noqa: ANN401
    error: type[BoutonError] = ProtocolError,
) -> Any:  # noqa: ANN401
    """Return a description with the value at a path replaced, its own checks run again.

    Raises:
        BoutonError: Of the given class, if the path leads nowhere or the value does not fit.
    """
    try:
        return _with_value(owner, path.split("."), value, path)
    except BoutonError as problem:
        raise error(str(problem)) from problem


def _with_value(owner: Any, keys: list[str], value: Any, path: str) -> Any:  # noqa: ANN401
    """Return a description with the value at a path replaced, its own checks run again."""
    if not keys:
        return _fitting(owner, value, path)
    if isinstance(owner, tuple):
        index = _index(keys[0], len(owner), path)
        return (
            *owner[:index],
            _with_value(owner[index], keys[1:], value, path),
            *owner[index + 1 :],
        )
    if isinstance(owner, Mapping) and keys[0] in owner:
        return {**owner, keys[0]: _with_value(owner[keys[0]], keys[1:], value, path)}
    names = [a.alias for a in attrs.fields(type(owner)) if a.init] if _is_attrs(owner) else []
    if keys[0] not in names:
        hint = did_you_mean(keys[0], [name for name in names if name])
        raise ProtocolError(f"nothing to set at {path!r}: no {keys[0]!r} here; {hint}")
    try:
        changed = _with_value(getattr(owner, keys[0]), keys[1:], value, path)
        return evolve(owner, **{keys[0]: changed})
    except (ValueError, TypeError) as error:
        raise ProtocolError(f"{path!r} cannot be {value!r}: {error}") from error


def _is_attrs(owner: object) -> bool:
    return attrs.has(type(owner))


def _index(key: str, length: int, path: str) -> int:
    if not (key.isascii() and key.isdigit() and int(key) < length):
        raise ProtocolError(
            f"nothing to set at {path!r}: {key!r} is no index of a list of {length}"
        )
    return int(key)


def _fitting(old: Any, value: Any, path: str) -> Any:  # noqa: ANN401
    """Return the value if it is of the kind of the one that it replaces."""
    if isinstance(old, bool) or attrs.has(type(old)) or isinstance(old, Mapping):
        raise ProtocolError(f"{path!r} cannot be set by a parameter value")
    if isinstance(old, int | float):
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ProtocolError(f"{path!r} must be a number, got {value!r}")
        if not math.isfinite(value):
            raise ProtocolError(f"{path!r} must be finite, got {value!r}")
        if isinstance(old, int) and value != int(value):
            raise ProtocolError(f"{path!r} must be a whole number, got {value!r}")
        return int(value) if isinstance(old, int) else float(value)
    if isinstance(old, str | tuple) and not isinstance(value, type(old)):
        raise ProtocolError(f"{path!r} must be like {old!r}, got {value!r}")
    return value
