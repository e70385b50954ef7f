"""One entry in full: options with types and defaults, parameters with units and bounds."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import attrs
from attrs import frozen

from bouton.plugins.docstrings import attribute_texts, sections
from bouton.plugins.offers import Offer
from bouton.plugins.reasons import reason_of


@frozen
class Option:
    """One field of a target: what a study may give.

    Attributes:
        name: Its name, with the unit.
        type: Its type, as text.
        is_required: Whether there is no default.
        default: The default, JSON-ready (text where JSON has no such thing); None when required.
        doc: What it means.
    """

    name: str
    type: str
    is_required: bool
    default: Any
    doc: str


@frozen
class ParameterRow:
    """One parameter of a cell template; see `bouton.model.cell.Parameter`.

    Attributes:
        name: The template's own name.
        unit: Unit text.
        lower: Lower bound of a search; None when unbounded.
        upper: Upper bound of a search; None when unbounded.
        default: Value used when none is given.
        is_free: Whether a search may vary it.
        summary: One line.
        source: Paper, equation or table.
    """

    name: str
    unit: str
    lower: float | None
    upper: float | None
    default: Any
    is_free: bool
    summary: str
    source: str


@frozen
class Description:
    """One entry in full.

    Attributes:
        kind: Its kind.
        name: The name to use in a study.
        qualified: Its full name, `plugin:entry`.
        summary: One line.
        target: Where it lives.
        plugin: Name of the plug-in.
        distribution: Distribution of the plug-in.
        version: Version of that distribution.
        requires: What to install for it.
        shorthand: Option that text after a colon sets.
        doc: The target's docstring, up to its first section.
        source: The section `Source` of the target's docstring.
        options: What a study may give.
        parameters: Parameters of a cell template, with its options at their defaults.
        note: Why something is missing here; may be empty.
    """

    kind: str
    name: str
    qualified: str
    summary: str
    target: str
    plugin: str
    distribution: str
    version: str
    requires: str
    shorthand: str
    doc: str
    source: str
    options: tuple[Option, ...]
    parameters: tuple[ParameterRow, ...]
    note: str


def describe(offer: Offer, name: str) -> Description:
    """Load the target of an entry and return what it says of itself.

    Args:
        offer: The entry.
        name: The name to show for it.

    Raises:
        PluginError: If the target cannot be imported.
    """
    target = offer.load()
    parameters, note = _parameters(target) if offer.kind == "cell_templates" else ((), "")
    text = sections(target)
    return Description(
        kind=offer.kind,
        name=name,
        qualified=offer.qualified,
        summary=offer.entry.summary,
        target=offer.entry.target,
        plugin=offer.plugin,
        distribution=offer.distribution,
        version=offer.version,
        requires=offer.entry.requires,
        shorthand=offer.entry.shorthand,
        doc=text[""],
        source=" ".join(text.get("Source", "").split()),
        options=options_of(target),
        parameters=parameters,
        note=note,
    )


def options_of(target: object) -> tuple[Option, ...]:
    """Return the options of a target made with attrs; others have none."""
    if not (isinstance(target, type) and attrs.has(target)):
        return ()
    texts = attribute_texts(target)
    return tuple(
        _option(field, texts.get(field.alias or "") or texts.get(field.name, ""))
        for field in attrs.fields(target)
        if field.init
    )


def _option(field: attrs.Attribute[Any], doc: str) -> Option:
    is_required = field.default is attrs.NOTHING
    default = None if is_required else json_ready(_default(field))
    return Option(field.alias or field.name, _type_text(field.type), is_required, default, doc)


def _default(field: attrs.Attribute[Any]) -> object:
    default: Any = field.default
    if not isinstance(default, attrs.Factory):  # type: ignore[arg-type]
        return default
    return "(depends on other options)" if default.takes_self else default.factory()


def _type_text(annotation: object) -> str:
    if isinstance(annotation, str):
        return annotation
    return annotation.__name__ if isinstance(annotation, type) else str(annotation or "any")


def _parameters(template: Any) -> tuple[tuple[ParameterRow, ...], str]:  # noqa: ANN401
    """Return the parameters of a template with default options, or why there are none."""
    required = [option.name for option in options_of(template) if option.is_required]
    if required:
        return (), f"its parameters depend on the options {', '.join(required)}"
    try:
        return tuple(_row(parameter) for parameter in template().parameters), ""
    except Exception as error:  # noqa: BLE001 (a stranger's constructor; the rest is still worth showing)
        return (), f"its parameters cannot be listed: {reason_of(error)}"


def _row(parameter: Any) -> ParameterRow:  # noqa: ANN401
    return ParameterRow(
        name=parameter.name,
        unit=parameter.unit,
        lower=_finite(parameter.lower),
        upper=_finite(parameter.upper),
        default=json_ready(parameter.default),
        is_free=parameter.free,
        summary=parameter.summary,
        source=parameter.source,
    )


def _finite(bound: float) -> float | None:
    return float(bound) if math.isfinite(bound) else None


def json_ready(value: Any) -> Any:  # noqa: ANN401
    """Return a value in a form that JSON has; descriptions of objects become mappings or text."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Path):
        return str(value)
    if hasattr(value, "tolist"):  # numpy, which this module does not import
        return json_ready(value.tolist())
    if isinstance(value, Mapping):
        return {str(key): json_ready(item) for key, item in value.items()}
    if isinstance(value, Iterable):
        return [json_ready(item) for item in value]
    return repr(value)
