"""Broken SWC files: each is refused with file, line, problem and remedy."""

from __future__ import annotations

import os
import random
import re
from pathlib import Path
from typing import Any

import pytest

from bouton.errors import MorphologyError
from bouton_plugins.hay.growth import grow
from bouton_plugins.morphologies.swc import Swc

GOOD = (
    "# a comment, so that lines and samples differ\n"
    "\n"
    "1 1 0 0 0 5 -1\n"
    "2 3 6 0 0 1 1\n"
    "3 3 10 0 0 1 2\n"
    "4 3 15 5 0 0.5 3\n"
    "5 3 15 -5 0 0.4 3\n"
)


def problem_of(path: Path, **options: Any) -> str:
    with pytest.raises(MorphologyError) as caught:
        Swc(**options).load(path)
    text = str(caught.value)
    assert str(path) in text
    return text.removeprefix(str(path))


BROKEN = {
    "cycle": (GOOD + "6 3 20 0 0 1 7\n7 3 25 0 0 1 6\n", 8, "circle"),
    "cycle above": (GOOD.replace("2 3 6 0 0 1 1", "2 3 6 0 0 1 4"), 4, "circle"),
    "missing parent": (GOOD.replace("0.5 3", "0.5 33"), 6, "parent 33 is no sample"),
    "self parent": (GOOD.replace("0.5 3", "0.5 4"), 6, "its own parent"),
    "zero radius": (GOOD.replace("0.5 3", "0 3"), 6, "radius is zero"),
    "vanishing radius": (GOOD.replace("0.5 3", "1e-30 3"), 6, "radius is zero"),
    "negative radius": (GOOD.replace("0.5 3", "-0.5 3"), 6, "radius is negative"),
    "nan": (GOOD.replace("0.5 3", "nan 3"), 6, "not finite"),
    "inf": (GOOD.replace("15 5", "inf 5"), 6, "not finite"),
    "nan parent": (GOOD.replace("0.5 3", "0.5 nan"), 6, "parent id nan must be"),
    "far away": (GOOD.replace("15 5", "1e30 5"), 6, "beyond 1e\\+06 um; are the units"),
    "two roots": (GOOD.replace("0.5 3", "0.5 -1"), 6, "second root .*line 3.*several_roots"),
    "two somas": (GOOD + "6 1 50 0 0 5 -1\n", 8, "second soma"),
    "stray soma": (GOOD + "6 1 50 0 0 5 5\n", 8, "hangs on a sample that is not soma"),
    "duplicate id": (GOOD.replace("4 3 15", "2 3 15"), 6, "id 2 is used on line 4 too"),
    "truncated": (GOOD.removesuffix(" -5 0 0.4 3\n"), 7, "found 3 columns.*cut off"),
    "too many columns": (GOOD.replace("0.5 3", "0.5 3 9"), 6, "found 8 columns"),
    "not a number": (GOOD.replace("15 5", "15 five"), 6, "y 'five' is not a number"),
    "underscore": (GOOD.replace("15 5", "1_5 5"), 6, "x '1_5' is not a number"),
    "hexadecimal": (GOOD.replace("15 5", "0x10 5"), 6, "x '0x10' is not a number"),
    "decimal comma": (GOOD.replace("0.5 3", "0,5 3"), 6, "radius '0,5' is not a number"),
    "fractional id": (GOOD.replace("4 3 15", "4.5 3 15"), 6, "sample id 4.5 must be"),
    "negative type": (GOOD.replace("4 3 15", "4 -3 15"), 6, "type -3 must be"),
    "root of 0": (GOOD.replace("5 -1", "5 0"), 3, "parent 0 is no sample"),
    "parent of -2": (GOOD.replace("5 -1", "5 -2"), 3, "a root has -1"),
    "huge id": (GOOD.replace("4 3 15", "1e300 3 15"), 6, "sample id"),
    "branching soma": (
        GOOD + "6 1 0 9 0 5 1\n7 1 0 -9 0 5 1\n8 1 9 0 0 5 1\n",
        3,
        "soma branches.*soma: cylinder",
    ),
    "soma arm branches": (GOOD + "6 1 0 9 0 5 1\n7 1 0 12 0 5 6\n8 1 9 9 0 5 6\n", 8, "branches"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_lines_are_named(name: str, tmp_path: Path) -> None:
    text, line, expected = BROKEN[name]
    path = tmp_path / "broken.swc"
    path.write_text(text)
    problem = problem_of(path)
    assert problem.startswith(f":{line}: ")
    assert re.search(expected, problem)


def test_the_good_file_is_good(tmp_path: Path) -> None:
    path = tmp_path / "good.swc"
    path.write_text(GOOD)
    assert len(Swc().load(path)) == 4


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "empty"),
        (b"  \n\t\n", "empty"),
        (b"# only\n# comments\n", "no samples"),
        (GOOD.replace(" 1 0 0 0 5", " 3 0 0 0 5").encode(), "no soma sample.*missing_soma"),
        (b"1 1 0 0 0 5 -1\n# text\n\x00\x01\x02", ":3: .*binary"),
        (GOOD.encode("utf-16"), ":1: .*UTF-16"),
        (GOOD.replace("15 5", "15 \xb5").encode("latin-1"), ":6: .*not UTF-8"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "binary"),
        (b"<html><body>404</body></html>\n", ":1: .*found 1 columns"),
        (b"{create soma}\n{pt3dadd(1,2,3,4)}\n", ":1: .*found 2 columns"),
    ],
)
def test_files_of_another_kind_are_refused(content: bytes, expected: str, tmp_path: Path) -> None:
    path = tmp_path / "other.swc"
    path.write_bytes(content)
    assert re.search(expected, problem_of(path))


def test_paths_that_are_no_files_are_refused(tmp_path: Path) -> None:
    assert "this is a folder" in problem_of(tmp_path)
    assert "no such morphology file" in problem_of(tmp_path / "absent.swc")
    assert "no such morphology file" in problem_of(tmp_path / ("x" * 300))
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert "not a regular file" in problem_of(pipe)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "secret.swc"
    path.write_text(GOOD)
    path.chmod(0)
    assert "cannot be read" in problem_of(path)


def test_one_sample_alone_is_no_cell(tmp_path: Path) -> None:
    path = tmp_path / "lone.swc"
    path.write_text("1 3 0 0 0 1 -1\n")
    assert "one sample alone" in problem_of(path, missing_soma="accept")
    path.write_text("1 1 0 0 0 5 -1\n")
    assert len(Swc().load(path)) == 1


def test_a_second_tree_cannot_be_attached_to_nothing(tmp_path: Path) -> None:
    path = tmp_path / "two.swc"
    path.write_text("1 3 0 0 0 1 -1\n2 3 5 0 0 1 1\n3 3 9 0 0 1 -1\n4 3 12 0 0 1 3\n")
    text = problem_of(path, missing_soma="accept", several_roots="attach")
    assert text.startswith(":3: ")


def test_a_branch_without_length_is_named(tmp_path: Path) -> None:
    path = tmp_path / "flat.swc"
    path.write_text("1 1 0 0 0 5 -1\n2 3 0 0 0 1 1\n3 3 0 0 0 1 2\n4 3 5 0 0 1 3\n5 3 0 5 0 1 3\n")
    assert problem_of(path).startswith(":2: the branch that starts here has no length")


def test_damage_of_any_kind_is_an_error_of_ours_or_a_whole_cell(tmp_path: Path) -> None:
    """Random damage to a real-size file: no other exception, no warning, no hang."""
    text = grow(1).encode()
    draw = random.Random(5)
    path = tmp_path / "damaged.swc"
    refused = 0
    for _ in range(60):
        damaged = bytearray(text[: draw.randrange(200, 8000)])
        for _ in range(draw.randrange(3)):
            damaged[draw.randrange(len(damaged))] = draw.randrange(256)
        path.write_bytes(damaged)
        try:
            Swc().load(path)
        except MorphologyError:
            refused += 1
    assert refused > 20
