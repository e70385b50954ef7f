"""eFEL behind the contract of a feature extractor."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

import efel
import numpy as np
from attrs import Factory, field, frozen, validators
from efel.units import get_unit

from bouton.errors import ProtocolError, did_you_mean
from bouton.log import logger
from bouton.model.morphology import FloatArray
from bouton.model.scores import Feature, FeatureValue
from bouton.model.traces import Response, Trace

Setting = bool | int | float | str

# the path of a file inside eFEL: not a matter of a study
_NOT_OURS = "dependencyfile_path"


def _known_features(_: object, attribute: object, names: tuple[str, ...]) -> None:
    del attribute
    if not names:
        raise ValueError("features needs at least one eFEL feature name")
    known = efel.get_feature_names()
    wrong = [f"{name!r} ({did_you_mean(name, known)})" for name in names if name not in known]
    if wrong:
        raise ValueError(f"eFEL {efel.__version__} has no feature {'; '.join(wrong)}")


def _known_settings(_: object, attribute: object, settings: Mapping[str, Setting]) -> None:
    del attribute
    defaults = _default_settings()
    for name, value in settings.items():
        if name not in defaults:
            raise ValueError(f"eFEL has no setting {name!r}; {did_you_mean(name, defaults)}")
        expected = type(defaults[name])
        fits = isinstance(value, expected) or (expected is float and isinstance(value, int))
        if not fits or isinstance(value, bool) != (expected is bool):
            raise ValueError(
                f"eFEL setting {name!r} must be of type {expected.__name__}, got {value!r}"
            )


def _default_settings() -> dict[str, Setting]:
    settings = asdict(efel.Settings())
    return {name: value for name, value in settings.items() if name != _NOT_OURS}


@frozen
class Efel:
    """Features of one voltage trace, taken by eFEL.

    Attributes:
        features: eFEL's names, such as `AP_amplitude`.
        protocol: Protocol to read; empty for the only one.
        trace: Trace to read; empty for the first voltage of the protocol.
        stimulus_start_ms: Start of the stimulus; None means what the protocol says.
        stimulus_end_ms: Its end; None means what the protocol says.
        interval_ms: Sampling interval that eFEL is given, and its `interp_step`.
        settings: eFEL settings that differ from its defaults, such as {Threshold: -30.0}.
    """

    features: tuple[str, ...] = field(validator=_known_features)
    protocol: str = ""
    trace: str = ""
    stimulus_start_ms: float | None = None
    stimulus_end_ms: float | None = None
    interval_ms: float = field(default=0.025, validator=validators.gt(0.0))
    settings: Mapping[str, Setting] = field(default=Factory(dict), validator=_known_settings)

    @property
    def all_settings(self) -> Mapping[str, Setting]:
        """Every eFEL setting in force, by eFEL's name."""
        own = {"interp_step": self.interval_ms, **self.settings}
        return {**_default_settings(), **own}

    def extract(self, responses: Mapping[str, Response]) -> Iterable[Feature]:
        """Return the features in the order asked for; nan where eFEL gives none.

        eFEL's reason for a nan is logged at level DEBUG.

        Raises:
            ProtocolError: If the protocol, the trace or the stimulus window is missing.
        """
        response = self._response(responses)
        t_ms, v_mV = self._samples(response)
        start, end = self._window(response)
        trace = {"T": t_ms, "V": v_mV, "stim_start": [start], "stim_end": [end]}
        with _settings(self.all_settings), _reasons(response.protocol):
            (found,) = efel.get_feature_values([trace], list(self.features))
        return [Feature(name, _plain(found[name]), _unit(name)) for name in self.features]

    def _response(self, responses: Mapping[str, Response]) -> Response:
        if not self.protocol and len(responses) == 1:
            return next(iter(responses.values()))
        if self.protocol not in responses:
            hint = did_you_mean(self.protocol, responses)
            raise ProtocolError(f"efel: no protocol {self.protocol!r} was run; {hint}")
        return responses[self.protocol]

    def _samples(self, response: Response) -> tuple[FloatArray, FloatArray]:
        trace = response[self.trace] if self.trace else _first_voltage(response)
        if trace.values.ndim != 1 or trace.unit != "mV":
            raise ProtocolError(
                f"efel: trace {trace.name!r} of protocol {response.protocol!r} must be a voltage "
                f"at one place; it has unit {trace.unit!r} and shape {trace.values.shape}"
            )
        return trace.resampled(self.interval_ms)

    def _window(self, response: Response) -> tuple[float, float]:
        described = response.description
        start = described.onset_ms if self.stimulus_start_ms is None else self.stimulus_start_ms
        end = self.stimulus_end_ms
        if end is None:
            end = described.onset_ms + described.stimulus_ms
        if not end > start:
            raise ProtocolError(
                f"efel: the stimulus of {response.protocol!r} would last from {start:g} to "
                f"{end:g} ms; give stimulus_start_ms and stimulus_end_ms"
            )
        return start, end


def _first_voltage(response: Response) -> Trace:
    for trace in response:
        if trace.variable == "v" and trace.values.ndim == 1:
            return trace
    raise ProtocolError(f"efel: protocol {response.protocol!r} records no voltage at one place")


@contextmanager
def _settings(values: Mapping[str, Setting]) -> Iterator[None]:
    """Put settings in force; eFEL keeps them for the whole process, so they are reset after."""
    efel.reset()
    for name, value in values.items():
        efel.set_setting(name, value)
    try:
        yield
    finally:
        efel.reset()


@contextmanager
def _reasons(protocol: str) -> Iterator[None]:
    """Log what eFEL says instead of warning once per feature and candidate."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    for warning in caught:
        text = " ".join(str(warning.message).split())
        logger.debug("eFEL on {}: {}", protocol, text)


def _plain(value: Any) -> FeatureValue:  # noqa: ANN401
    """Return a number for one value, several as a tuple, nan for none."""
    if value is None or not np.size(value):
        return math.nan
    numbers = np.asarray(value, dtype=np.float64).ravel()
    return float(numbers[0]) if len(numbers) == 1 else tuple(numbers.tolist())


def _unit(name: str) -> str:
    """Return eFEL's unit, empty where it states none or says `constant`."""
    try:
        unit = str(get_unit(name))
    except KeyError:
        return ""
    return "" if unit == "constant" else unit
