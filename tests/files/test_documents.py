"""Documents of studies: round trips, hashes, and files that changed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from attrs import asdict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bouton.errors import StudyError
from bouton.files import dump, load_document, load_study, study_hash
from bouton.model.protocol import Integration
from bouton.model.study import Cell, Study

finite = st.floats(allow_nan=False, allow_infinity=False)
whole = st.integers(-(2**64) + 1, 2**64 - 1)
fraction = st.floats(0.0, 1.0)
names = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=8)
label = st.sampled_from(["dend", "apic"])
locations = st.one_of(
    st.fixed_dictionaries({"section": st.just("soma"), "x": fraction}),
    st.fixed_dictionaries({"label": label, "x": fraction}, optional={"index": st.integers(0, 9)}),
    st.fixed_dictionaries({"trunk_distance_um": finite, "label": label, "reach_um": finite}),
    st.fixed_dictionaries({"path_distance_um": finite, "label": label}),
    st.fixed_dictionaries({"sample": st.integers(1, 9), "label": label, "seed": whole}),
    st.fixed_dictionaries({"every_segment": st.just(True) | label}),
)
steps = st.fixed_dictionaries(
    {
        "use": st.just("step"),
        "amplitude_nA": finite,
        "delay_ms": st.floats(0, 1e9),
        "duration_ms": st.floats(1e-9, 1e9),
        "location": locations,
    }
)
inline = st.fixed_dictionaries(
    {
        "duration_ms": st.floats(1e-9, 1e9),
        "stimuli": st.lists(steps, max_size=2),
        "recordings": st.lists(
            st.fixed_dictionaries(
                {"use": st.just("voltage"), "location": locations, "name": names}
            ),
            max_size=2,
        ),
        "integration": st.fixed_dictionaries(
            {name: st.just(value) for name, value in asdict(Integration()).items()}
            | {
                "method": st.sampled_from(["fixed", "crank-nicolson", "cvode"]),
                "dt_ms": st.floats(1e-6, 1),
                "absolute_tolerance": st.floats(1e-9, 1),
                "relative_tolerance": finite,
                "celsius": finite,
                "v_init_mV": finite,
            }
        ),
        "validity": st.fixed_dictionaries({"lower_mV": finite, "upper_mV": finite}),
        "onset_ms": finite,
        "stimulus_ms": finite,
    }
)
named = st.fixed_dictionaries(
    {
        "use": st.sampled_from(["hay-bap"]),
        "recording_distances_um": st.lists(finite, max_size=3),
        "n_pulses": whole,
        "is_quiet": st.booleans(),
        "mode": st.sampled_from(["fast", "exact"]),
    }
)
words = st.sampled_from(["flat", "steep"])
documents = st.fixed_dictionaries(
    {
        "name": names.filter(str.strip),
        "description": names,
        "cell": st.none()
        | st.fixed_dictionaries(
            {
                "template": st.fixed_dictionaries({"use": st.just("ball"), "version": whole}),
                "morphology": st.none(),
                "parameters": st.dictionaries(
                    names.filter(lambda name: name != "file"),
                    finite | st.lists(whole, max_size=3) | words,
                    max_size=3,
                ),
            }
        ),
        "protocols": st.dictionaries(names, inline | named, max_size=3),
        "objectives": st.none(),
        "features": st.just({}),
        "evaluation": st.just({"order": [], "cutoffs": {}}),
        "allow_code": st.just([]),
        "files": st.just({}),
    }
)


@settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(document=documents)
def test_document_to_study_to_document(
    registry: Any, tmp_path: Path, document: dict[str, Any]
) -> None:
    study = load_document(document, registry=registry)
    assert dict(study.document) == document
    assert list(study.document["protocols"]) == list(document["protocols"])
    assert load_document(study.document, registry=registry) == study
    path = tmp_path / "again.json"
    path.write_text(json.dumps(document))
    assert load_study(path, registry=registry) == study
    path = tmp_path / "again.yaml"  # JSON texts are YAML, apart from how they escape
    path.write_text(json.dumps(document, ensure_ascii=False).replace("\x7f", ""))


STUDY = """\
name: {name}
cell:
  template: ball
  morphology: {{loader: hoc, file: 89_C2.hoc}}
  parameters: {{file: models.csv, row: {row}}}
fit: {{seeds_from: models.csv}}
"""


def test_hash_follows_contents_and_not_places(
    folder: Path, registry: Any, tmp_path_factory: Any
) -> None:
    def hash_of(where: Path, row: int = 0) -> str:
        (where / "s.yaml").write_text(STUDY.format(name="x", row=row))
        study = load_study(where / "s.yaml", registry=registry)
        stored = json.loads(json.dumps(study.document))
        assert study_hash(stored) == study_hash(study.document)
        return study_hash(study.document)

    first = hash_of(folder)
    other = tmp_path_factory.mktemp("other") / "place"
    shutil.copytree(folder, other)
    assert hash_of(other) == first
    assert hash_of(folder, row=1) != first
    table = (other / "models.csv").read_text()
    (other / "models.csv").write_text(table + "third,5e-5,[4]\n")
    assert hash_of(other) != first
    (other / "models.csv").write_text(table)
    assert hash_of(other) == first
    (other / "89_C2.hoc").write_text("create soma, dend\n")
    assert hash_of(other) != first


def test_hash_sees_the_order_of_protocols(load: Any) -> None:
    a = load("name: x\nprotocols: {a: {use: hay-bap}, b: {use: hay-bap}}\n")
    b = load("name: x\nprotocols: {b: {use: hay-bap}, a: {use: hay-bap}}\n")
    c = load("protocols: {a: hay-bap, b: {n_pulses: 1, use: hay-bap}}\nname: x\n")
    assert study_hash(a.document) != study_hash(b.document)
    assert study_hash(a.document) == study_hash(c.document)


def test_a_morphology_that_changed_is_refused(folder: Path, registry: Any) -> None:
    (folder / "s.yaml").write_text(STUDY.format(name="x", row=0))
    document = load_study(folder / "s.yaml", registry=registry).document
    (folder / "89_C2.hoc").write_text("create soma, axon\n")
    with pytest.raises(StudyError) as caught:
        load_document(document, registry=registry)
    (problem,) = caught.value.problems
    assert problem.path == "cell.morphology.file"
    assert "is not the file that this study was made with" in problem.message


def test_a_table_of_values_may_be_gone(folder: Path, registry: Any) -> None:
    text = STUDY.format(name="x", row=0).replace("fit: {seeds_from: models.csv}\n", "")
    (folder / "s.yaml").write_text(text)
    study = load_study(folder / "s.yaml", registry=registry)
    (folder / "models.csv").unlink()
    assert load_document(study.document, registry=registry) == study


def test_contents_may_be_pinned_in_the_file(problems: Any) -> None:
    found = problems("files: {89_C2.hoc: abc}\ncell: {template: ball, morphology: 89_C2.hoc}\n")
    assert "expected abc" in found[0].message
    assert problems("files: [a]\n")[0].path == "files"


def test_what_has_no_name_cannot_be_written(registry: Any) -> None:
    class Stranger:
        pass

    study = Study("x", Cell(Stranger(), parameters={"a": float("nan"), "b": object()}))
    with pytest.raises(StudyError) as caught:
        dump(study, registry=registry)
    assert [problem.path for problem in caught.value.problems] == [
        "cell.template",
        "cell.parameters.a",
        "cell.parameters.b",
    ]


def test_a_study_with_changed_parts_has_a_fresh_document(
    load: Any, registry: Any, parts: ModuleType
) -> None:
    from attrs import evolve

    study = load("protocols: {a: hay-bap}\n")
    changed = evolve(study, protocols={"a": parts.Bap(n_pulses=9)})
    assert dump(changed, registry=registry)["protocols"]["a"]["n_pulses"] == 9


def test_the_reference_model_loads(shared_data: Path, tmp_path: Path, registry: Any) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(
        "cell:\n  template: ball\n  morphology: {loader: hoc, file: "
        f"'{shared_data / 'morphologies' / '89_C2.hoc'}'}}\n"
        f"  parameters: {{file: '{shared_data / 'l5pt_model0.json'}', "
        "keys: [parameters, fixed_parameters]}\n"
    )
    values = load_study(path, registry=registry).cell.parameters
    assert values["BAC.stim.dist"] == 294.8203371921156
    assert values["ephys.CaDynamics_E2_v2.apic.decay"] == 30.1369412989935
    assert values["hot_zone.outsidescale_sections"][:3] == (23, 24, 25)
