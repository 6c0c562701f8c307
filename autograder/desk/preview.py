"""What an export will write, before anybody takes it: made by the command's own functions, and compared."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast, get_args

from autograder.cohort import Cohort, export, handback, told
from autograder.cohort.records import Back, Format, Template
from autograder.desk.upload import File
from autograder.errors import LatentLabError, UsageError
from autograder.exports.fill import Row

BLANK = "blank"
MOST = 50  # differences to show


@dataclass(frozen=True)
class Asked:
    """What to export, with the options of the command; `template` is the file that was uploaded."""

    to: str
    template: File | None = None
    column: str = ""
    scale: bool = False
    keep: bool = False
    name: str = ""
    checks_only: bool = False

    @property
    def given(self) -> Mapping[str, object]:
        """The options by the command's names."""
        how = {"--template": self.template is not None, "--column": self.column, "--scale": self.scale}
        return {**how, "--keep": self.keep, "--name": self.name, "--checks-only": self.checks_only}


@dataclass(frozen=True)
class Preview:
    """A file, its name, what is in it by student, and what needs a look by heading; `notices` come first."""

    asked: Asked
    file: str
    data: bytes
    count: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    needs: Mapping[str, tuple[str, ...]]
    notices: tuple[str, ...] = ()


def make(cohort: Cohort, asked: Asked) -> Preview:
    """Return the preview of an export. Writes what the command writes, but its file to a temporary folder.

    Raises what the command raises.
    """
    told.refuse_meaningless(asked.to, asked.given)
    notices = tuple(text for text in (cohort.notice(), told.mixed(cohort)) if text)
    with TemporaryDirectory(prefix="autograder-") as folder:
        template = Path(folder) / "template.csv" if asked.template else None
        if asked.template and template:
            template.write_bytes(asked.template.data)
        made = _pages if asked.to in get_args(Back) else _marks
        try:
            return made(cohort, asked, template, Path(folder), notices)
        except LatentLabError as error:
            raise UsageError(str(error).replace(str(template), "the uploaded file")) from error


def _marks(
    cohort: Cohort, asked: Asked, template: Path | None, folder: Path, notices: tuple[str, ...]
) -> Preview:
    to = cast(Format, asked.to)
    how = Template(template, asked.column or None, asked.scale, asked.keep)
    filled, place = cohort.export(to, how, export.place_of(to, folder), asked.checks_only)
    needs = _needs(told.of_marks(to, filled))
    count = told.count(filled.written, "grade")
    return Preview(asked, *_file(place), count, filled.columns, tuple(filled.rows), needs, notices)


def _pages(
    cohort: Cohort, asked: Asked, template: Path | None, folder: Path, notices: tuple[str, ...]
) -> Preview:
    to = cast(Back, asked.to)
    sent, place = cohort.feedback(to, template, asked.name, handback.place_of(to, folder))
    students = {result.submission.id: result.submission.student for result, _ in cohort.everyone()}
    rows = tuple(Row(0, students[of], of, ("",), (path,)) for path, of in sent.pages.items())
    count = told.count(sent.written, "page")
    return Preview(asked, *_file(place), count, ("File",), rows, _needs(told.of_pages(sent)), notices)


def _needs(headings: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    return {heading: tuple(texts) for heading, texts in headings.items() if texts}


def _file(place: Path) -> tuple[str, bytes]:
    """Return the name and bytes of what was written to `place`; a folder becomes a zip."""
    if place.is_dir():
        paths = sorted(path for path in place.rglob("*") if path.is_file())
        files = {path.relative_to(place).as_posix(): path.read_bytes() for path in paths}
        place = place.with_name(f"{place.name}.zip")
        handback.write_zip(files, place)
    return place.name, place.read_bytes()


def differences(before: Preview, now: Preview) -> tuple[str, ...]:
    """Return what is different between two previews of the same export: nothing only if they are equal."""
    if before == now:
        return ()
    found = [*_in_rows(before, now), *_in_needs(before, now)]
    if before.data != now.data:
        found += _in_files(before, now)
    if len(found) > MOST:
        found = [*found[:MOST], f"and {len(found) - MOST} more"]
    return tuple(found) or ("the order of the rows",)


def _in_rows(before: Preview, now: Preview) -> Iterator[str]:
    was = {(row.line, row.of, row.student): row for row in before.rows}
    new = {(row.line, row.of, row.student): row for row in now.rows}
    for key in [*was, *(key for key in new if key not in was)]:
        old, row = was.get(key), new.get(key)
        if old != row:
            yield f"{key[2]}: {_said(old)} → {_said(row)}"


def _said(row: Row | None) -> str:
    """Return what a row says, for a message."""
    if row is None:
        return "no row"
    cells = ", ".join("as it is" if cell is None else cell or BLANK for cell in row.after)
    return f"{cells} ({row.why})" if row.why else cells


def _in_needs(before: Preview, now: Preview) -> Iterator[str]:
    was = {f"{heading}: {text}" for heading, texts in before.needs.items() for text in texts}
    new = {f"{heading}: {text}" for heading, texts in now.needs.items() for text in texts}
    yield from (f"new: {text}" for text in sorted(new - was))
    yield from (f"no longer: {text}" for text in sorted(was - new))
    yield from (f"new: {text}" for text in now.notices if text not in before.notices)
    yield from (f"no longer: {text}" for text in before.notices if text not in now.notices)


def _in_files(before: Preview, now: Preview) -> Iterator[str]:
    """Yield the parts of the file that are different: the files of a zip, or the lines of a text."""
    was, new = _parts(before), _parts(now)
    for part in sorted({*was, *new}):
        if was.get(part) != new.get(part):
            what = "is new" if part not in was else "is gone" if part not in new else "changed"
            yield f"{before.file}: {part} {what}"


def _parts(preview: Preview) -> dict[str, bytes]:
    if not preview.file.endswith(".zip"):
        return {f"line {n}": line for n, line in enumerate(preview.data.splitlines(), start=1)}
    with zipfile.ZipFile(io.BytesIO(preview.data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
