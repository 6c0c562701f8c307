"""Handing back in the desk: what is shown is what the commands write, and nothing else is downloaded."""

from __future__ import annotations

import html
import io
import re
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from papers import ASSIGNMENT, HOSTILE, paper

from autograder.cli import main
from autograder.cohort import Cohort
from autograder.grades import inventory
from autograder.records import results
from autograder.records.submission import Member

testclient = pytest.importorskip("starlette.testclient", reason="the desk needs starlette and httpx")
ROOT = "/secret-token/handback"
HOME = "http://127.0.0.1:8000"
OWN = {"origin": HOME}
CLASS = (("ada", "Ada", "7"), ("bob", "Bob", "8"), ("eve", HOSTILE, "9"))
CANVAS = (
    "\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,Latent Space and Reconstruction Loss (1),Other (2)\r\n"
    "    Points Possible,,,,,100,10\r\n"
    'Ada,7,,ada,"x, ""y""\n2",71.5,3\r\nBob,8,,bob,x,,\r\nMax Ray,5,,max,x,40,\r\n'
)
MOODLE = (
    "Identifier,Full name,Status,Grade,Maximum grade,Grade can be changed,Last modified (grade),Note\n"
    "Participant 7,Ada,Draft,1.00,100,Yes,-,see me\nParticipant 8,Bob,Submitted,,100,Yes,-,\n"
    f'Participant 9,"{HOSTILE.replace(chr(34), chr(34) * 2)}",Submitted,5.00,100,No,-,\n'
    "Participant 4,Max Ray,Submitted,9.00,100,Yes,-,\n"
)
TEMPLATES = {"canvas": CANVAS, "moodle": MOODLE, "feedback-moodle": MOODLE}


@pytest.fixture
def out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a class of three, known to Canvas and Moodle; bob's written answer has a mark."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    for name, student, number in CLASS:
        lms = {"moodle_participant": number, "canvas_user": number}
        members = (Member(student, name, f"{name}@x.org", lms),)
        made = paper(name, student, lost=["losses.mse"] if name == "ada" else [])
        about = {"source": f"x/{name}_{number}_9{number}_f.py", "lms": {"canvas_attachment": f"9{number}"}}
        info = replace(made.submission, members=members, **about)
        results.write(replace(made, submission=info), tmp_path / "out/results" / f"{name}.json")
    for question in ASSIGNMENT.written:
        Cohort(tmp_path / "out", ASSIGNMENT).override("bob", question.id, "1", "read it", "Tara")
    Cohort(tmp_path / "out", ASSIGNMENT).publish()
    return tmp_path / "out"


@pytest.fixture
def client(out: Path) -> Iterator[Any]:
    from autograder.desk.app import make

    with testclient.TestClient(make(out, ASSIGNMENT, "secret-token"), HOME) as opened:
        yield opened


def preview(client: Any, to: str, upload: str | bytes | None = None, **options: str) -> Any:
    """Ask for a preview as the page's form does; without `upload`, with the template that fits."""
    data = TEMPLATES.get(to) if upload is None else upload
    files = {"template": ("../../my gradebook.csv", data or b"") if data is not None else ("", b"")}
    return client.post(f"{ROOT}/{to}", data=options, files=files, headers=OWN)


def download(client: Any, to: str, page: Any) -> Any:
    """Press the button on a page with a preview."""
    key = re.findall(r'name="preview" value="([^"]*)"', page.text)[0]
    return client.post(f"{ROOT}/{to}/file", data={}, files={"preview": (None, key)}, headers=OWN)


def table(page: Any) -> list[list[str]]:
    """The texts of the table's cells, row by row."""
    rows = re.findall(r"<tr>(.*?)</tr>", page.text.partition("<tbody>")[2], re.DOTALL)
    cells = (re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in rows)
    return [[html.unescape(re.sub("<.*?>", "", cell)) for cell in row] for row in cells]


def text(page: Any) -> str:
    return html.unescape(page.text)


def typed(out: Path, to: str, *options: str) -> tuple[str, bytes]:
    """What the command prints and writes."""
    place = out.parent / f"typed-{to}"
    words = ["export", to, str(out), "--file", str(place), *options]
    if to in TEMPLATES:
        (out.parent / "own.csv").write_text(TEMPLATES[to], "utf-8", newline="")
        words += ["--template", str(out.parent / "own.csv")]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0, done.output
    return done.output, place.read_bytes() if place.is_file() else b""


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_the_class_leads_to_handing_back_and_every_program_has_a_page(client: Any) -> None:
    assert f'href="{ROOT}"' in client.get("/secret-token/").text
    links = re.findall(rf'href="{ROOT}/([^"]+)"', client.get(ROOT).text)
    assert set(links) == {
        "moodle",
        "canvas",
        "gradescope",
        "csv",
        "json",
        *(f"feedback-{x}" for x in FEEDBACK),
    }
    for to in links:
        page = client.get(f"{ROOT}/{to}")
        assert (page.status_code, page.text.count("<button>Preview</button>")) == (200, 1)


FEEDBACK = ("moodle", "canvas", "folder")


@pytest.mark.parametrize("to", ["nothing", "feedback-nbgrader", "%2e%2e%2fcanvas"])
def test_another_program_is_refused(client: Any, out: Path, to: str) -> None:
    for answer in (client.get(f"{ROOT}/{to}"), preview(client, to), client.get(f"{ROOT}/{to}/file")):
        assert answer.status_code in (404, 405)
    page = client.get(f"{ROOT}/nothing").text
    assert page.startswith("handback: expected one of moodle, canvas, ")
    assert page.endswith("got 'nothing'; choose it from the list")
    gone = client.post(f"{ROOT}/nothing/file", files={"preview": (None, "x")}, headers=OWN)
    assert gone.status_code == 404


@pytest.mark.parametrize(
    ("to", "options", "words"),
    [
        ("canvas", {}, ()),
        (
            "canvas",
            {"keep": "on", "checks_only": "on", "scale": "on"},
            ("--keep", "--checks-only", "--scale"),
        ),
        ("canvas", {"column": "Other", "scale": "on"}, ("--column", "Other", "--scale")),
        ("moodle", {}, ()),
        ("moodle", {"column": "Note", "keep": "on"}, ("--column", "Note", "--keep")),
        ("moodle", {"checks_only": "on", "scale": "on"}, ("--checks-only", "--scale")),
        ("csv", {}, ()),
        ("json", {"checks_only": "on"}, ("--checks-only",)),
        ("feedback-moodle", {}, ()),
        ("feedback-canvas", {}, ()),
    ],
)
def test_the_file_is_the_commands_byte_for_byte_and_so_is_what_needs_a_look(
    client: Any, out: Path, to: str, options: dict[str, str], words: tuple[str, ...]
) -> None:
    page = preview(client, to, **options)
    assert page.status_code == 200, text(page)
    printed, expected = typed(out, to, *words)
    answer = download(client, to, page)
    assert (answer.status_code, answer.content == expected) == (200, True)
    name = f"{to}.{'zip' if 'feedback' in to else 'json' if to == 'json' else 'csv'}"
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'
    assert answer.headers["x-content-type-options"] == "nosniff"
    first, *others = [line.strip() for line in printed.splitlines() if line.strip()]
    assert f"<p>{first.partition(' written to')[0]} in <code>{name}</code>" in page.text
    assert [line for line in others if line not in text(page)] == []


@pytest.mark.parametrize(("to", "place"), [("feedback-folder", "{name}.html"), ("gradescope", "{name}.json")])
def test_a_folder_comes_as_a_zip_of_the_commands_files(client: Any, out: Path, to: str, place: str) -> None:
    options = {"name": "{student_id}"} if to == "feedback-folder" else {"checks_only": "on"}
    words = ("--name", "{student_id}") if to == "feedback-folder" else ("--checks-only",)
    answer = download(client, to, preview(client, to, **options))
    typed(out, to, *words)
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {
            name: (out.parent / f"typed-{to}" / name).read_bytes()
            for name in (place.format(name=name) for name, _, _ in CLASS)
        }


def test_every_row_shows_what_stands_there_and_what_will(client: Any) -> None:
    assert table(preview(client, "canvas")) == [
        ["Ada", "3", "ada", "71.5", "blank", "not marked by hand yet: " + WRITTEN],
        ["Bob", "4", "bob", "", "92.00", ""],
        ["Max Ray", "5", "", "40", "as it is", "no submission; stays as it is"],
    ]
    assert table(preview(client, "canvas", keep="on"))[0][3:5] == ["71.5", "as it is"]
    rows = table(preview(client, "moodle", column="note", checks_only="on", scale="on"))
    assert [row[0] for row in rows] == ["Ada", "Bob", HOSTILE, "Max Ray"]
    assert [row[3:7] for row in rows] == [
        ["1.00", "88.89", "see me", "as it is"],
        ["", "100.00", "", rows[1][6]],
        ["5.00", "as it is", "", "as it is"],
        ["9.00", "as it is", "", "as it is"],
    ]
    assert rows[1][6].startswith("The autoencoder: 20 of 20, ")
    assert [row[7] for row in rows[2:]] == ["locked in Moodle", "no submission; stays as it is"]


WRITTEN = ", ".join(question.id for question in ASSIGNMENT.written)


def test_strangers_the_missing_and_doubts_are_shown(client: Any, out: Path) -> None:
    listed = (Member("Ada", "ada", "ada@x.org"), Member("Max Ray", "s9"))
    inventory.write(inventory.Inventory(roster="/class.csv", students=listed), out)
    page = preview(client, "csv")
    assert "written, but not on the roster: 2" in page.text
    assert table(page)[-1] == ["Max Ray", "", "blank", "no submission"]
    twice = paper("late", "Ada")
    who = replace(twice.submission, members=(Member("Ada", lms={"canvas_user": "7"}),))
    results.write(replace(twice, submission=who), out / "results/late.json")
    doubt = preview(client, "canvas")
    assert "not written, no unique match: 2" in doubt.text
    both = "ada and late: from the same student; decide which one counts"
    assert table(doubt)[0] == ["Ada", "3", "", "71.5", "as it is", both]


def test_nothing_is_written_but_what_the_command_writes_and_nothing_temporary_stays(
    client: Any, out: Path
) -> None:
    before = everything(out)
    for to in ("canvas", "moodle", "csv", "json", "gradescope", "feedback-folder", "feedback-moodle"):
        assert download(client, to, preview(client, to)).status_code == 200
    assert everything(out) == before
    assert list((out.parent / "temporary").iterdir()) == []


def test_hostile_names_and_file_names_are_text(client: Any, out: Path) -> None:
    for to in ("moodle", "csv", "feedback-folder", "feedback-moodle"):
        page = preview(client, to)
        assert HOSTILE.partition(" ")[0] not in page.text
        assert page.text.count("<script>") == 1
    files = {"template": (f"/etc/{HOSTILE}", CANVAS.replace("Max Ray", "<b>Max</b>"))}
    page = client.post(f"{ROOT}/canvas", data={"column": "<i>"}, files=files, headers=OWN)
    assert (page.status_code, "<i>" in page.text) == (409, False)
    page = client.post(f"{ROOT}/canvas", files=files, headers=OWN)
    assert ("<b>Max" in page.text, "<img" in page.text) == (False, False)
    assert "/etc/<img src=x onerror=" in text(page)


@pytest.mark.parametrize("headers", [{}, {"origin": "http://evil.example"}, {"sec-fetch-site": "cross-site"}])
def test_another_page_neither_previews_nor_downloads(client: Any, headers: dict[str, str]) -> None:
    for path in (f"{ROOT}/csv", f"{ROOT}/csv/file"):
        answer = client.post(path, files={"preview": (None, "x")}, headers=headers)
        assert (answer.status_code, "expected a change from the desk's own page" in answer.text) == (
            403,
            True,
        )
    assert client.get(f"{ROOT}/csv/file").status_code == 405


@pytest.mark.parametrize(
    ("to", "upload", "options", "message"),
    [
        (
            "canvas",
            b"",
            {},
            "the uploaded file: expected a CSV with a header, got an empty file; export it again",
        ),
        (
            "canvas",
            b"PK\x03\x04\xff",
            {},
            "the uploaded file: expected a CSV in UTF-8, got 'utf-8' codec can't",
        ),
        (
            "canvas",
            MOODLE,
            {},
            "the uploaded file: expected Canvas's own export (Student, ID, …, Section, …)",
        ),
        (
            "moodle",
            CANVAS,
            {},
            "the uploaded file: expected Moodle's grading worksheet with Identifier, Grade",
        ),
        (
            "canvas",
            CANVAS,
            {"column": "Third"},
            "the uploaded file: expected a column 'Third', got Latent Space",
        ),
        ("canvas", CANVAS, {"column": "Other"}, "is out of 10, and the grades are out of 100: set it to 100"),
        (
            "feedback-moodle",
            CANVAS,
            {},
            "the uploaded file: expected Moodle's grading worksheet with Identifier",
        ),
        (
            "feedback-folder",
            None,
            {"name": "x"},
            "--name: expected another name for each student, got x.html",
        ),
        (
            "feedback-folder",
            None,
            {"name": "{mark}"},
            "--name: expected {student}, {student_id}, {email}, {id}",
        ),
        (
            "csv",
            CANVAS,
            {},
            "--template: expected only with canvas, moodle, feedback-moodle, got it with csv",
        ),
        (
            "json",
            None,
            {"keep": "on"},
            "--keep: expected only with canvas, moodle, got it with json; omit it",
        ),
    ],
)
def test_what_the_command_refuses_is_refused_with_its_words(
    client: Any, out: Path, to: str, upload: str | bytes | None, options: dict[str, str], message: str
) -> None:
    page = preview(client, to, upload, **options)
    assert (page.status_code, 'name="preview"' in page.text) == (409, False)
    assert message in text(page)
    assert str(out.parent / "temporary") not in text(page)
    assert list((out.parent / "temporary").iterdir()) == []


@pytest.mark.parametrize("to", ["canvas", "moodle", "feedback-moodle"])
def test_without_a_template_nothing_is_previewed(client: Any, to: str) -> None:
    page = client.post(f"{ROOT}/{to}", files={"template": ("", b"")}, headers=OWN)
    assert page.status_code == 409
    assert f"export {to}: expected --template with " in text(page)


def test_options_stay_filled_in_after_a_refusal(client: Any) -> None:
    page = preview(client, "canvas", column='Third"', keep="on")
    assert 'value="Third&#34;"' in page.text
    assert re.findall(r'name="(\w+)" checked', page.text) == ["keep"]


def test_a_grade_that_changed_since_the_preview_is_named_and_not_downloaded(client: Any, out: Path) -> None:
    page = preview(client, "canvas", checks_only="on", scale="on")
    Cohort(out, ASSIGNMENT).override("ada", "losses", "7", "read it", "Tara")
    refused = download(client, "canvas", page)
    assert (refused.status_code, "content-disposition" in refused.headers) == (409, False)
    assert "Not downloaded: this changed since the preview." in refused.text
    assert "Ada: 88.89 → 80.00" in text(refused)
    again = download(client, "canvas", refused)
    assert (again.status_code, b",80.00," in again.content) == (200, True)


def test_whatever_else_changed_since_the_preview_is_named_too(client: Any, out: Path) -> None:
    made = {to: preview(client, to) for to in ("csv", "feedback-folder", "json")}
    flagged = replace(results.read(out / "results/bob.json"), flags=("looks odd",))
    results.write(flagged, out / "results/bob.json")
    assert "csv.csv: line 3 changed" in text(download(client, "csv", made["csv"]))
    result = results.read(out / "results/ada.json")
    results.write(
        replace(result, submission=replace(result.submission, student="Ada L.")), out / "results/ada.json"
    )
    assert ".html changed" in text(download(client, "feedback-folder", made["feedback-folder"]))
    (out / "results/eve.json").unlink()
    refused = text(download(client, "json", made["json"]))
    assert f"{HOSTILE}: blank (not marked by hand yet: {WRITTEN}) → no row" in refused
    assert re.search(r"json\.json: line \d+ is gone", refused)


def test_what_needs_a_look_since_the_preview_is_named(client: Any, out: Path) -> None:
    Cohort(out, ASSIGNMENT).override("ada", "losses", "20", "read", "Tara")
    page = preview(client, "csv")
    result = results.read(out / "results/ada.json")
    newer = replace(result, submission=replace(result.submission, sha256="f" * 64))
    results.write(newer, out / "results/ada.json")
    refused = text(download(client, "csv", page))
    assert "new: marked before the work or its points changed" in refused
    back = download(client, "csv", page)  # still compared with what was shown
    assert back.status_code == 409
    results.write(result, out / "results/ada.json")
    assert download(client, "csv", page).status_code == 200


def test_a_notice_about_the_suite_comes_with_the_preview_and_counts_as_a_change(
    client: Any, out: Path
) -> None:
    page = preview(client, "csv")
    result = results.read(out / "results/ada.json")
    results.write(replace(result, provenance={"suite": "b" * 64}), out / "results/ada.json")
    assert f"new: these grades come from 2 versions of the suite; run autograder regrade {out} first" in text(
        download(client, "csv", page)
    )


def test_many_differences_are_counted(client: Any, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from autograder.desk import preview as previews

    page = preview(client, "csv", checks_only="on")
    monkeypatch.setattr(previews, "MOST", 1)
    for name in ("ada", "bob"):
        Cohort(out, ASSIGNMENT).override(name, "losses", "7", "read it", "Tara")
    assert re.search(r"<bdi>and \d more</bdi>", download(client, "csv", page).text)


def test_only_the_last_previews_are_kept_and_none_serves_for_another_program(client: Any) -> None:
    page = preview(client, "csv")
    message = "expected one of the last 4 previews, got another; nothing was downloaded: preview it again"
    assert message in text(download(client, "json", page))
    for _ in range(3):
        preview(client, "csv")
    assert download(client, "csv", page).status_code == 200
    preview(client, "csv")
    gone = download(client, "csv", page)
    assert (gone.status_code, message in text(gone)) == (409, True)


def test_a_download_that_became_impossible_says_why(client: Any, out: Path) -> None:
    page = preview(client, "csv")
    for path in (out / "results").iterdir():
        path.unlink()
    refused = download(client, "csv", page)
    assert (refused.status_code, "expected a folder with results, got none; grade first" in refused.text) == (
        409,
        True,
    )


def test_an_upload_beyond_the_limit_is_refused(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from autograder.desk import upload

    monkeypatch.setattr(upload, "LIMIT", 2_000_000)
    page = preview(client, "canvas", CANVAS + "x" * 3_000_000)
    assert page.status_code == 409
    assert "the upload: expected at most 2 MB, got 3.0 MB; nothing was read: check that it is" in text(page)
    assert preview(client, "canvas", CANVAS + "x" * 1_000_000).status_code == 200


@pytest.mark.parametrize(
    ("kind", "body", "message"),
    [
        ("text/plain", b"x", "the form: expected multipart/form-data, got 'text/plain'; open the page again"),
        ("", b"", "the form: expected multipart/form-data, got ''; open"),
        ("multipart/form-data; boundary=b", b"", "the form: expected all of it, got 0 bytes without an end"),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="keep"\r\n\r\non\r\n--b\r\nContent',
            "the form: expected all of it, got 68 bytes without an end; open the page again, and send it",
        ),
        (
            "multipart/form-data; boundary=b",
            b"--b\r\nContent-Disposition: form-data\r\n\r\non\r\n--b--\r\n",
            "the form: expected fields with different names, got ''; open the page again",
        ),
        (
            "multipart/form-data; boundary=b",
            2 * b'--b\r\nContent-Disposition: form-data; name="keep"\r\n\r\non\r\n' + b"--b--\r\n",
            "the form: expected fields with different names, got 'keep'; open the page again",
        ),
    ],
)
def test_a_form_that_is_not_whole_is_refused(client: Any, kind: str, body: bytes, message: str) -> None:
    for path in (f"{ROOT}/csv", f"{ROOT}/csv/file"):
        page = client.post(path, content=body, headers={**OWN, "content-type": kind})
        assert (page.status_code, message in text(page)) == (409, True), text(page)


@pytest.mark.parametrize(
    "data", [b"", b"\r\n", b"a\rb\nc\r\n\r\n--\r\n-", b"\xff\xfe\x00", b"\r\n--", b"--b--"]
)
def test_a_file_is_received_byte_for_byte(data: bytes) -> None:
    from autograder.desk import upload

    head = b'--bound\r\nContent-Disposition: form-data; name="template"; filename="caf\xc3\xa9.csv"\r\n'
    body = head + b"Content-Type: text/csv\r\n\r\n" + data + b"\r\n--bound--\r\n"
    form = upload.parsed("multipart/form-data; boundary=bound", body)
    assert form == upload.Form({}, {"template": upload.File("café.csv", data)})
