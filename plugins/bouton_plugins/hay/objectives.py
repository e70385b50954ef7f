"""Scores of an L5PT: distance of each feature to data in standard deviations, with penalties."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import cached_property
from statistics import fmean
from typing import Literal

import numpy as np
from attrs import Factory, evolve, field, frozen, validators

from bouton.errors import did_you_mean
from bouton.model.scores import Feature, FeatureValue, Scores, Target
from bouton.model.traces import Response
from bouton_plugins.hay.checks import DEADLINE_FLAG, Check, protocol_flags
from bouton_plugins.hay.features import SOMA_THRESHOLD_MV, Recording, Value
from bouton_plugins.hay.targets import KINDS, MIN_SPIKES, ROWS, Row, combined_members

UNUSABLE = 250.0
_CHECK_FAILED = 20.0
_CAP = 187.5
_FLOOR = 75.0
_PER_VARIANCE = 0.1
_BEFORE_ONSET_MS = 100.0
_HALF_WAY = 30.0
_SPIKE_IS_WORTH = 100.0
_SPIKE_IS_OVER_MS = 5.0
_LOWEST_MV = -100.0


@frozen
class OtherTarget:
    """A mean and standard deviation that replace those of the table."""

    mean: float
    std: float = field(validator=validators.gt(0.0))


def _known(kinds: Mapping[str, object] | tuple[str, ...], known: tuple[str, ...]) -> None:
    for name in kinds:
        if name not in known:
            raise ValueError(f"there is no {name!r}; {did_you_mean(name, known)}")


@frozen
class HayObjectives:
    """The 41 objectives of the L5PT, or those of some protocols.

    Attributes:
        include: Which protocols are judged, of bAP, BAC, StepOne, StepTwo and StepThree.
        names: Name of a protocol in the study where it differs, such as {BAC: my-bac}.
        punish_last_spike_after_deadline: Whether bAP and BAC fail with a spike after the deadline.
        include_DI3: Whether the doublet interval of StepThree counts in the combined objective.
        other_targets: Means and standard deviations that replace those of the table.
        unusable: What objectives of a protocol score whose flags are not all true. `variance`: one
            number for all, a little less the more the soma moved. `distance`: from 75 to 250 by
            each one's own distance to its target, and by how near the soma came to the next spike
            where spikes are missing, so that a search from random starts sees which way is up;
            usable traces score the same either way.
        combined: What a combined objective is of its members: the `largest`, or their `mean`, with
            which a search from random starts sees each of them get better.

    Source: Hay et al. (2011) PLoS Comput Biol 7:e1002107; rules and penalties as in the evaluator
    that the Oberlaender group uses for its L5PT models, quirks included (see the reference page).
    """

    include: tuple[str, ...] = ("bAP", "BAC")
    names: Mapping[str, str] = Factory(dict)
    punish_last_spike_after_deadline: bool = True
    include_DI3: bool = True
    other_targets: Mapping[str, OtherTarget] = Factory(dict)
    unusable: Literal["variance", "distance"] = "variance"
    combined: Literal["largest", "mean"] = "largest"

    def __attrs_post_init__(self) -> None:
        _known(self.include, KINDS)
        _known(self.names, KINDS)
        _known(self.other_targets, tuple(row.objective for row in ROWS))
        if not self.include:
            raise ValueError("include needs at least one protocol")
        if len(set(self.protocols())) != len(self.include):
            raise ValueError("two protocols share one name")

    @property
    def targets(self) -> tuple[Target, ...]:
        """The targets, in table order."""
        return tuple(
            Target(row.objective, row.mean, row.std, row.unit, self._name(row.kind), row.feature)
            for row in self._rows
        )

    def protocols(self) -> tuple[str, ...]:
        """Return the names of the protocols in the study, cheap ones first."""
        return tuple(self._name(kind) for kind in KINDS if kind in self.include)

    def score(self, protocol: str, responses: Mapping[str, Response]) -> Scores:
        """Return features, scores and checks of one protocol; nothing for one that is not ours.

        Raises:
            ProtocolError: If the protocol did not record what the features need.
        """
        kind = self._kind(protocol)
        if not kind:
            return Scores()
        recording = Recording(responses[protocol])
        return _judge(
            recording,
            [row for row in self._rows if row.kind == kind],
            (kind, protocol),
            punish_late=self.punish_last_spike_after_deadline or kind.startswith("Step"),
            by_distance=self.unusable == "distance",
        )

    def combine(self, scores: Mapping[str, float]) -> Mapping[str, float]:
        """Return one score of each group; a nan counts as an unusable trace."""
        combine = max if self.combined == "largest" else fmean
        combined = {}
        for name, members in self._groups.items():
            own = [scores[member] for member in members]
            combined[name] = combine(UNUSABLE if math.isnan(score) else score for score in own)
        return combined

    def penalty(self, protocol: str) -> Mapping[str, float]:
        """Return 250, worse than any trace could score, for each objective of a protocol."""
        kind = self._kind(protocol)
        return {row.objective: UNUSABLE for row in self._rows if row.kind == kind}

    @cached_property
    def _rows(self) -> tuple[Row, ...]:
        rows = [row for row in ROWS if row.kind in self.include]
        other = self.other_targets
        return tuple(
            evolve(row, mean=other[row.objective].mean, std=other[row.objective].std)
            if row.objective in other
            else row
            for row in rows
        )

    @cached_property
    def _groups(self) -> Mapping[str, tuple[str, ...]]:
        judged = {row.objective for row in self._rows}
        groups = {
            name: tuple(member for member in members if member in judged)
            for name, members in combined_members(include_DI3=self.include_DI3).items()
        }
        return {name: members for name, members in groups.items() if members}

    def _name(self, kind: str) -> str:
        return self.names.get(kind, kind)

    def _kind(self, protocol: str) -> str:
        return next((kind for kind in self.include if self._name(kind) == protocol), "")


def _judge(
    recording: Recording,
    rows: list[Row],
    who: tuple[str, str],
    *,
    punish_late: bool,
    by_distance: bool,
) -> Scores:
    kind, protocol = who
    flags = _flags(recording, kind)
    counted = [ok for name, ok in flags.items() if punish_late or name != DEADLINE_FLAG]
    error = _error_score(recording)
    usable = False not in counted
    checks = {f"{protocol}.{name}": ok for name, ok in flags.items()}
    features = {f"{protocol}.err": Feature(f"{protocol}.err", error, "SD")}
    scores = {}
    for row in rows:
        raw = attempt(row.take, recording)
        own = {name: _checked(check, recording) for name, check in row.checks.items()}
        normalized = _normalized(row, raw, recording)
        penalty = _graded(row, normalized, recording) if by_distance else error
        scores[row.objective] = _score(normalized, own, usable=usable, error=penalty)
        checks.update({f"{row.objective}.{name}": ok for name, ok in own.items()})
        _add(features, f"{row.objective}.raw", raw, row.unit)
        _add(features, f"{row.objective}.normalized", normalized, "SD")
    return Scores(features, scores, checks)


def _add(features: dict[str, Feature], name: str, value: Value, unit: str) -> None:
    plain: FeatureValue = tuple(value.tolist()) if isinstance(value, np.ndarray) else float(value)
    features[name] = Feature(name, plain, unit)


def attempt(take: Callable[[Recording], Value], recording: Recording) -> Value:
    """Return the value, nan if the traces do not have it."""
    try:
        return take(recording)
    except (ValueError, IndexError, ZeroDivisionError, FloatingPointError):
        return math.nan


def _checked(check: Check, recording: Recording) -> bool | None:
    try:
        return bool(check(recording))
    except (ValueError, IndexError, ZeroDivisionError, FloatingPointError):
        return None


def _flags(recording: Recording, kind: str) -> dict[str, bool | None]:
    flags = protocol_flags(MIN_SPIKES[kind])
    return {
        name: None if check is None else _checked(check, recording) for name, check in flags.items()
    }


def _normalized(row: Row, raw: Value, recording: Recording) -> float:
    mean = row.mean - (row.doublet_shift if len(recording.spikes.up) == 2 else 0.0)
    if not isinstance(raw, np.ndarray):
        return float(abs(raw - mean) / row.std)
    return float(np.abs(raw - mean).mean() / row.std) if raw.size else math.nan


def _score(value: float, own: Mapping[str, bool | None], *, usable: bool, error: float) -> float:
    if not usable:
        return error
    if False in own.values():
        return _CHECK_FAILED
    return _CAP if value > UNUSABLE else value


def _graded(row: Row, distance: float, recording: Recording) -> float:
    """Return 75 to 250 for a distance in standard deviations, less the nearer the next spike."""
    count = len(recording.spikes.up)
    if row.feature == "Spikecount" and count < row.mean:
        distance -= min(row.mean - count, _nearness(recording)) / row.std
    if not math.isfinite(distance):
        progress = (count + _nearness(recording)) / MIN_SPIKES[row.kind]
        return UNUSABLE - _SPIKE_IS_WORTH * min(1.0, progress)
    return _FLOOR + (UNUSABLE - _FLOOR) * distance / (distance + _HALF_WAY)


def _nearness(recording: Recording) -> float:
    """Return 0 to 1 for the highest that the soma came after its last spike was over."""
    soma, spikes = recording.soma, recording.spikes
    begin_ms = recording.onset_ms
    if len(spikes.up):
        if not len(spikes.down) or spikes.down[-1] < spikes.up[-1]:
            return 0.0  # it never came back, so there is no next spike
        begin_ms = float(soma.t_ms[spikes.down[-1]]) + _SPIKE_IS_OVER_MS
    after = soma.v_mV[soma.index(begin_ms) :]
    if not len(after):
        return 0.0
    low, high = _LOWEST_MV, SOMA_THRESHOLD_MV
    return float(np.clip((after.max() - low) / (high - low), 0.0, 1.0))


def _error_score(recording: Recording) -> float:
    """Return the score of an unusable trace: a little better if the soma moved at all."""
    soma = recording.soma
    first = soma.index(recording.onset_ms - _BEFORE_ONSET_MS)
    last = int(
        np.searchsorted(soma.t_ms, recording.onset_ms + recording.stimulus_ms / 2, side="right")
    )
    window = soma.v_mV[first:last]
    if not len(window):
        return UNUSABLE
    return max(_FLOOR, UNUSABLE - _PER_VARIANCE * float(window.var()))
