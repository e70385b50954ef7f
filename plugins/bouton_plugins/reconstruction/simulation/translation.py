"""Simulations as the Brain Scaffold Builder writes them, put into our form.

What the original would not have done, and what it would have ignored, is told in notices; a key
that neither of the two knows is a problem.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any

from attrs import evolve

from bouton.errors import did_you_mean
from bouton.files.converter import Reader
from bouton.files.node import Node, from_plain
from bouton.files.refusal import Refused
from bouton_plugins.reconstruction.rewriting import Written

STELLATE = "stellate"
_DEFINITION = "definitionStellate"
_TARGETS = {
    "all": "all",
    "all_connections": "all",
    "cell_model": "cell-types",
    "by_id": "by-id",
    "sphere": "sphere",
    "sphere_cell_types": "sphere",
    "cylinder": "cylinder",
    "representatives": "representatives",
}
_TARGET_KEYS = {
    "cell_models": "cell_types",
    "cell_types": "cell_types",
    "ids": "ids",
    "origin": "center_um",
    "radius": "radius_um",
    "axis": "axis",
    "n": "n",
}
_SIMULATION_KEYS = (
    "simulator",
    "duration",
    "resolution",
    "temperature",
    "cell_models",
    "connection_models",
    "devices",
    "initial",
)
_NETSTIM = {"start": 50.0, "number": 10, "interval": 10.0, "noise": 0.0}
_IN_MS = {"start": "start_ms", "interval": "interval_ms"}


class _Form:
    """A mapping in the original's form on its way into ours."""

    def __init__(self, reader: Reader, node: Node) -> None:
        self.reader, self.node = reader, node
        self.given = reader.mapping(node)
        self.made: dict[str, Node] = {}

    def take(self, key: str) -> Node | None:
        """Return a value, which is dealt with from now on."""
        return self.given.pop(key, None)

    def move(self, key: str, name: str) -> None:
        """Keep a value under another name, if it is given."""
        node = self.take(key)
        if node is not None:
            self.made[name] = node

    def need(self, *keys: str) -> None:
        """Give up without some keys."""
        missing = [key for key in keys if key not in self.given]
        for key in missing:
            self.reader.note(self.node, f"missing: {key} is required", key=key)
        if missing:
            raise Refused

    def put(self, name: str, value: Any) -> None:  # noqa: ANN401
        """Add a plain value."""
        made = from_plain(value, file=self.node.file)
        self.made[name] = evolve(made, line=self.node.line, path=(*self.node.path, name))

    def done(self, known: Collection[str]) -> Node:
        """Return the mapping in our form; what is left over is unknown."""
        for key, node in self.given.items():
            self.reader.unknown_key(node, key, known)
        return _rewritten(self.node, self.made)


class SimulationTranslator:
    """Translates simulations.

    Args:
        reader: Gets the problems.
        tell: Gets what a user should know about a value.
    """

    def __init__(self, reader: Reader, tell: Callable[[Node, str], None]) -> None:
        self._reader = reader
        self._tell = tell

    def translated(self, node: Node) -> Node:
        """Return one simulation in our form."""
        form = _Form(self._reader, node)
        form.need("duration", "temperature")
        self._simulator(form)
        form.move("duration", "duration_ms")
        form.move("temperature", "celsius")
        form.put("dt_ms", 0.1)
        form.move("resolution", "dt_ms")
        initial = form.take("initial")
        if initial is not None:
            self._tell(initial, "has no effect in the original, which starts at -65 mV, nor here")
        for hook in ("after_prepare", "after_simulation"):
            found = form.take(hook)
            if found is not None and found.value:
                self._reader.note(found, "hooks are Python code, which is not run", "leave it out")
        cells, sets = form.take("cell_models"), form.take("connection_models")
        form.put("cell_models", {})
        if cells is not None:
            form.made["cell_models"] = self._each(cells, self._cell_model)
        if sets is not None:
            form.made["connection_models"] = self._each(sets, self._connection_model)
        self._types = _synapse_names(form.made.get("connection_models"))
        self._dt_ms = form.made["dt_ms"].value
        devices = form.take("devices")
        if devices is not None:
            form.made["devices"] = self._each(devices, self._device)
        return form.done(_SIMULATION_KEYS)

    def _each(self, node: Node, translate: Callable[[Node], Node]) -> Node:
        found = {}
        for key, inner in self._reader.mapping(node).items():
            with self._reader.going_on():
                found[key] = translate(inner)
        return _rewritten(node, found)

    def _simulator(self, form: _Form) -> None:
        node = form.take("simulator")
        if node is not None and node.value != "neuron":
            self._reader.note(node, f"only neuron simulates here, not {node.value!r}", "neuron")

    def _cell_model(self, node: Node) -> Node:
        form = _Form(self._reader, node)
        form.take("model_strategy")
        self._parameters(form)
        form.move("model", "template")
        form.move("template", "template")
        model = form.made.get("template")
        if model is not None:
            form.made["template"] = self._template(model)
        return form.done(("model", "template", "parameters", "model_strategy"))

    def _parameters(self, form: _Form) -> None:
        parameters = form.take("parameters")
        if parameters is not None and parameters.value:
            self._tell(parameters, "have no effect in the original, and are left out")

    def _template(self, node: Node) -> Node:
        text = node.value
        if isinstance(text, str) and text.rpartition(".")[2] == _DEFINITION:
            self._tell(
                node,
                f"{text} is Python code, which is not run; the template {STELLATE!r} describes the "
                "same cell",
            )
            return evolve(node, value=STELLATE)
        known = self._reader.names("cell_templates")
        if not isinstance(text, str) or (text not in known and "." in text):
            hint = f"name a cell template instead, such as {STELLATE}"
            self._reader.refuse(node, "a definition in Python is code, which is not run", hint)
        return node

    def _connection_model(self, node: Node) -> Node:
        form = _Form(self._reader, node)
        form.take("model_strategy")
        source = form.take("source")
        self._parameters(form)
        if source is not None and source.value is not None:
            hint = "leave it out to send spikes"
            self._reader.note(source, "coupling by a variable is not translated", hint)
        form.move("synapses", "synapses")
        synapses = form.made.get("synapses")
        if synapses is not None and isinstance(synapses.value, list):
            inner = [self._synapse(child) for _, child in synapses.children()]
            form.made["synapses"] = _rewritten(synapses, inner)
        return form.done(("synapses", "source", "parameters", "model_strategy"))

    def _synapse(self, node: Node) -> Node:
        if not node.is_mapping:
            return node
        form = _Form(self._reader, node)
        form.move("synapse", "synapse")
        form.move("delay", "delay_ms")
        self._weight(form)
        return form.done(("synapse", "weight", "delay"))

    def _weight(self, form: _Form) -> None:
        node = form.take("weight")
        if node is not None:
            self._tell(
                node,
                f"{node.value!r} has no effect on the synapses of the original, and is left out; "
                "here a weight scales the conductance",
            )

    def _device(self, node: Node) -> Node:
        form = _Form(self._reader, node)
        kind = form.take("device")
        translate = {
            "spike_generator": self._spike_generator,
            "voltage_recorder": self._voltage_recorder,
            "synapse_recorder": self._synapse_recorder,
            "current_clamp": self._current_clamp,
            "vclamp": self._voltage_clamp,
        }
        text = kind.value if kind is not None else None
        if text not in translate:
            hint = did_you_mean(str(text or ""), translate)
            self._reader.refuse(kind or node, f"expected a device, got {text!r}", hint)
        self._target(form)
        keys = translate[text](form)
        return form.done(("device", "targetting", "locations", *keys))

    def _target(self, form: _Form) -> None:
        node = form.take("targetting") or form.take("targeting")
        if node is None:
            return
        inner = _Form(self._reader, node)
        strategy = inner.take("strategy")
        text = strategy.value if strategy is not None else "all"
        if text not in _TARGETS:
            hint = did_you_mean(str(text), _TARGETS)
            self._reader.refuse(strategy or node, f"no such targets here: {text!r}", hint)
        inner.take("only_local")  # every process knows all cells
        count, fraction = inner.take("count"), inner.take("fraction")
        inner.put("use", _TARGETS[text])
        for key, ours in _TARGET_KEYS.items():
            inner.move(key, ours)
        target = inner.done(("strategy", "count", "fraction", *_TARGET_KEYS))
        if count is not None or fraction is not None:
            some = {"use": evolve(node, value="sample"), "of": target}
            some |= {"n": count} if count is not None else {}
            some |= {"fraction": fraction} if fraction is not None else {}
            target = _rewritten(node, some)
        form.made["target"] = target

    def _location(self, form: _Form, default: str = "soma") -> None:
        node = form.take("locations")
        if node is None:
            form.put("location", "soma" if default == "soma" else {"every_segment": True})
            return
        inner = _Form(self._reader, node)
        strategy = inner.take("strategy")
        text = strategy.value if strategy is not None else "everywhere"
        if text == "soma":
            inner_node: Node = evolve(node, value="soma")
        elif text == "everywhere":
            inner.put("every_segment", True)
            inner_node = inner.done(("strategy",))
        elif text in ("branch", "label"):
            inner.move("labels", "labels")
            inner.move("x", "x")
            inner_node = inner.done(("strategy", "labels", "x"))
            if text == "label":
                self._tell(node, "one place per branch here, not every point of it")
        else:
            known = ("soma", "everywhere", "branch", "label")
            self._reader.refuse(strategy or node, "no such locations", did_you_mean(text, known))
        form.made["location"] = inner_node

    def _spike_generator(self, form: _Form) -> Iterable[str]:
        self._location(form)
        form.put("use", "spike-generator")
        for key, value in _NETSTIM.items():
            form.put(_IN_MS.get(key, key), value)
            form.move(key, _IN_MS.get(key, key))
        delay = form.take("delay")
        form.put("delay_ms", self._dt_ms)  # spikes arrive a step later at the earliest
        if delay is not None and delay.value:
            form.made["delay_ms"] = delay
        self._weight(form)
        form.move("synapses", "synapses")
        given = form.made.get("synapses")
        wanted = given.plain() if given is not None else []
        if not wanted:
            form.put("synapses", sorted(self._types))
        if not wanted or self._types.intersection(map(str, wanted)):
            form.put("existing", True)
        else:
            self._tell(
                form.node,
                "the original reaches only synapses that connections made, and none of them is of "
                f"type {' or '.join(map(str, wanted))}, so it does nothing; here it makes such "
                "synapses at its places",
            )
        return ("synapses", "weight", "delay", *_NETSTIM)

    def _voltage_recorder(self, form: _Form) -> Iterable[str]:
        form.put("use", "voltage-recorder")
        self._location(form)
        if form.made["location"].value == "soma":
            self._tell(
                form.node,
                "the original records every point of a soma, with equal signals; here it is one "
                "per cell",
            )
        return ()

    def _synapse_recorder(self, form: _Form) -> Iterable[str]:
        form.put("use", "synapse-recorder")
        self._location(form, default="everywhere")
        if "every_segment" not in (form.made.pop("location").value or {}):
            self._tell(form.node, "here all synapses of its cells are recorded, wherever they are")
        form.move("synapse_types", "synapses")
        return ("synapse_types",)

    def _current_clamp(self, form: _Form) -> Iterable[str]:
        form.put("use", "current-clamp")
        self._location(form)
        form.move("amplitude", "amplitude_nA")
        form.move("before", "delay_ms")
        form.move("duration", "duration_ms")
        return ("amplitude", "before", "duration")

    def _voltage_clamp(self, form: _Form) -> Iterable[str]:
        form.put("use", "voltage-clamp")
        self._location(form)
        voltage, holding = form.take("voltage"), form.take("holding")
        rest = holding.value if holding is not None else -65.0
        levels = voltage.plain() if voltage is not None else []
        form.put("levels_mV", levels if isinstance(levels, list) else [rest, levels, rest])
        times = [form.take(key) for key in ("before", "duration", "after")]
        form.put("durations_ms", [time.value if time is not None else 0.0 for time in times])
        return ("voltage", "holding", "before", "duration", "after")


def _rewritten(node: Node, value: Any) -> Node:  # noqa: ANN401
    return Written(value, node.line, node.file, path=node.path)


def _synapse_names(models: Node | None) -> set[str]:
    """Return the types of synapses that connections make."""
    plain = models.plain() if models is not None else {}
    found = [one for model in plain.values() for one in model.get("synapses") or []]
    return {str(one.get("synapse", "") if isinstance(one, dict) else one) for one in found}
