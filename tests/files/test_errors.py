"""Every kind of mistake, with its file, line, path, what was expected, and what to do."""

from __future__ import annotations

import json
from typing import Any

import pytest

YAML = """\
cell:
  template: ball
  morphology: {loader: hoc, file: 89_C2.hoc}
protocols:
  p:
    duration_ms: 600
    stimuli:
    - use: step
      amplitude_nA: 1
      %s
"""
TOML = """\
[cell]
template = "ball"
morphology = {loader = "hoc", file = "89_C2.hoc"}

[protocols.p]
duration_ms = 600
[[protocols.p.stimuli]]
use = "step"
amplitude_nA = 1
%s
"""
JSON = """\
{"cell": {
  "template": "ball",
  "morphology": {"loader": "hoc", "file": "89_C2.hoc"}},
 "protocols": {
  "p": {
    "duration_ms": 600,
    "stimuli": [
    {"use": "step",
     "amplitude_nA": 1,
     %s}]}}}
"""
FORMATS = {"study.yaml": YAML, "study.toml": TOML, "study.json": JSON}
STEP = "protocols.p.stimuli.0"


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(
    ("key", "value", "message", "hint"),
    [
        ("delay_s", 1, "unknown key 'delay_s'", "did you mean delay_ms? this field is in ms"),
        ("delay", 1, "unknown key 'delay'", "did you mean delay_ms? this field is in ms"),
        ("dellay_ms", 1, "unknown key 'dellay_ms'", "did you mean 'delay_ms'?"),
        ("delay_ms", "1.5", "expected a number, got the text '1.5'", "remove the quotes"),
        ("delay_ms", "soon", "expected a number, got the text 'soon'", ""),
        ("delay_ms", True, "expected a number, got the boolean true", ""),
        ("delay_ms", [1], "expected a number, got a list", ""),
        ("delay_ms", {"a": 1}, "expected a number, got a mapping", ""),
        ("delay_ms", -1, "'delay_ms' must be >= 0.0: -1.0", ""),
        ("location", "soma", "a place is written like 'soma(0.5)' or 'dend[3](0.2)'", ""),
        ("location", "soma(1.5)", "x must be within 0 to 1, got 1.5", ""),
        ("location", {"lable": "dend"}, "unknown key 'lable'", "did you mean 'label'?"),
    ],
)
def test_one_mistake(
    problems: Any, name: str, key: str, value: Any, message: str, hint: str
) -> None:
    text = json.dumps(value)
    line = {
        "study.yaml": f"{key}: {text}",
        "study.toml": f"{key} = {text.replace(':', ' =')}",
        "study.json": f'"{key}": {text}',
    }[name]
    found = problems(FORMATS[name] % line, name=name)
    first = found[0]
    assert message in first.message
    assert first.hint == hint
    assert first.line == 10
    assert first.path.startswith(f"{STEP}.{key}")
    assert first.file.endswith(name)
    assert len(found) == (2 if value == {"lable": "dend"} else 1)


def test_toml_and_yaml_can_say_nan_and_infinity_but_studies_cannot(problems: Any) -> None:
    for name, line in (("study.yaml", "delay_ms: .nan"), ("study.toml", "delay_ms = nan")):
        (found,) = problems(FORMATS[name] % line, name=name)
        assert (found.message, found.line) == ("must be a finite number, got nan", 10)
    for name, line in (("study.yaml", "delay_ms: -.inf"), ("study.toml", "delay_ms = -inf")):
        (found,) = problems(FORMATS[name] % line, name=name)
        assert (found.message, found.line) == ("must be a finite number, got -inf", 10)
    (found,) = problems(JSON % '"delay_ms": NaN', name="study.json")
    assert (found.message[:32], found.line) == ("not valid JSON: NaN is no number", 10)
    (found,) = problems(FORMATS["study.yaml"] % ("delay_ms: 1" + "0" * 9999))
    assert found.message == "must be a finite number, got inf"


THREE = {
    "study.yaml": """\
cell:
  tmplate: ball
protocols:
  p:
    duration_ms: "long"
fit:
  generations: 2.0
""",
    "study.toml": """\
[cell]
tmplate = "ball"
[protocols]
[protocols.p]
duration_ms = "long"
[fit]
generations = 2.0
""",
    "study.json": """\
{"cell": {
  "tmplate": "ball"},
"protocols": {
  "p": {
    "duration_ms": "long"}},
"fit": {
  "generations": 2.0}}
""",
}


@pytest.mark.parametrize("name", THREE)
def test_three_mistakes_are_three_problems(problems: Any, name: str) -> None:
    found = problems(THREE[name], name=name)
    assert [(p.line, p.path) for p in found] == [
        (1, "cell.template"),
        (2, "cell.tmplate"),
        (5, "protocols.p.duration_ms"),
        (7, "fit.generations"),
    ]
    assert found[0].message == "missing: template is required"
    assert found[0].hint == "expected a cell template"
    assert found[1].hint == "did you mean 'template'?"
    assert found[2].message == "expected a number, got the text 'long'"
    assert found[3].message == "expected a whole number, got the number 2.0"


@pytest.mark.parametrize(
    ("text", "line", "path", "message", "hint"),
    [
        ("fot: {}", 1, "fot", "unknown key 'fot'", "did you mean 'fit'?"),
        ("a: 1\nprotocol: {}", 2, "protocol", "unknown key 'protocol'", "'protocols'"),
        ("fit:\n  optimizer: ibae", 2, "fit.optimizer", "unknown optimizer 'ibae'", "'ibea'"),
        ("fit:\n  optimizer: {use: 3}", 2, "fit.optimizer.use", "expected text", "quotes"),
        ("fit:\n  optimizer: {}", 2, "fit.optimizer", "missing: which optimizer", "known: gone"),
        ("fit:\n  optimizer: gone", 2, "fit.optimizer", "optimizer 'gone' cannot be used", ""),
        ("fit:\n  optimizer: [ibea]", 2, "fit.optimizer", "expected an optimizer, got a list", ""),
        (
            "fit:\n  optimizer: {use: 'ibea:a', name: b}",
            2,
            "fit.optimizer.name",
            "the name already fixes name to 'a'",
            "leave it out",
        ),
        (
            "fit:\n  optimizer:\n    use: ibea\n    offspring: 1",
            4,
            "fit.optimizer.offspring",
            "'offspring' must be >= 2: 1",
            "",
        ),
        ("fit:\n  seed: 1.0", 2, "fit.seed", "expected a whole number", ""),
        ("fit:\n  seed: true", 2, "fit.seed", "expected a whole number", ""),
        ("fit:\n  extra: {use: step}", 2, "fit.extra", "expected a list", "[ ... ]"),
        ("fit:\n  extra:\n  - use: step", 3, "fit.extra.0.amplitude_nA", "missing", "a number"),
        ("fit:\n  region: {radius_um: x}", 2, "fit.region.radius_um", "expected a number", ""),
        ("fit:\n  region: 3", 2, "fit.region", "expected a mapping, got the number 3", ""),
        ("fit:\n  pairs: {a: [1, 2.5]}", 2, "fit.pairs.a.1", "expected a whole number", ""),
        ("fit:\n  seeds_from: zzz", 2, "fit.seeds_from", "no such file", "looked in"),
        ("fit:\n  seeds_from: .", 2, "fit.seeds_from", "expected a file", ""),
        ("fit:\n  folder: models.csv", 2, "fit.folder", "expected a folder", ""),
        ("fit:\n  where: {label: dend}", 2, "fit.where", "of the form {section: ...}", ""),
        (
            "objectives:\n  use: hay-objectives\n  window_ms: [2, 1]",
            3,
            "objectives.window_ms",
            "window_ms must have its start before its end",
            "",
        ),
        (
            "objectives:\n  use: hay-objectives\n  window_ms: [2, 1, 3]",
            3,
            "objectives.window_ms",
            "expected a list of 2, got 3 values",
            "",
        ),
        ("cell: {template: {use: broken, needed: 1}}", 1, "cell.template", "KeyError", ""),
        ("cell: {template: no-attrs}", 1, "cell.template", "is no attrs class", ""),
        (
            "protocols:\n  p: {use: hay-bap, mode: exakt}",
            2,
            "protocols.p.mode",
            "expected one of fast, exact, got the text 'exakt'",
            "'exact'",
        ),
        (
            "protocols:\n  p: {use: hay-bap, is_quiet: yes}",
            2,
            "protocols.p.is_quiet",
            "true or f",
            "true",
        ),
        ("protocols: [1]", 1, "protocols", "expected a mapping, got a list", ""),
        (
            "protocols:\n  p: {use: hay-bap}\nevaluation:\n  order:\n  - q\n",
            5,
            "evaluation.order.0",
            "no protocol is called 'q'",
            "known: p",
        ),
        (
            "protocols:\n  p: {use: hay-bap}\nevaluation:\n  cutoffs:\n    qq: 1\n",
            5,
            "evaluation.cutoffs.qq",
            "no protocol is called 'qq'",
            "known: p",
        ),
        (
            "protocols:\n  p: {use: hay-bap}\nevaluation:\n  order:\n  - p\n  - p\n",
            6,
            "evaluation.order.1",
            "protocol 'p' is listed twice",
            "",
        ),
        ("protocols:\n  p:\n    duration_ms: 0", 3, "protocols.p.duration_ms", "must be > 0", ""),
        (
            "protocols:\n  p:\n    duration_ms: 1\n    integration:\n      dt_ms: 0",
            5,
            "protocols.p.integration.dt_ms",
            "dt_ms must be above 0",
            "",
        ),
        ("name: ' '", 1, "name", "a name cannot be empty", "leave it out"),
        ("name: 3", 1, "name", "expected text, got the number 3", "put it in quotes"),
        ("allow_code: [a.hoc]", 1, "allow_code.0", "no such file", ""),
        ("a:\n b: 1\n b: 2", 3, "a.b", "key 'b' is given twice", "first given in line 2"),
        ("a: [1, 2", 1, "", "not valid YAML", "quotes"),
        ("a: 1\n---\nb: 1", 2, "", "a second one starts", ""),
        ("a: &x {b: 1}\nc:\n  <<: *x", 3, "c", "merge keys", ""),
        (
            "protocols:\n  p: {recording_distances_um: [1]}",
            2,
            "protocols.p",
            "which protocol",
            "add use",
        ),
        ("- 1", 1, "", "expected a mapping with keys such as cell and protocols", ""),
        ("", 1, "", "expected a mapping", ""),
    ],
)
def test_mistakes_in_yaml(
    problems: Any, text: str, line: int, path: str, message: str, hint: str
) -> None:
    found = problems(text)[-1]
    assert (found.line, found.path) == (line, path)
    assert message in found.message
    assert hint in found.hint
    assert bool(hint) == bool(found.hint) or not hint


@pytest.mark.parametrize(
    ("parameters", "where", "message"),
    [
        ("{a: '1.5'}", ("", 3, "a"), "got text"),
        (
            "{a: true}",
            ("", 3, "a"),
            "expected a number or text",
        ),
        ("{a.b: [1, 2.5]}", ("", 3, '"a.b".1'), "whole number"),
        ("{a: .nan}", ("", 3, "a"), "finite number"),
        ("{a: {b: 1}}", ("", 3, "a"), "got a mapping"),
        ("{file: modles.csv}", ("", 3, "file"), "no such file"),
        ("{file: models.csv}", ("", 3, "row"), "which row of the 2"),
        ("{file: models.csv, row: 2}", ("", 3, "row"), "rows 0 to 1"),
        ("{file: models.csv, row: -1}", ("", 3, "row"), "rows 0 to 1"),
        ("{file: models.csv, row: first}", ("", 3, "row"), "rows 0 to 1"),
        ("{file: models.csv, row: 1.0}", ("", 3, "row"), "expected"),
        (
            "{file: models.csv, row: 0, key: a}",
            ("", 3, "key"),
            "key is for",
        ),
        (
            "{file: model.json, row: 0}",
            ("", 3, "row"),
            "row is for a CSV",
        ),
        ("{file: model.json, key: nope}", ("model.json", 1, ""), "there is no 'nope' here"),
        (
            "{file: models.csv, row: 0, index: no}",
            ("", 3, "index"),
            "no column",
        ),
        (
            "{file: models.csv, row: third, index: model}",
            ("", 3, "row"),
            "no rows of models.csv are called 'third'",
        ),
        (
            "{file: models.csv, row: 0, columns: [q]}",
            ("", 3, "columns"),
            "'q'",
        ),
        ("{file: ragged.csv, row: 0}", ("ragged.csv", 3, ""), "expected 2 columns"),
        ("{file: empty.csv, row: 0}", ("empty.csv", 2, "b"), "got an empty cell"),
        ("{file: nan.csv, row: 1}", ("nan.csv", 3, "a"), "got 'nan'"),
        ("{file: twice.csv, row: 0}", ("twice.csv", 1, ""), "columns given twice: a"),
        ("{file: list.csv, row: 0}", ("list.csv", 2, "a"), "list of whole numbers"),
        ("{file: head.csv, row: 0}", ("head.csv", 0, ""), "a header and at least one row"),
        ("{file: quote.csv, row: 0}", ("quote.csv", 2, ""), "not valid CSV"),
        ("{file: bad.json}", ("bad.json", 2, "a"), "given twice"),
        ("{file: true.json}", ("true.json", 2, "a"), "expected a number"),
    ],
)
def test_mistakes_in_parameters(
    problems: Any, folder: Any, parameters: str, where: tuple[str, int, str], message: str
) -> None:
    tables = {
        "ragged.csv": "a,b\n1,2\n1,2,3\n",
        "empty.csv": "a,b\n1,\n",
        "nan.csv": "a\n1\nnan\n",
        "twice.csv": "a,a\n1,2\n",
        "list.csv": 'a\n"[1, 2.0]"\n',
        "head.csv": "a,b\n",
        "quote.csv": 'a,b\n"1"2,3\n',
        "bad.json": '{"a": 1,\n"a": 2}',
        "true.json": '{"b": 1,\n"a": true}',
    }
    for name, text in tables.items():
        (folder / name).write_text(text)
    (found,) = problems(f"cell:\n  template: ball\n  parameters: {parameters}\n")
    file, line, path = where
    assert found.file.endswith(file or "study.yaml")
    assert found.path == (path if file else f"cell.parameters.{path}")
    assert found.line == line
    assert message in found.message


def test_everything_in_one_description_is_reported(problems: Any) -> None:
    found = problems(
        "protocols:\n"
        "  p:\n"
        "    duration_ms: -1\n"
        "    onset_ms: x\n"
        "    stimuli:\n"
        "    - {use: step, amplitude_nA: '1', delay_ms: -1}\n"
        "    - {use: stepp}\n"
        "    recordings: [{use: voltage, plase: soma(0.5)}]\n"
        "    celsius: 34\n"
    )
    assert [(p.line, p.path.removeprefix("protocols.p.")) for p in found] == [
        (3, "duration_ms"),
        (4, "onset_ms"),
        (6, "stimuli.0.amplitude_nA"),
        (6, "stimuli.0.delay_ms"),
        (7, "stimuli.1.use"),
        (8, "recordings.0.plase"),
        (9, "celsius"),
    ]


def test_missing_morphology_names_similar_files(problems: Any) -> None:
    (found,) = problems("cell: {template: ball, morphology: {loader: hoc, file: 89_c2.hoc}}\n")
    assert found.message.startswith("no such file: ")
    assert found.hint == "did you mean '89_C2.hoc'?"


@pytest.mark.parametrize(
    ("morphology", "path", "message"),
    [
        ("models.csv", "cell.morphology", "no morphology loader is called like the extension"),
        ("{loader: hoc}", "cell.morphology.file", "missing: file is required"),
        ("{loader: hok, file: 89_C2.hoc}", "cell.morphology.loader", "unknown morphology loader"),
        ("{loader: hoc, use: hoc, file: 89_C2.hoc}", "cell.morphology.use", "mean the same"),
        ("{loader: hoc, file: 89_C2.hoc, scale: 2}", "cell.morphology.scale", "unknown key"),
    ],
)
def test_mistakes_in_morphologies(problems: Any, morphology: str, path: str, message: str) -> None:
    found = problems(f"cell:\n  template: ball\n  morphology: {morphology}\n")
    assert (found[0].path, found[0].line) == (path, 3)
    assert message in found[0].message


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ('{"a": 1,\n "a": 2}', 2, "key 'a' is given twice"),
        ('{"a": 1,\n}', 2, "expected a key in double quotes, found '}'"),
        ('{"a": 1\n "b": 2}', 2, "expected ',' or '}', found '\"'"),
        ("{'a': 1}", 1, "expected a key in double quotes"),
        ('{"a" 1}', 1, "expected ':' after the key 'a'"),
        ('{"a":\n\n tru}', 3, "expected a value, found 't'"),
        ('{"a": [1,\n2', 2, "expected ',' or ']', found the end of the file"),
        ('{"a": "x\n"}', 1, "text without closing quote"),
        ('{"a": "\\q"}', 1, "Invalid \\escape"),
        ('{"a": "\\ud800"}', 1, "surrogate"),
        ('{"a": 1} {}', 1, "expected the end of the file"),
        ('{"a": 01}', 1, "expected ',' or '}'"),
        ('{"a": -Infinity}', 1, "expected a value"),
        ("", 1, "expected a value, found the end of the file"),
        ("[" * 100_000, 1, "nested more than 40 levels deep"),
    ],
)
def test_broken_json(problems: Any, text: str, line: int, message: str) -> None:
    (found,) = problems(text, name="study.json")
    assert found.line == line
    assert message in found.message


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a = 1\na = 2\n", 2, "not valid TOML"),
        ("a = \n", 1, "not valid TOML"),
        ("x = 1\na = [1,\n", 2, "not valid TOML"),
        ("\n\nname = 2020-01-01\n", 3, "dates and times are not used in studies"),
        ("a = " + "[" * 5000, 0, "nested more than 40 levels deep"),
        ("a = " + "1" * 5000, 1, "not valid TOML"),
        ("a = " + "[" * 60 + "]" * 60, 1, "nested more than 40 levels deep"),
    ],
)
def test_broken_toml(problems: Any, text: str, line: int, message: str) -> None:
    (found,) = problems(text, name="study.toml")
    assert message in found.message
    assert found.line == line


def test_toml_lines_in_every_notation(problems: Any) -> None:
    text = (
        '''\
description = """
[not] = "a table" # """

[[wrong]]
[[ "wrong" ]]  # comment [x]
[fit."where"]
sectionn = 'it''s' # never read
'''.replace("'it''s'", "'its'")
        + '''
[fit.pairs]
a = [
  1, # one
  2.5,
  [],
]
"b.c" = [1.0]
[protocols]
p.use = "hay-bap"
p . n_pulses = 1.5
q = { use = "hay-bap", mode = "x", n_pulses = """1""" }
'''
    )
    found = problems(text, name="study.toml")
    assert [(p.line, p.path) for p in found] == [
        (4, "wrong"),
        (6, "fit.where"),
        (7, "fit.where.sectionn"),
        (12, "fit.pairs.a.1"),
        (13, "fit.pairs.a.2"),
        (15, 'fit.pairs."b.c".0'),
        (18, "protocols.p.n_pulses"),
        (19, "protocols.q.mode"),
        (19, "protocols.q.n_pulses"),
    ]


def test_an_annotation_that_cannot_be_found_is_explained() -> None:
    from attrs import frozen

    from bouton.errors import PluginError
    from bouton.files.types import fields_of

    @frozen
    class Odd:
        thing: Missing  # noqa: F821

    with pytest.raises(PluginError, match="its annotations use 'Missing'"):
        fields_of(Odd)
