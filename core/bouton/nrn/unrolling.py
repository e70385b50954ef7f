"""Solves kinetic schemes by elimination written out, in place of NEURON's general sparse solver.

For `SOLVE ... METHOD sparse` NEURON's translator writes a function that fills a sparse matrix, and
calls a solver that walks through linked elements, for each segment and step. Which elements exist
is known from the text. So the elimination is worked out here, once, as statements on local
variables: the same backward Euler step, and the same Newton iteration where a scheme is not linear.
What is not exactly as expected is left as it was, as are steady states at initialisation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from attrs import frozen

_STEP = re.compile(
    r"static int \w+ \(void\* _so, double\* _rhs, _internalthreadargsproto_\)\n"
    r" \{int _reset=0;\n \{\n(?P<body>.*?)\n *\} return _reset;\n \}\n",
    re.DOTALL,
)
_MATRIX = re.compile(
    r" static int _ode_matsol1\(void\* _so, double\* _rhs, _internalthreadargsproto_\) "
    r"\{int _reset=0;\{\n(?P<body>.*?)\n *\} return _reset;\n \}\n",
    re.DOTALL,
)
_STEP_CALL = re.compile(
    r" \{  sparse_thread\(&\(_thread\[_spth1\]\.literal_value<void\*>\(\)\), \d+, _slist1, "
    r"_dlist1, neuron::scopmath::row_view\{_ml, _iml\}, &t, dt, \w+, _linmat1, _threadargs_\);\n"
    r" +if \(secondorder\) \{\n +int _i;\n +for \(_i = 0; _i < \d+; \+\+_i\) \{\n"
    r" +_ml->data\(_iml, _slist1\[_i\]\) \+= dt\*_ml->data\(_iml, _dlist1\[_i\]\);\n +\}\}\n \}"
)
_MATRIX_CALL = re.compile(
    r" _cvode_sparse_thread\(&\(_thread\[_cvspth1\]\.literal_value<void\*>\(\)\), \d+, _dlist1, "
    r"neuron::scopmath::row_view\{_ml, _iml\}, _ode_matsol1, _threadargs_\);\n"
)
_STATE = re.compile(
    r" _slist1\[\d+\] = \{(\w+)_columnindex, (\d+)\};  _dlist1\[\d+\] = \{(\w+)_columnindex, \d+\};"
)
_IS_LINEAR = re.compile(r"#define _linmat1  (\d)\n")
_FIRST_ROWS = re.compile(
    r"for\(_i=(?P<first>\d+);_i<(?P<end>\d+);_i\+\+\)\{\n\s*_RHS1\(_i\) = [^\n]*;\n"
    r"\s*_MATELM1\(_i, _i\) = _dt1;\s*\}"
)
_ELEMENT = re.compile(r"_MATELM1\( *(\d+) *, *(\d+) *\)")
_RIGHT_SIDE = re.compile(r"_RHS1\( *(\d+) *\)")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_BEFORE = "static int _ode_count(int _type)"
Pattern = set[tuple[int, int]]


@frozen
class _Scheme:
    """A kinetic scheme: its states in the order of the matrix, and whether it is linear."""

    states: tuple[str, ...]
    rates: tuple[str, ...]
    is_linear: bool

    @classmethod
    def of(cls, text: str) -> _Scheme | None:
        """Return the only scheme of a mechanism, None if there is none or its states are arrays."""
        linear, found = _IS_LINEAR.findall(text), _STATE.findall(text)
        states = tuple(row[0] for row in found)
        is_plain = all(f"#define {name} _ml->template fpfield<" in text for name in states)
        if len(linear) != 1 or not found or not is_plain:
            return None
        return cls(states, tuple(row[2] for row in found), linear[0] == "1")


def unroll(text: str) -> str:
    """Return the C++ of a mechanism with its sparse solver written out, or the same text."""
    scheme = _Scheme.of(text)
    step, matrix = _STEP.search(text), _MATRIX.search(text)
    calls = (_STEP_CALL, _MATRIX_CALL)
    if scheme is None or step is None or matrix is None or "/*VERBATIM*/" in text:
        return text
    if any(len(call.findall(text)) != 1 for call in calls) or text.count(_BEFORE) != 1:
        return text
    written = _step(scheme, step["body"]), _matrix(scheme, matrix["body"])
    if not (written[0] and written[1]):
        return text
    text = text.replace(_BEFORE, "\n".join([*written, _BEFORE]))
    text = _STEP_CALL.sub(" {   _bouton_step1(_threadargs_);\n  }", text)
    return _MATRIX_CALL.sub(" _bouton_matrix1(_threadargs_);\n", text)


def _step(scheme: _Scheme, body: str) -> str:
    """Return the function that takes a step of backward Euler, empty if it cannot be written."""
    states = range(len(scheme.states))
    # What is subtracted is the state before the step: nothing in the first iteration.
    first = "0.0" if scheme.is_linear else "-_dt1*(_s{0} - _o{0})"
    body = _COMMENT.sub("", body)
    for index, name in enumerate(scheme.states):
        if re.search(rf"^\s*{name}\s*=[^=]", body, re.MULTILINE):
            return ""  # it assigns to a state
        body = re.sub(rf"\b{name}\b", f"_s{index}", body)
    if not scheme.is_linear and "_threadargs" in body:
        return ""  # a function might read states, which are kept here while iterating
    solved = _solved(body, len(scheme.states), first)
    if not solved:
        return ""
    lines = [f"double _s{i} = {name};" for i, name in enumerate(scheme.states)]
    if scheme.is_linear:
        lines += [solved, "double const _times = secondorder ? 2.0 : 1.0;"]
        lines += [f"{name} = _s{i} + _times*_r{i};" for i, name in enumerate(scheme.states)]
    else:
        lines += [f"double const _o{i} = _s{i};" for i in states]
        lines += ["for (int _pass = 0; _pass < 22; ++_pass) {", solved, "double _err = 0.0;"]
        for i in states:
            lines += [f"_s{i} += _r{i}; if (_s{i} < 0.0) _s{i} = 0.0; _err += fabs(_r{i});"]
        lines += ["if (!(_err > 1e-6)) break;", "}"]
        lines += ["double const _more = secondorder ? 1.0 : 0.0;"]
        lines += [f"{n} = _s{i} + _more*(_s{i} - _o{i});" for i, n in enumerate(scheme.states)]
    return _function("_bouton_step1", lines)


def _matrix(scheme: _Scheme, body: str) -> str:
    """Return the function that solves for CVODE's corrections, empty if it cannot be written."""
    solved = _solved(_COMMENT.sub("", body), len(scheme.states), "_dt1*_d{0}")
    if not solved:
        return ""
    before = [f"double const _d{i} = {name};" for i, name in enumerate(scheme.rates)]
    after = [f"{name} = _r{i};" for i, name in enumerate(scheme.rates)]
    return _function("_bouton_matrix1", [*before, solved, *after])


def _function(name: str, lines: Iterable[str]) -> str:
    inside = "\n".join(f"  {line}" for line in lines)
    return f"static inline void {name}(_internalthreadargsproto_) {{\n{inside}\n}}\n"


def _solved(body: str, size: int, right_side: str) -> str:
    """Return statements that fill matrix `_m<i>_<j>` and right side `_r<i>` and solve for that.

    Args:
        body: What the translator wrote to fill them.
        size: Number of states.
        right_side: First value of the right side, with the place of the index.
    """

    def rows(match: re.Match[str]) -> str:
        return " ".join(
            f"_r{i} = {right_side.format(i)}; _m{i}_{i} = _dt1;"
            for i in range(int(match["first"]), int(match["end"]))
        )

    body, loops = _FIRST_ROWS.subn(rows, body)
    pattern: Pattern = {(int(i), int(j)) for i, j in _ELEMENT.findall(body)}
    pattern |= {(i, i) for i in range(size)}
    body = _ELEMENT.sub(r"_m\1_\2", body)
    body = _RIGHT_SIDE.sub(r"_r\1", body)
    if loops != 1 or re.search(r"_MATELM1|_RHS1|_[sd]list1|_so\b|_rhs\b", body):
        return ""
    order = _elimination_order(pattern, size)
    filled = _filled(pattern, order)
    lines = [f"double _m{i}_{j} = 0.0;" for i, j in sorted(filled)]
    lines += [f"double _r{i} = 0.0;" for i in range(size)]
    return "\n  ".join([*lines, "{", body, "}", *_elimination(filled, order)])


def _elimination_order(pattern: Pattern, size: int) -> list[int]:
    """Return the order of pivots that fills in least, one at a time (Markowitz).

    Pivots stay on the diagonal: the matrix is diagonally dominant by columns but for rows that a
    conservation replaced, and these, being full, come last.
    """
    left, current = set(range(size)), set(pattern)
    order = []
    while left:
        costs = {}
        for pivot in left:
            row = sum(i == pivot for i, _ in current) - 1
            column = sum(j == pivot for _, j in current) - 1
            costs[pivot] = (row * column, row, pivot)
        best = min(left, key=costs.__getitem__)
        rows = [i for i, j in current if j == best and i != best]
        columns = [j for i, j in current if i == best and j != best]
        current |= {(i, j) for i in rows for j in columns}
        current = {(i, j) for i, j in current if best not in (i, j)}
        left.remove(best)
        order.append(best)
    return order


def _filled(pattern: Pattern, order: Sequence[int]) -> Pattern:
    """Return the pattern together with what elimination fills in."""
    filled = set(pattern)
    for place, pivot in enumerate(order):
        later = order[place + 1 :]
        for row in (i for i in later if (i, pivot) in filled):
            filled |= {(row, j) for j in later if (pivot, j) in filled}
    return filled


def _elimination(filled: Pattern, order: Sequence[int]) -> list[str]:
    lines = []
    for place, pivot in enumerate(order):
        later = order[place + 1 :]
        columns = [j for j in later if (pivot, j) in filled]
        lines.append(f"double const _p{pivot} = 1.0/_m{pivot}_{pivot};")
        for row in (i for i in later if (i, pivot) in filled):
            changes = [f"_m{row}_{j} -= _f*_m{pivot}_{j};" for j in columns]
            factor = f"double const _f = _m{row}_{pivot}*_p{pivot};"
            lines.append(" ".join(["{", factor, *changes, f"_r{row} -= _f*_r{pivot};", "}"]))
    for place, pivot in reversed(list(enumerate(order))):
        known = [j for j in order[place + 1 :] if (pivot, j) in filled]
        rest = "".join(f" - _m{pivot}_{j}*_r{j}" for j in known)
        lines.append(f"_r{pivot} = (_r{pivot}{rest})*_p{pivot};")
    return lines
