"""Gradescope exports: a folder `submission_<number>` each; submission_metadata.yml names its submitters."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from autograder.errors import RejectedError, UsageError
from autograder.intake.archive import File
from autograder.intake.download import Download, Handin, place, renamed
from autograder.intake.names import id_of_group, safe_id
from autograder.records.assignment import Assignment
from autograder.records.origin import Refused
from autograder.records.submission import Member, SubmissionInfo

METADATA = "submission_metadata.yml"
NAME = re.compile(r"(?:assignment_\d+_export/)?submission_metadata\.yml")


def read(files: Sequence[File], assignment: Assignment) -> Download:
    """Return what each group of submitters handed in. Raises UsageError when the metadata is unreadable."""
    download, by_folder = Download("gradescope"), defaultdict(list)
    metadata = next((f for f in files if NAME.fullmatch(f.name)), None)
    if metadata is None:
        return download
    root = metadata.name[: -len(METADATA)]
    table = _yaml(metadata)
    for file in files:
        folder, _, path = file.name.removeprefix(root).partition("/")
        if path and file.name.startswith(root) and _submitters(table.get(folder)):
            by_folder[folder].append(renamed(file, path))
        elif file is not metadata:
            download.unmatched.append(Refused(file.name, f"{METADATA} lists no submitter for it"))
    for folder in table:
        if folder not in by_folder:
            download.unmatched.append(Refused(str(folder), f"{METADATA} lists it, but it has no files"))
    download.handins = [_of_gradescope(name, table[name], group) for name, group in by_folder.items()]
    return download


def _of_gradescope(folder: str, entry: dict[str, Any], files: list[File]) -> Handin:
    members = tuple(Member(s[":name"], s[":sid"], s[":email"]) for s in _submitters(entry))
    number = folder.removeprefix("submission_")
    keys = [m.id or m.email or m.name for m in members]
    alone = safe_id(members[0].name, *([members[0].id or members[0].email.partition("@")[0]]))
    who = SubmissionInfo(
        id=alone if len(members) == 1 else id_of_group(keys),
        student=", ".join(m.name for m in members),
        source=place(files),
        sha256="",
        members=members,
        lms={"gradescope_submission": number},
        submitted=_time_of(entry.get(":created_at")),
    )
    person = " ".join(sorted(m.email or m.id or f"{m.name} in {folder}" for m in members))
    order = (float(number) if number.isdecimal() else 0.0,)
    return Handin(who, tuple(files), f"gradescope {person}", order)


def _submitters(entry: Any) -> list[dict[str, str]]:
    """Return the submitters that an entry names, each with text for name, sid and email."""
    listed = entry.get(":submitters") if isinstance(entry, dict) else None
    people = [s for s in listed if isinstance(s, dict)] if isinstance(listed, list) else []
    submitters = [{key: str(s.get(key) or "").strip() for key in (":name", ":sid", ":email")} for s in people]
    return [{**s, ":name": s[":name"] or s[":email"] or s[":sid"]} for s in submitters if any(s.values())]


def _yaml(file: File) -> dict[str, Any]:
    """Return the metadata as plain values. Raises UsageError when the file does not contain a mapping."""
    import yaml

    plain: Any = type("Plain", (getattr(yaml, "CSafeLoader", yaml.SafeLoader),), {})
    plain.add_multi_constructor("!", lambda *ruby: None)  # ignore Ruby objects
    try:
        table = yaml.load(file.read(), plain)
    except (yaml.YAMLError, RejectedError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise UsageError(f"{file.source}: not readable as YAML ({reason}); download it again") from error
    if not isinstance(table, dict):
        raise UsageError(f"{file.source}: expected folders and their submitters, got none; download it again")
    return {str(key): value for key, value in table.items()}


def _time_of(value: Any) -> str | None:
    return value.replace(tzinfo=value.tzinfo or UTC).isoformat() if isinstance(value, datetime) else None
