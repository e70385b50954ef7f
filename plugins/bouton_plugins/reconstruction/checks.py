"""Every name in a reconstruction must lead somewhere, and every label must be found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from attrs import frozen

from bouton.contracts import CrowdPlacement
from bouton.errors import BoutonError, did_you_mean
from bouton.model.morphology import Morphology
from bouton_plugins.reconstruction.description import Reconstruction, Side, sets_of
from bouton_plugins.reconstruction.placing import matching
from bouton_plugins.reconstruction.simulation.description import name_problems

Path = tuple[str, ...]


@frozen
class Fault:
    """Something wrong in a description.

    Attributes:
        path: Where.
        message: What.
        hint: What to do.
    """

    path: Path
    message: str
    hint: str = ""

    def __str__(self) -> str:
        return f"{'.'.join(self.path)}: {self.message}" + (f" ({self.hint})" if self.hint else "")


def faults(tissue: Reconstruction) -> Iterator[Fault]:
    """Yield everything that can be found wrong without opening a morphology."""
    yield from _regions(tissue)
    yield from _cell_types(tissue)
    yield from _placement(tissue)
    yield from _connectivity(tissue)
    sets = {name: (pre, post) for name, (_, pre, post) in sets_of(tissue.connectivity).items()}
    for name, rule in tissue.simulations.items():
        for problem in name_problems(rule, tissue.cell_types, sets):
            yield Fault(
                ("simulations", name, *problem.path.split(".")), problem.message, problem.hint
            )


def label_faults(tissue: Reconstruction, morphologies: Mapping[str, Morphology]) -> Iterator[Fault]:
    """Yield labels of connections that no section of the cells carries."""
    for name, rule in tissue.connectivity.items():
        for end, side in (("pre", rule.pre), ("post", rule.post)):
            for cell_type in side.cell_types:
                yield from _labels(
                    tissue, morphologies, ("connectivity", name, end), side, cell_type
                )


def load_shapes(tissue: Reconstruction, fault: Callable[[Fault], None]) -> dict[str, Morphology]:
    """Return the morphologies that cells use; what cannot be read is told to `fault`."""
    used = {
        name
        for kind in tissue.cell_types.values()
        for name in matching(kind.morphologies, list(tissue.morphologies))
    }
    found = {}
    for name, source in tissue.morphologies.items():
        if name in used:
            try:
                found[name] = source.loader.load(source.file)
            except BoutonError as error:
                fault(Fault(("morphologies", name), str(error)))
    return found


def _labels(
    tissue: Reconstruction,
    morphologies: Mapping[str, Morphology],
    path: Path,
    side: Side,
    cell_type: str,
) -> Iterator[Fault]:
    kind = tissue.cell_types.get(cell_type)
    names = matching(kind.morphologies, list(tissue.morphologies)) if kind else ()
    shapes = [morphologies[name] for name in names if name in morphologies]
    if kind is None or len(shapes) < len(names):
        return  # noted elsewhere
    for number, label in enumerate(side.labels):
        known = {own for shape in shapes for own in shape.labels}
        if not shapes:
            message = f"cell type {cell_type!r} has no morphology, so nothing is labelled {label!r}"
            yield Fault((*path, "labels", str(number)), message)
        elif label not in known:
            message = f"no section of cell type {cell_type!r} is labelled {label!r}"
            yield Fault((*path, "labels", str(number)), message, did_you_mean(label, known))


def _missing(path: Path, name: str, known: Iterable[str], what: str) -> Iterator[Fault]:
    names = list(known)
    if name not in names:
        yield Fault(path, f"there is no {what} {name!r}", did_you_mean(name, names) or "none is")


def _regions(tissue: Reconstruction) -> Iterator[Fault]:
    known = [*tissue.partitions, *tissue.regions]
    if not tissue.partitions:
        yield Fault(("partitions",), "at least one is needed")
    for name in set(tissue.partitions) & set(tissue.regions):
        yield Fault(("regions", name), f"{name!r} is a partition too; names are unique")
    seen: dict[str, str] = {}
    for name, region in tissue.regions.items():
        path = ("regions", name)
        for number, child in enumerate(region.children):
            at = (*path, "children", str(number))
            yield from _missing(at, child, known, "partition or region")
            if child in seen:
                yield Fault(at, f"{child!r} is in region {seen[child]!r} already")
            seen[child] = name
        if region.anchor and region.anchor not in region.children:
            hint = did_you_mean(region.anchor, region.children)
            yield Fault((*path, "anchor"), f"{region.anchor!r} is none of the children", hint)
    for name in tissue.regions:
        above, steps = seen.get(name), 0
        while above is not None and above != name and steps <= len(seen):
            above, steps = seen.get(above), steps + 1
        if above == name:
            yield Fault(("regions", name), "it lies within itself")


def _cell_types(tissue: Reconstruction) -> Iterator[Fault]:
    if not tissue.cell_types:
        yield Fault(("cell_types",), "at least one is needed")
    for name, kind in tissue.cell_types.items():
        for number, pattern in enumerate(kind.morphologies):
            if not matching([pattern], list(tissue.morphologies)):
                at = ("cell_types", name, "morphologies", str(number))
                hint = did_you_mean(pattern, tissue.morphologies) or "morphologies is empty"
                yield Fault(at, f"no morphology is called {pattern!r}", hint)
        if not any(name in rule.cell_types for rule in tissue.placement.values()):
            yield Fault(("cell_types", name), "no placement places these cells")


def _placement(tissue: Reconstruction) -> Iterator[Fault]:
    for name, rule in tissue.placement.items():
        path = ("placement", name)
        for key, known, what in (
            ("cell_types", tissue.cell_types, "cell type"),
            ("partitions", tissue.partitions, "partition"),
        ):
            given = getattr(rule, key)
            for number, one in enumerate(given):
                at = (*path, key, str(number))
                yield from _missing(at, one, known, what)
                if one in given[:number]:
                    yield Fault(at, f"{one!r} is listed twice")
        for cell_type in rule.amounts:
            if cell_type not in rule.cell_types:
                hint = did_you_mean(cell_type, rule.cell_types)
                at = (*path, "amounts", cell_type)
                yield Fault(at, f"{cell_type!r} is not placed by this rule", hint)
        yield from _amounts(tissue, name)


def _amounts(tissue: Reconstruction, name: str) -> Iterator[Fault]:
    rule = tissue.placement[name]
    for cell_type in rule.cell_types:
        kind = tissue.cell_types.get(cell_type)
        amount = rule.amounts.get(cell_type, kind.amount if kind else None)
        own = cell_type in rule.amounts
        at = ("placement", name, "amounts", cell_type) if own else ("cell_types", cell_type)
        if kind is None:
            continue
        if amount is None:
            if isinstance(rule.strategy, CrowdPlacement):
                hint = "give amount: a count, a density or a ratio"
                yield Fault(at, f"placement {name!r} must know how many cells there are", hint)
        elif amount.relative_to:
            at = at if own else (*at, "amount")
            found = list(
                _missing((*at, "relative_to"), amount.relative_to, tissue.cell_types, "cell type")
            )
            yield from found
            if not found and _runs_in_circle(tissue, cell_type):
                yield Fault((*at, "relative_to"), "these amounts refer to each other in a circle")


def _runs_in_circle(tissue: Reconstruction, cell_type: str) -> bool:
    """Return whether the number of a cell type depends, over any rules, on itself."""
    seen: set[str] = set()
    ahead = [cell_type]
    while ahead:
        one = ahead.pop()
        for rule in tissue.placement.values():
            kind = tissue.cell_types.get(one)
            amount = rule.amounts.get(one, kind.amount if kind else None)
            if one in rule.cell_types and amount is not None and amount.relative_to:
                if amount.relative_to == cell_type:
                    return True
                if amount.relative_to not in seen:
                    seen.add(amount.relative_to)
                    ahead.append(amount.relative_to)
    return False


def _connectivity(tissue: Reconstruction) -> Iterator[Fault]:
    for name, rule in tissue.connectivity.items():
        for end, side in (("pre", rule.pre), ("post", rule.post)):
            for number, cell_type in enumerate(side.cell_types):
                at = ("connectivity", name, end, "cell_types", str(number))
                yield from _missing(at, cell_type, tissue.cell_types, "cell type")
                if cell_type in side.cell_types[:number]:
                    yield Fault(at, f"{cell_type!r} is listed twice")
    pairs = sum(
        len(rule.pre.cell_types) * len(rule.post.cell_types)
        for rule in tissue.connectivity.values()
    )
    if pairs > len(sets_of(tissue.connectivity)):
        yield Fault(("connectivity",), "two connection sets would have the same name")
