"""Names of sections that hoc accepts."""

from __future__ import annotations

import re
from collections.abc import Sequence

from attrs import frozen

_ELEMENT = re.compile(r"(?P<base>[A-Za-z]\w*)\[(?P<index>\d+)\]", re.ASCII)
_PLAIN = re.compile(r"[A-Za-z]\w*", re.ASCII)
# Words of the language and of the interpreter that a section might well be called.
_TAKEN = frozenset(
    re.findall(
        r"\w+",
        """
    all access area begintemplate break celsius connect continue create debug delete depvar
    diam dt e else em endtemplate eqinit eqn execute external for forall forsec func help
    if ifsec init insert iterator iterator_statement L local localobj n3d nernst new nseg
    objectvar objref pi print proc psection public quit Ra read return ri secondorder
    sectionname setpointer sin solve stop stoprun strdef string strings t uninsert unit v
    while x x3d y3d z3d diam3d arc3d i_membrane cm pt3dadd pt3dclear
""",
    )
)


@frozen
class Names:
    """How sections are declared and called in hoc.

    Attributes:
        declared: `soma`, `dend[12]`, as `create` wants them.
        bases: `soma`, `dend`, as `public` wants them.
        of_section: Name of each section, in their order.
        renamed: New name -> name in the study, where they differ.
    """

    declared: tuple[str, ...]
    bases: tuple[str, ...]
    of_section: tuple[str, ...]
    renamed: dict[str, str]


def names_of(sections: Sequence[str]) -> Names:
    """Return names that hoc accepts for sections, their own wherever possible.

    Arrays stay arrays if all their elements are there; everything else becomes a plain name.
    """
    sizes = _arrays(sections)
    of_section: list[str] = []
    used = {name for name in sections if _PLAIN.fullmatch(name)} | set(sizes)
    for name in sections:
        match = _ELEMENT.fullmatch(name)
        is_plain = _PLAIN.fullmatch(name) and name not in _TAKEN and name not in sizes
        if is_plain or (match and match["base"] in sizes):
            of_section.append(name)
            continue
        wanted = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_") or "section"
        wanted = wanted if wanted[0].isalpha() else f"section_{wanted}"
        fresh = wanted
        number = 1
        while fresh in used or fresh in _TAKEN:
            number += 1
            fresh = f"{wanted}_{number}"
        used.add(fresh)
        of_section.append(fresh)
    bases = tuple(dict.fromkeys(name.partition("[")[0] for name in of_section))
    declared = tuple(f"{base}[{sizes[base]}]" if base in sizes else base for base in bases)
    renamed = {new: old for new, old in zip(of_section, sections, strict=True) if new != old}
    return Names(declared, bases, tuple(of_section), renamed)


def identifier(text: str, otherwise: str) -> str:
    """Return a text as a name that hoc accepts."""
    name = re.sub(r"\W+", "_", text, flags=re.ASCII).strip("_")
    if not name or not name[0].isalpha():
        name = f"{otherwise}_{name}".rstrip("_")
    return f"{name}_1" if name in _TAKEN else name


def _arrays(sections: Sequence[str]) -> dict[str, int]:
    """Return base and size of every array of which all elements are there."""
    found: dict[str, set[int]] = {}
    for name in sections:
        if match := _ELEMENT.fullmatch(name):
            found.setdefault(match["base"], set()).add(int(match["index"]))
    return {
        base: len(indices)
        for base, indices in found.items()
        if indices == set(range(len(indices))) and base not in _TAKEN and base not in sections
    }
