"""Formulas in studies, such as `0.1 * exp(-distance / 50)`: parsed and computed, never run.

Python's own parser makes a tree of the text, and this module computes what is on a short list:
numbers, known names, arithmetic, comparisons, and calls of known functions. Nothing else has a
meaning here, so a formula cannot reach anything.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from attrs import field, frozen

from bouton.errors import NetworkError, did_you_mean
from bouton.model.draws import Draws
from bouton.model.morphology import FloatArray

_LONGEST = 500
_DEEPEST = 40
_LARGEST_EXPONENT = 64.0

_BINARY: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
_COMPARISONS: Mapping[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_FUNCTIONS: Mapping[str, tuple[int, Callable[..., Any]]] = {
    "abs": (1, np.abs),
    "exp": (1, np.exp),
    "log": (1, np.log),
    "log10": (1, np.log10),
    "sqrt": (1, np.sqrt),
    "sin": (1, np.sin),
    "cos": (1, np.cos),
    "tan": (1, np.tan),
    "tanh": (1, np.tanh),
    "arctan2": (2, np.arctan2),
    "floor": (1, np.floor),
    "ceil": (1, np.ceil),
    "round": (1, np.round),
    "minimum": (2, np.minimum),
    "maximum": (2, np.maximum),
    "clip": (3, np.clip),
    "where": (3, lambda condition, yes, no: np.where(condition != 0, yes, no)),
}
_CONSTANTS = {"pi": math.pi}


def _uniform(draw: Draws, ids: Any, low: Any, high: Any) -> Any:  # noqa: ANN401
    return low + (high - low) * draw.uniform(*ids)


def _normal(draw: Draws, ids: Any, mean: Any, std: Any) -> Any:  # noqa: ANN401
    return mean + std * draw.normal(*ids)


def _lognormal(draw: Draws, ids: Any, mean: Any, std: Any) -> Any:  # noqa: ANN401
    """Take the mean and standard deviation of the result, not of its logarithm."""
    variance = np.log1p((std / mean) ** 2)
    return np.exp(np.log(mean) - variance / 2 + np.sqrt(variance) * draw.normal(*ids))


def _exponential(draw: Draws, ids: Any, mean: Any) -> Any:  # noqa: ANN401
    return -mean * np.log1p(-draw.uniform(*ids))


def _integers(draw: Draws, ids: Any, low: Any, high: Any) -> Any:  # noqa: ANN401
    return np.floor(low + (high - low + 1) * draw.uniform(*ids))


_DISTRIBUTIONS: Mapping[str, tuple[int, Callable[..., Any]]] = {
    "uniform": (2, _uniform),
    "normal": (2, _normal),
    "lognormal": (2, _lognormal),
    "exponential": (1, _exponential),
    "integers": (2, _integers),
}


@frozen
class Expression:
    """A formula over known names.

    Attributes:
        text: The formula.
        names: Names that it uses, in order of appearance.
    """

    text: str
    names: tuple[str, ...]
    _tree: ast.expr = field(repr=False, eq=False)

    @classmethod
    def parse(cls, text: str, known: Collection[str], *, random: bool = True) -> Expression:
        """Return the formula in a text.

        Args:
            text: The formula.
            known: Names that may be used.
            random: Whether distributions may be used.

        Raises:
            NetworkError: If anything is in it that is not on the list.
        """
        if len(text) > _LONGEST:
            raise NetworkError(f"a formula has at most {_LONGEST} characters, got {len(text)}")
        try:
            tree = ast.parse(text.strip(), mode="eval").body
        except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
            raise NetworkError(f"{text!r} is no formula: {error}") from error
        checker = _Checker(text, known, random=random)
        checker.check(tree, 0)
        return cls(text, tuple(dict.fromkeys(checker.used)), tree)

    def values(
        self,
        variables: Mapping[str, FloatArray],
        draws: Draws | None = None,
        ids: tuple[npt.NDArray[Any], ...] = (),
    ) -> FloatArray:
        """Return the value for every element.

        Args:
            variables: Arrays by name, of shapes that broadcast.
            draws: Random numbers of distributions; each call in the formula has its own.
            ids: Which thing each element is for, for the draws.

        Raises:
            NetworkError: If a value is not a finite number.
        """
        with np.errstate(all="ignore"):
            made = _Computer(variables, draws, ids).value(self._tree)
        values = np.asarray(made, dtype=np.float64)
        if not np.isfinite(values).all():
            bad = values.ravel()[int(np.argmin(np.isfinite(values).ravel()))]
            raise NetworkError(f"{self.text!r} gives {bad} for at least one element")
        return values


class _Checker:
    def __init__(self, text: str, known: Collection[str], *, random: bool) -> None:
        self.text = text
        self.known = known
        self.random = random
        self.used: list[str] = []

    def check(self, node: ast.expr, depth: int) -> None:
        """Refuse everything but what this module computes."""
        if depth > _DEEPEST:
            self.refuse("it is nested too deeply")
        match node:
            case ast.Constant(value=value):
                self.number(value)
            case ast.Name(id=name):
                self.name(name)
            case ast.UnaryOp(op=ast.UAdd() | ast.USub(), operand=inner):
                self.check(inner, depth + 1)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
                self.check(left, depth + 1)
                self.check(right, depth + 1)
                if isinstance(op, ast.Pow):
                    self.exponent(right)
            case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARISONS:
                self.check(left, depth + 1)
                self.check(right, depth + 1)
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
                self.call(name, args, depth)
            case _:
                self.refuse(f"{type(node).__name__} has no meaning in a formula")

    def refuse(self, why: str) -> None:
        raise NetworkError(f"{self.text!r} cannot be used as a formula: {why}")

    def number(self, value: object) -> None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.refuse(f"{value!r} is no number")
            return
        try:
            fine = math.isfinite(float(value))
        except OverflowError:
            fine = False
        if not fine:
            self.refuse("a number in it is too large")

    def name(self, name: str) -> None:
        if name not in self.known and name not in _CONSTANTS:
            self.refuse(f"{name!r} is not known here; {did_you_mean(name, self.known)}")
        self.used.append(name)

    def exponent(self, node: ast.expr) -> None:
        """Allow only plain small exponents."""
        inner = node.operand if isinstance(node, ast.UnaryOp) else node
        value = inner.value if isinstance(inner, ast.Constant) else None
        if not isinstance(value, int | float) or abs(value) > _LARGEST_EXPONENT:
            self.refuse(f"an exponent must be a number of at most {_LARGEST_EXPONENT:g}; use exp")

    def call(self, name: str, args: list[ast.expr], depth: int) -> None:
        allowed = {**_FUNCTIONS, **(_DISTRIBUTIONS if self.random else {})}
        if name not in allowed:
            what = "draws random numbers" if name in _DISTRIBUTIONS else "is no function"
            self.refuse(f"{name!r} {what} here; {did_you_mean(name, allowed)}")
        if len(args) != allowed[name][0]:
            self.refuse(f"{name} takes {allowed[name][0]} values, got {len(args)}")
        for arg in args:
            self.check(arg, depth + 1)


class _Computer:
    def __init__(
        self,
        variables: Mapping[str, FloatArray],
        draws: Draws | None,
        ids: tuple[npt.NDArray[Any], ...],
    ) -> None:
        self.variables = variables
        self.draws = draws
        self.ids = ids
        self.calls = 0

    def value(self, node: ast.expr) -> Any:  # noqa: ANN401
        """Return the value of a checked node."""
        match node:
            case ast.Constant(value=value):
                return np.float64(value)  # type: ignore[arg-type]  # the checker lets numbers pass
            case ast.Name(id=name):
                return self.variables[name] if name in self.variables else _CONSTANTS[name]
            case ast.UnaryOp(op=op, operand=inner):
                return -self.value(inner) if isinstance(op, ast.USub) else self.value(inner)
            case ast.BinOp(left=left, op=op2, right=right):
                return _BINARY[type(op2)](self.value(left), self.value(right))
            case ast.Compare(left=left, ops=[op3], comparators=[right]):
                return _COMPARISONS[type(op3)](self.value(left), self.value(right)) * 1.0
            case ast.Call(func=ast.Name(id=name), args=args):
                return self.call(name, [self.value(arg) for arg in args])
        raise NetworkError(f"{type(node).__name__} has no meaning in a formula")

    def call(self, name: str, values: list[Any]) -> Any:  # noqa: ANN401
        if name in _FUNCTIONS:
            return _FUNCTIONS[name][1](*values)
        if self.draws is None:
            raise NetworkError(f"{name} draws random numbers, and there are none here")
        self.calls += 1
        return _DISTRIBUTIONS[name][1](self.draws.of(f"call {self.calls}"), self.ids, *values)


def parsed(
    value: float | str, known: Collection[str], *, random: bool = True
) -> float | Expression:
    """Return a number as it is and a text as the formula in it; errors as `Expression.parse`."""
    if isinstance(value, str):
        return Expression.parse(value, known, random=random)
    if not math.isfinite(value):
        raise NetworkError(f"a number must be finite, got {value!r}")
    return float(value)
