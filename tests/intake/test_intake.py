"""Intake of files, folders and zips: which submissions it finds, and what it rejects with a reason."""

from __future__ import annotations

import io
import json
import stat
import zipfile
from pathlib import Path

import pytest

from autograder.errors import RejectedError, UsageError
from autograder.intake import finding
from autograder.intake.notebook import cells_of_notebook, cells_of_script, decode
from autograder.records.assignment import Assignment, Limits
from autograder.records.submission import Submission

ASSIGNMENT = Assignment("latent_space", "T", ("latent_space.ipynb", "latent_space.py"), (), (), Limits())
CODE = "x = 1\n"


def zipped(members: dict[str, str], packing: int = zipfile.ZIP_STORED) -> bytes:
    """The same bytes at any time: they name tests, which pytest's workers must all call the same."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, text in members.items():
            member = zipfile.ZipInfo(name)  # dated 1980
            member.compress_type = packing
            archive.writestr(member, text)
    return data.getvalue()


def only(path: Path) -> Submission:
    (submission,) = finding.find([path], ASSIGNMENT)
    return submission


def test_a_folder_of_folders_files_and_zips_is_a_batch_named_by_its_entries(tmp_path: Path) -> None:
    (tmp_path / "ada").mkdir()
    (tmp_path / "ada/latent_space.py").write_text(CODE)
    (tmp_path / "bob.py").write_text(CODE)
    (tmp_path / "çelik.zip").write_bytes(zipped({"work/latent_space.py": CODE}))
    submissions = finding.find([tmp_path], ASSIGNMENT)
    assert [(s.id, s.student, s.rejected) for s in submissions] == [
        ("ada", "ada", None),
        ("bob", "bob", None),
        ("çelik", "çelik", None),
    ]


def test_a_missing_path_is_reported_with_the_nearest_name(tmp_path: Path) -> None:
    (tmp_path / "downloads").mkdir()
    with pytest.raises(UsageError, match=r"downlods: no such file or folder; did you mean .*downloads\?"):
        finding.find([tmp_path / "downlods"], ASSIGNMENT)


def test_an_empty_folder_is_reported_with_what_was_expected(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no submissions in .*: expected .py, .ipynb or .zip"):
        finding.find([tmp_path], ASSIGNMENT)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (
            zipped({}),
            "expected a notebook or a script, got x.zip, which is empty; hand in latent_space.ipynb or",
        ),
        (
            zipped({"report.pdf": "x", "a/notes.docx": "x"}),
            "expected a notebook or a script, got x.zip/report.pdf, x.zip/a/notes.docx; hand in latent_space",
        ),
        (b"PK\x03\x04 broken", "the zip cannot be read (its end is missing); zip the files again"),
        (zipped({"a.py": CODE})[:-30], "the zip cannot be read (its end is missing); zip the files again"),
        (b"Rar!\x1a\x07\x01\x00", "the zip cannot be read (it is a RAR archive); zip the files again"),
        (b"", "the zip cannot be read (it is empty); zip the files again"),
        (b"what is this", "the zip cannot be read (File is not a zip file); zip the files again"),
        (zipped({"../latent_space.py": CODE}), "a path in it points outside the zip, '../latent_space.py';"),
        (zipped({"/etc/latent_space.py": CODE}), "a path in it points outside the zip"),
        (zipped({"C:\\latent_space.py": CODE}), "a path in it points outside the zip"),
        (zipped({".": CODE}), "a file in it has no name; zip the folder again"),
        (zipped({"inner.zip": "PK"}), "it contains another zip, inner.zip; hand in one zip of the files"),
        (zipped({"A.py": CODE, "a.py": CODE}), "two files in it have the same name"),
        (zipped({"latent_space.py": "\n"}), "it contains no code"),
        (
            zipped({"latent_space.py": '# %% tags=["exploration"]\nx = 1\n'}),
            "all its code is in cells tagged 'exploration', which are not graded; remove the tag",
        ),
        (zipped({"latent_space.py": "\n\n<!DOCTYPE html>\n<html>"}), "expected Python code, got a web page"),
        (
            zipped({"latent_space.py": "x = 1\n<<<<<<< HEAD\ny = 1\n=======\ny = 2\n>>>>>>> other\n"}),
            "latent_space.py, line 2: expected code, got the markers of a merge conflict",
        ),
        (
            zipped({"latent_space.ipynb": '{\n<<<<<<< HEAD\n"a": 1\n=======\n"a": 2\n>>>>>>> other\n}'}),
            "latent_space.ipynb, line 2: expected code, got the markers of a merge conflict",
        ),
        (zipped({f"{n}.txt": "" for n in range(1001)}), "more than 1000 files"),
        (b"PK\x03\x04" + b"PK\x01\x02" * 2001, "more than 1000 files"),
        (
            zipped({"latent_space.py": CODE}, zipfile.ZIP_BZIP2),
            "unsupported compression method; zip the files with another program",
        ),
        (
            zipped({"latent_space.py": CODE}, zipfile.ZIP_LZMA),
            "unsupported compression method; zip the files with another program",
        ),
    ],
)
def test_a_bad_zip_is_rejected_with_what_to_change(tmp_path: Path, data: bytes, reason: str) -> None:
    (tmp_path / "x.zip").write_bytes(data)
    assert reason in str(only(tmp_path / "x.zip").rejected)


def test_a_link_in_a_zip_is_rejected(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("latent_space.py")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    assert f"a link or a special file, {link.filename}; zip the" in str(only(tmp_path / "x.zip").rejected)


def test_a_link_in_a_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.py").write_text(CODE)
    (tmp_path / "work").mkdir()
    (tmp_path / "work/latent_space.py").symlink_to(tmp_path / "secret.py")
    (tmp_path / "work/notes.txt").write_text("x")
    submissions = finding.find([tmp_path], ASSIGNMENT)
    assert [(s.id, s.rejected is None) for s in submissions] == [("secret", True), ("work", False)]
    assert "expected a notebook or a script, got notes.txt; hand in" in str(submissions[1].rejected)


def test_too_much_code_is_rejected(tmp_path: Path) -> None:
    (tmp_path / "latent_space.py").write_text("x = 1\n" * 400_000)
    assert "expected at most 1024 kB of code, got 2343 kB; remove data" in str(
        only(tmp_path / "latent_space.py").rejected
    )


def test_a_single_file_with_another_name_is_graded_and_noted(tmp_path: Path) -> None:
    (tmp_path / "my_work.py").write_text(CODE)
    submission = only(tmp_path / "my_work.py")
    assert submission.rejected is None
    assert submission.notes == (
        "expected a file called latent_space.ipynb or latent_space.py, got my_work.py; it was graded",
    )


def test_names_become_safe_ids_and_stay_readable() -> None:
    assert finding.safe_id("Ünal, Ayşe (2)") == "Ünal_Ayşe_2"
    assert finding.safe_id("../..") == "submission"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"%PDF-1.7", "expected Python code, got a PDF"),
        (b"<html>", "expected Python code, got a web page"),
        (b"x = '\xff'", "expected text in UTF-8, got other bytes"),
        (b"x\0y", "got binary data"),
    ],
)
def test_a_file_that_is_not_source_is_rejected_and_its_kind_is_named(data: bytes, reason: str) -> None:
    with pytest.raises(RejectedError, match=reason):
        decode("latent_space.py", data)


def test_source_is_read_in_all_common_encodings() -> None:
    text = "x = 'é'\n"
    for data in (
        text.encode(),
        b"\xef\xbb\xbf" + text.encode(),
        text.encode("utf-16"),
        b"# coding: latin-1\r\nx = '\xe9'\r\n",
        b"# -*- coding: cp1252 -*-\r\nx = '\xe9'\r\n",
    ):
        assert "x = 'é'" in decode("x.py", data)
        assert "\r" not in decode("x.py", data)


@pytest.mark.parametrize("coding", ["undefined", "utf-7", "unicode_escape", "punycode", "idna", "shift_jis"])
def test_an_encoding_that_may_be_slow_or_no_text_is_rejected_by_name(coding: str) -> None:
    data = f"# coding: {coding}\nx = '+2AA-\\ud800'\n".encode()
    wanted = rf"latent_space\.py: expected text in UTF-8, got text in {coding}; save it from Jupyter .* again"
    with pytest.raises(RejectedError, match=wanted):
        decode("latent_space.py", data)


def test_an_unknown_encoding_is_rejected() -> None:
    with pytest.raises(RejectedError, match=r"expected text in UTF-8, got other bytes \(.*klingon.*\); save"):
        decode("latent_space.py", b"# coding: klingon\n")


def test_several_zips_keep_their_files_apart_and_may_not_unpack_to_too_much_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "in/ada").mkdir(parents=True)
    (tmp_path / "in/ada/one.zip").write_bytes(zipped({"latent_space.py": CODE}))
    (tmp_path / "in/ada/two.zip").write_bytes(zipped({"latent_space.py": "x = 2"}))
    assert list(only(tmp_path / "in").candidates) == ["one.zip/latent_space.py", "two.zip/latent_space.py"]
    (tmp_path / "in/ada/two.zip").write_bytes(zipped({"more.py": "#" * 500}))
    assert only(tmp_path / "in").rejected is None
    monkeypatch.setattr("autograder.intake.work.MAX_ARCHIVE", 400)
    assert "over 0 MB when unpacked" in str(only(tmp_path / "in").rejected)


def test_a_copy_in_a_folder_counts_only_if_it_is_the_same_code(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(zipped({"a/latent_space.py": "x = 1", "latent_space.py": "x = 1  # !"}))
    assert only(tmp_path / "x.zip").cells[0].source.endswith("!")
    (tmp_path / "x.zip").write_bytes(zipped({"a/latent_space.py": "x = 1", "latent_space.py": "x = 2"}))
    assert list(only(tmp_path / "x.zip").candidates) == ["latent_space.py", "a/latent_space.py"]


@pytest.mark.parametrize("packing", [zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_a_damaged_zip_is_rejected_and_other_submissions_are_unaffected(tmp_path: Path, packing: int) -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", packing) as archive:
        archive.writestr("latent_space.py", "".join(str(n**7) for n in range(500)))
    damaged = bytearray(data.getvalue())
    damaged[60:120] = b"\xff" * 60
    (tmp_path / "ada.zip").write_bytes(damaged)
    (tmp_path / "zoe.py").write_text(CODE)
    ada, zoe = finding.find([tmp_path], ASSIGNMENT)
    assert "; zip the files" in str(ada.rejected)
    assert zoe.rejected is None


def test_a_zip_that_unpacks_to_too_much_is_rejected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.py", CODE * 100)
        archive.writestr("b.py", CODE * 100)
    monkeypatch.setattr("autograder.intake.archive.MAX_ARCHIVE", 1000)
    assert "MB when unpacked" in str(only(tmp_path / "x.zip").rejected)


@pytest.mark.parametrize("cells", [[{"cell_type": "code", "source": ""}] * 10_001, ["\x01" * 700_000]])
def test_code_that_does_not_fit_in_one_frame_is_rejected(tmp_path: Path, cells: list[object]) -> None:
    dicts = [c if isinstance(c, dict) else {"cell_type": "code", "source": c} for c in cells]
    (tmp_path / "latent_space.ipynb").write_text(json.dumps({"cells": dicts}))
    assert "hand in plain code" in str(only(tmp_path / "latent_space.ipynb").rejected)


def test_a_file_that_is_too_large_is_rejected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autograder.intake.archive.MAX_FILE", 10)
    (tmp_path / "x.zip").write_bytes(zipped({"latent_space.py": "x = 1" * 10}))
    reason = only(tmp_path / "x.zip").rejected or ""
    assert "a file in it is over 0 MB; clear the notebook's outputs" in reason
    monkeypatch.setattr("autograder.intake.archive.MAX_ARCHIVE", 10)
    assert "the file is over 0 MB; hand in only the code" in (only(tmp_path / "x.zip").rejected or "")


def test_a_zip_with_a_password_is_rejected(tmp_path: Path) -> None:
    data = bytearray(zipped({"latent_space.py": "x = 1"}))
    data[6] |= 1  # the flag in the file's header and in the directory
    data[data.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "x.zip").write_bytes(data)
    reason = only(tmp_path / "x.zip").rejected or ""
    assert reason == "x.zip: it has a password; zip the files without one"


def test_the_folder_for_results_is_not_a_submission(tmp_path: Path) -> None:
    (tmp_path / "ada.py").write_text(CODE)
    (tmp_path / "out").mkdir()
    submissions = finding.find([tmp_path], ASSIGNMENT, besides=tmp_path / "out")
    assert [s.id for s in submissions] == ["ada"]


def test_a_student_keeps_a_name_whose_characters_are_not_allowed_in_ids(tmp_path: Path) -> None:
    (tmp_path / "Łukasz O'Brien (late).py").write_text(CODE)
    work = only(tmp_path / "Łukasz O'Brien (late).py")
    assert (work.id, work.student) == ("Łukasz_O_Brien_late", "Łukasz O'Brien (late)")


def test_an_unsupported_archive_is_rejected_rather_than_ignored(tmp_path: Path) -> None:
    (tmp_path / "bob.rar").write_bytes(b"Rar!")
    (tmp_path / "zoe.py").write_text(CODE)
    bob, _ = finding.find([tmp_path], ASSIGNMENT)
    assert (bob.id, "expected a notebook or a script, got bob.rar; hand in" in str(bob.rejected)) == (
        "bob",
        True,
    )


def test_ids_fit_in_a_file_name_and_differ_on_every_file_system(tmp_path: Path) -> None:
    assert len(finding.safe_id("学" * 82).encode()) <= 100
    (tmp_path / "Zoe.py").write_text(CODE)
    (tmp_path / "zoe").mkdir()
    (tmp_path / "zoe/latent_space.py").write_text(CODE)
    assert [s.id for s in finding.find([tmp_path], ASSIGNMENT)] == ["Zoe", "zoe-2"]


def notebook(*cells: dict[str, object]) -> str:
    return json.dumps({"cells": list(cells), "nbformat": 4})


def code(source: object, *tags: str) -> dict[str, object]:
    return {"cell_type": "code", "source": source, "metadata": {"tags": list(tags)}, "outputs": [{"x": 1}]}


def test_a_notebook_is_read_as_its_code_cells_without_exploration() -> None:
    text = notebook(
        {"cell_type": "markdown", "source": "hi"}, code(["a = 1\n", "b = 2"]), code("train()", "exploration")
    )
    cells, notes = cells_of_notebook("n.ipynb", text)
    assert [(cell.name, cell.source) for cell in cells] == [("cell 2", "a = 1\nb = 2")]
    assert notes == ("1 cell tagged 'exploration' was not run",)


@pytest.mark.parametrize("source", ['# %% tags=["exploration"]\ntrain()', '\n# %% tags=["exploration"]'])
def test_a_cell_that_begins_with_a_scripts_tag_is_tagged(source: str) -> None:
    cells, notes = cells_of_notebook("n.ipynb", notebook(code("x = 1"), code(source)))
    assert [cell.source for cell in cells] == ["x = 1"]
    assert notes == ("1 cell tagged 'exploration' was not run",)


def test_magics_and_shell_escapes_become_calls() -> None:
    cells, _ = cells_of_notebook("n.ipynb", notebook(code("%matplotlib inline\n!ls\nx = 1")))
    assert "get_ipython().run_line_magic" in cells[0].source
    assert "get_ipython().system" in cells[0].source


@pytest.mark.parametrize("lines", [200, 600])
def test_a_cell_with_too_many_magics_is_left_for_the_worker_to_report(lines: int) -> None:
    cells, _ = cells_of_notebook("n.ipynb", notebook(code("!ls\n" * lines + "x = 1\n" * 5000)))
    assert cells[0].source.startswith("!ls")


def test_all_cells_of_a_notebook_share_the_time_for_translation() -> None:
    costly, long = code("%a\n" * 200), code("%a\nx = [" + "1, " * 400_000 + "]")
    cells, _ = cells_of_notebook("n.ipynb", notebook(code("%b"), costly, costly, code("%c"), long))
    assert ["get_ipython" in cell.source for cell in cells] == [True, True, False, False, False]


def test_looking_for_magics_takes_no_longer_on_blank_lines() -> None:
    cells, _ = cells_of_notebook("n.ipynb", notebook(code("\n" * 300_000 + " " * 300_000)))
    assert cells[0].source.isspace()  # a pattern that crosses lines would need hours


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "got a file that is not JSON"),
        ("", "expected a notebook, got an empty file; save it from Jupyter"),
        ("[1]", "got JSON without its cells"),
        (notebook(code(3)), "cell 1: expected text as source"),
    ],
)
def test_a_file_that_is_not_a_notebook_is_rejected(text: str, reason: str) -> None:
    with pytest.raises(RejectedError, match=reason):
        cells_of_notebook("n.ipynb", text)


def test_exploration_in_a_script_is_blank_and_other_lines_keep_their_numbers() -> None:
    text = '# %%\na = 1\n# %% tags=["exploration"]\ntrain()\n# %%\nb = 2'
    (cell,), notes = cells_of_script("s.py", text)
    assert cell.source.split("\n") == ["# %%", "a = 1", "", "", "# %%", "b = 2"]
    assert len(notes) == 1


def test_a_zip_beside_the_untouched_template_is_opened(tmp_path: Path) -> None:
    given = tmp_path / "given"
    given.mkdir()
    (given / "latent_space.py").write_text(CODE)
    assignment = Assignment(**{**vars(ASSIGNMENT), "folder": given})
    work = tmp_path / "work"
    work.mkdir()
    (work / "latent_space.py").write_text(CODE)
    (work / "mine.zip").write_bytes(zipped({"latent_space.py": "x = 2\n"}))
    (one,) = finding.find([tmp_path / "work"], assignment)
    assert (one.rejected, one.cells[0].source) == (None, "x = 2\n")
    assert (
        "mine.zip/latent_space.py was graded; unchanged since you were given it: latent_space.py" in one.notes
    )
    assert finding.reopen(one, assignment) == ("latent_space.py", "x = 2\n")


def test_a_students_notebook_that_a_browser_renamed_is_a_submission(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/ada.ipynb.txt").write_text(notebook(code("x = 1")))
    (one,) = finding.find([tmp_path / "in"], ASSIGNMENT)
    assert (one.id, one.student, one.rejected) == ("ada", "ada", None)
