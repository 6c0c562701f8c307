"""Ids: nobody's work gets another's id, and everybody keeps theirs from one download to the next."""

from __future__ import annotations

from pathlib import Path

import classroom
import pytest

from autograder.intake import finding
from autograder.intake.finding import Intake, Known
from autograder.intake.names import own_id
from autograder.records.assignment import Assignment, Limits
from autograder.records.origin import Kind

ASSIGNMENT = Assignment("latent_space", "T", ("latent_space.ipynb", "latent_space.py"), (), (), Limits())


def taken(folder: Path, files: dict[str, str], known: Known | None = None) -> Intake:
    folder.mkdir(exist_ok=True)
    (folder / "download.zip").write_bytes(
        classroom.zipped({name: text.encode() for name, text in files.items()})
    )
    return finding.collect([folder / "download.zip"], ASSIGNMENT, known=known or Known())


def sources(intake: Intake) -> dict[str, str]:
    return {s.id: s.cells[0].source for s in intake.submissions}


def metadata(people: dict[int, str]) -> dict[str, str]:
    entries = [
        f"submission_{n}:\n  :submitters:\n  - :name: Jo Kim\n    :email: {email}\n"
        for n, email in people.items()
    ]
    work = {f"submission_{n}/latent_space.py": f"x = {n}\n" for n in people}
    return {"submission_metadata.yml": "".join(entries), **work}


def test_two_students_of_one_name_keep_two_ids_in_every_later_download(tmp_path: Path) -> None:
    first = taken(tmp_path, metadata({1: "jo.kim@arts.x", 2: "jo.kim@sci.x"}))
    assert sources(first) == {"Jo_Kim-jo.kim": "x = 1\n", "Jo_Kim-jo.kim-2": "x = 2\n"}
    later = taken(tmp_path, metadata({3: "jo.kim@sci.x"}), Known(first.ids))
    assert sources(later) == {"Jo_Kim-jo.kim-2": "x = 3\n"}
    newer = taken(tmp_path, metadata({4: "jo.kim@law.x"}), Known(first.ids))
    assert list(sources(newer)) == ["Jo_Kim-jo.kim-3"]


def test_students_in_gradescope_without_email_and_number_are_never_one(tmp_path: Path) -> None:
    assert len(taken(tmp_path, metadata({1: "", 2: ""})).submissions) == 2


def test_nbgraders_ids_stay_and_those_that_no_file_can_have_get_a_hash(tmp_path: Path) -> None:
    names = ("lee+a@uni.x", "lee_a@uni.x", "CAMPUS_kim", "kim~b")
    found = taken(tmp_path, {f"submitted/{n}/latent_space/latent_space.py": f"x = '{n}'\n" for n in names})
    assert sources(found) == {own_id(n): f"x = '{n}'\n" for n in names}
    assert set(names[:3]) < set(sources(found))
    assert own_id("CAMPUS\\kim").startswith("CAMPUS_kim-")
    assert own_id(".kim").startswith("kim-")
    assert own_id("CON").startswith("CON-")


def test_a_class_that_was_blind_keeps_its_ids_when_names_appear(tmp_path: Path) -> None:
    path = "{}_assignsubmission_file/latent_space.py"
    blind = taken(
        tmp_path, {path.format("Participant_33"): "x = 1\n", path.format("Participant_34"): "x = 2\n"}
    )
    named = {path.format("Ada L_33"): "x = 3\n", path.format("Bob R_35"): "x = 4\n"}
    later = taken(tmp_path, named, Known(blind.ids))
    assert sources(later) == {"Participant-33": "x = 3\n", "Bob_R-35": "x = 4\n"}
    again = taken(tmp_path, {path.format("Red_33"): "x = 5\n"}, Known(later.ids))
    assert list(sources(again)) == ["Red-33"]  # a group, or somebody else: not the one who was hidden


def test_a_blind_and_a_named_download_of_a_class_are_read_as_one_class(tmp_path: Path) -> None:
    names = ("Participant_33", "Ada L_33")
    paths = []
    for n, name in enumerate(names):
        paths.append(tmp_path / f"{n}.zip")
        file = {f"{name}_assignsubmission_file/latent_space.py": b"x = 1\n"}
        paths[-1].write_bytes(classroom.zipped(file))
    for order in (paths, paths[::-1]):
        (one,) = finding.collect(order, ASSIGNMENT).submissions
        assert one.id == "Participant-33"


def test_plain_files_of_one_name_keep_their_ids_by_their_places(tmp_path: Path) -> None:
    for section in "ab":
        (tmp_path / section).mkdir()
        (tmp_path / section / "ada.py").write_text(f"x = '{section}'\n")
    both = finding.collect([tmp_path / "a", tmp_path / "b"], ASSIGNMENT)
    assert list(sources(both)) == ["ada", "ada-2"]
    turned = finding.collect([tmp_path / "b", tmp_path / "a"], ASSIGNMENT, known=Known(both.ids))
    assert sources(turned) == sources(both)
    alone = finding.collect([tmp_path / "b" / "ada.py"], ASSIGNMENT, known=Known(both.ids))
    assert sources(alone) == {"ada-2": "x = 'b'\n"}


@pytest.mark.parametrize("kind", ["plain", "folders"])
def test_two_hand_ins_of_one_student_by_hand_stay_one_students_when_both_are_read_again(
    tmp_path: Path, kind: Kind
) -> None:
    known: dict[str, str] = {}
    places = [(tmp_path / when, kind) for when in ("first", "later")]
    for place, _ in places:
        for name in ("ada", "bo"):
            (place / name).mkdir(parents=True)
            (place / name / "latent_space.py").write_text(f"x = '{name}, {place.name}'\n")
        known = dict(finding.collect([place], ASSIGNMENT, kind=kind, known=Known(known)).ids)
    again = finding.collect_each(places, ASSIGNMENT, known=Known(known))
    assert sources(again) == {name: f"x = '{name}, later'\n" for name in ("ada", "bo")}


def test_a_blackboard_student_whose_txt_comes_later_keeps_the_id(tmp_path: Path) -> None:
    head = "Lab 1_jdoe_attempt_2026-09-24-21-20-33"
    first = taken(tmp_path, {f"{head}_latent_space.py": "x = 1\n"})
    told = {f"{head}_latent_space.py": "x = 1\n", f"{head}.txt": "Name: Jo Doe (jdoe)\n"}
    later = taken(tmp_path, told, Known(first.ids))
    assert list(sources(first)) == list(sources(later)) == ["Lab_1_jdoe"]
    before = Known({"blackboard jdoe": "jdoe"})  # as an older kit wrote it
    assert list(sources(taken(tmp_path, told, before))) == ["jdoe"]


def test_ilias_knows_a_student_by_number_though_the_name_changes(tmp_path: Path) -> None:
    path = "Lab_9/Abgaben/{}/latent_space.py"
    other = {path.format("Li_Bo_bli_8"): "x = 0\n"}
    first = taken(tmp_path, {path.format("Ito_Ada_ada_7"): "x = 1\n", **other})
    later = taken(tmp_path, {path.format("Li_Ada_ada_7"): "x = 2\n", **other}, Known(first.ids))
    assert sources(later) == {"Ada_Ito-ada": "x = 2\n", "Bo_Li-bli": "x = 0\n"}
    before = Known({"folders Ada Li ada": "Ada_Li-ada-2"})  # as an older kit wrote it
    again = taken(tmp_path, {path.format("Li_Ada_ada_7"): "x = 2\n", **other}, before)
    assert "Ada_Li-ada-2" in sources(again)
