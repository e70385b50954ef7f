"""The features of the L5PT objectives on their own, for targets that a study writes itself."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import numpy as np
from attrs import field, frozen

from bouton.errors import ProtocolError, did_you_mean
from bouton.model.scores import Feature, FeatureValue
from bouton.model.traces import Response
from bouton_plugins.hay.features import Recording
from bouton_plugins.hay.objectives import attempt
from bouton_plugins.hay.targets import ROWS

_TAKERS = {row.feature: (row.take, row.unit) for row in ROWS}


def _known(_: object, attribute: object, names: tuple[str, ...]) -> None:
    del attribute
    for name in names:
        if name not in _TAKERS:
            raise ValueError(f"no feature is called {name!r}; {did_you_mean(name, _TAKERS)}")


@frozen
class HayFeatures:
    """Features as the L5PT objectives take them, without their checks and penalties.

    Attributes:
        features: Names, such as `AP_height` or `BAC_ISI`; default: all.
        protocol: Protocol to read; empty for the only one.
        trace: Trace that stands for the soma.

    Source: Hay et al. (2011) PLoS Comput Biol 7:e1002107, table of features.
    """

    features: tuple[str, ...] = field(default=tuple(_TAKERS), validator=_known)
    protocol: str = ""
    trace: str = ""

    def extract(self, responses: Mapping[str, Response]) -> Iterable[Feature]:
        """Return the features in the order asked for; one that cannot be taken is nan.

        Raises:
            ProtocolError: If the protocol or a trace that a feature needs is missing.
        """
        recording = Recording(self._response(responses), self.trace or "soma")
        for name in self.features:
            take, unit = _TAKERS[name]
            yield Feature(name, _plain(attempt(take, recording)), unit)

    def _response(self, responses: Mapping[str, Response]) -> Response:
        if not self.protocol and len(responses) == 1:
            return next(iter(responses.values()))
        if self.protocol not in responses:
            hint = did_you_mean(self.protocol, responses)
            raise ProtocolError(f"hay-features: no protocol {self.protocol!r} was run; {hint}")
        return responses[self.protocol]


def _plain(value: object) -> FeatureValue:
    numbers = np.asarray(value, dtype=np.float64)
    if not numbers.size:
        return math.nan
    return tuple(numbers.tolist()) if numbers.ndim else float(numbers)
