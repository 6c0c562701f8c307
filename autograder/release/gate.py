"""Decides whether a release may go out: each rule lists, in words, what is wrong.

Rules are functions that return what is wrong, so that no rule hides another; a release passes if every list
is empty.
"""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import sysconfig
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema

from autograder.authoring import drawing, render
from autograder.errors import KitError, LatentLabError
from autograder.pages import handout
from autograder.records.assignment import Assignment
from autograder.records.places import Paths
from autograder.release import archive, build, classroom, doors, leaks, service, tools
from autograder.sandbox.docker import DockerSandbox

LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)|<(https?://[^>\s]+)>")
HEADING = re.compile(r"^#+ +(.+?) *$", re.MULTILINE)
SCHEMA = Path(__file__).with_name("gradescope.schema.json")
Rule = tuple[str, Callable[[], list[str]]]
ANSWER_SECONDS = 20.0  # for a web page linked from a handout


def refusals(
    files: archive.Files,
    paths: Paths,
    assignment: Assignment,
    version: str,
    proved: Callable[[], list[str]],
    say: Callable[[str], None] = lambda text: None,
) -> list[str]:
    """Return every reason not to release `files`. `proved` returns what `prove` finds wrong.

    Runs the solution and the template through every door, which needs Docker and takes minutes.
    """
    bundle = build.for_students(files, assignment, version)
    rules: list[Rule] = [
        ("rendered", lambda: stale(paths)),
        ("notebook and script", lambda: disagreement(files, assignment)),
        ("handout", lambda: broken_links(files, assignment)),
        ("leaks", lambda: leaked(files, bundle, paths, assignment)),
        ("prove", proved),
        ("student bundle alone", lambda: bundle_alone(files, paths, assignment)),
        ("every door", lambda: doors_disagree(passages(files, paths, assignment))),
    ]
    return collected(rules, say)


def collected(rules: Iterable[Rule], say: Callable[[str], None]) -> list[str]:
    """Return what every rule says is wrong, under its name; a rule that cannot run hides no other."""
    reasons = []
    for name, rule in rules:
        say(name)
        try:
            reasons += [f"{name}: {reason}" for reason in rule()]
        except (LatentLabError, ValueError, OSError, subprocess.SubprocessError) as error:
            reasons.append(f"{name}: the rule could not run ({type(error).__name__}: {error})")
    return reasons


def leaked(files: archive.Files, bundle: archive.Files, paths: Paths, assignment: Assignment) -> list[str]:
    """Return the secrets, of the source and of this drawing, that the students' `bundle` contains."""
    drawn_from = files.get(f"staff/{drawing.SECRET}", b"").decode().strip()
    return [str(leak) for leak in leaks.search(bundle, leaks.secrets(paths, assignment, drawn_from))]


def stale(paths: Paths) -> list[str]:
    """Return the committed renderings that differ from what the source renders to."""
    return [
        f"{path.relative_to(paths.root)} is out of date; run make render" for path in render.differing(paths)
    ]


def disagreement(files: archive.Files, assignment: Assignment) -> list[str]:
    """Return how the graded code of the student's notebook differs from that of the script."""
    name = assignment.name
    notebook = json.loads(files[f"student/{name}.ipynb"])
    code = [
        "".join(cell["source"])
        for cell in notebook["cells"]
        if cell["cell_type"] == "code" and "exploration" not in cell["metadata"].get("tags", [])
    ]
    script = ast.parse(files[f"student/{name}.py"])
    imported = [node for node in script.body if not isinstance(node, ast.If)]
    in_script, in_notebook = ast.unparse(ast.Module(imported, [])), ast.unparse(ast.parse("\n".join(code)))
    if in_script == in_notebook:
        return []
    pairs = zip([*in_script.splitlines(), ""], [*in_notebook.splitlines(), ""], strict=False)
    first = next(((a, b) for a, b in pairs if a != b), ("", ""))
    return [f"the script has {first[0]!r} where the notebook has {first[1]!r}; render both from the source"]


def broken_links(files: archive.Files, assignment: Assignment) -> list[str]:
    """Return the links in the student's pages, and the places named in feedback, that lead nowhere."""
    pages = {n.removeprefix("student/"): d for n, d in files.items() if n.startswith("student/")}
    texts = {name: data.decode() for name, data in pages.items() if name.endswith(".md")}
    reasons = [f"{name}: {why}" for name, text in texts.items() for why in _broken(text, texts, pages)]
    sections = handout.sections_of(texts["handout.md"])
    for question in assignment.questions:
        section = handout.section_of(question.read)
        if section and section not in sections:
            reasons.append(
                f"{question.id} says to read {question.read!r}, but handout.md has no such section; "
                "fix `read` in assignment.toml, or add the section"
            )
    return reasons


def _broken(text: str, texts: Mapping[str, str], pages: archive.Files) -> Iterator[str]:
    for match in LINK.finditer(text):
        target = next(filter(None, match.groups()))
        if target.startswith(("http://", "https://")):
            if why := _unreachable(target):
                yield f"{target} does not answer ({why}); fix or drop the link"
            continue
        path, _, anchor = target.partition("#")
        if path and path not in pages:
            yield f"it links to {path}, which students do not get; fix or drop the link"
        elif anchor and anchor not in map(_anchor, HEADING.findall(texts.get(path, "") if path else text)):
            yield f"it links to #{anchor}, but there is no such section; fix or drop the link"


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _unreachable(url: str) -> str:
    """Return why a page does not answer; empty if it does."""
    try:
        request = urllib.request.Request(url, method="HEAD", headers={"User-Agent": "latent-lab"})
        with urllib.request.urlopen(request, timeout=ANSWER_SECONDS):
            return ""
    except (urllib.error.URLError, OSError, ValueError) as error:
        return str(getattr(error, "reason", error))


def bundle_alone(files: archive.Files, paths: Paths, assignment: Assignment) -> list[str]:
    """Return what keeps `autograder check` from passing the solution with only the student's bundle.

    The environment has the libraries of this one and, of the kit, only the student's wheel.
    """
    script = f"{assignment.name}.py"
    with tempfile.TemporaryDirectory() as scratch:
        python = environment(files, Path(scratch) / "venv")
        work = Path(scratch) / "work"
        work.mkdir()
        (work / script).write_bytes((paths.solution / script).read_bytes())
        done = _alone(python, work, "-m", "autograder", "check", script)
        inside = _alone(python, work, "-c", "import autograder; print(autograder.__file__)").stdout
    if str(scratch) not in inside:
        return [f"the check ran with {inside.strip()}, not with the student's wheel; fix the gate"]
    if done.returncode != 0:
        output = (done.stdout + done.stderr)[-1500:]
        return [f"autograder check ends with status {done.returncode} on the solution:\n{output}"]
    return []


def environment(files: archive.Files, folder: Path) -> Path:
    """Make an environment with the student's wheel and the libraries of this one; return its Python."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    site = folder / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"
    wheels = [data for name, data in files.items() if name.startswith("student/") and name.endswith(".whl")]
    archive.write(archive.unzipped(wheels[0]), site)
    # Python reads no .pth of the folder named here, so this checkout stays out
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin" / "python"


def _alone(python: Path, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    clean = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "LANG": "C.UTF-8", "TERM": "dumb"}
    system = {name: os.environ[name] for name in ("SYSTEMROOT", "TEMP", "TMP") if name in os.environ}
    return subprocess.run(
        [str(python), *words],
        cwd=folder,
        env={**clean, **system},
        capture_output=True,
        text=True,
        check=False,
    )


@dataclass(frozen=True)
class Passage:
    """What a door gave a submission, and what it should give: points by question, or failing checks."""

    what: str
    door: str
    got: doors.Points | doors.Failing
    wanted: doors.Points | doors.Failing

    def refusal(self) -> str:
        """Return in words what is wrong; empty if nothing is."""
        if self.got == self.wanted:
            return ""
        got, wanted = _in_words(self.got), _in_words(self.wanted)
        return f"{self.door}: expected the {self.what} to get {wanted}, got {got}"


def doors_disagree(passages: Iterable[Passage]) -> list[str]:
    """Return the doors at which the solution misses full marks, or the template gets any."""
    return [reason for passage in passages if (reason := passage.refusal())]


def passages(files: archive.Files, paths: Paths, assignment: Assignment) -> Iterator[Passage]:
    """Put the solution and the template through every door.

    Raises KitError if Docker does not answer: a release is only proved with Docker.
    """
    full = {question.id: question.points for question in assignment.questions}
    wanted = {"solution": (full, frozenset()), "template": (dict.fromkeys(full, 0), _public_ids(assignment))}
    script = f"{assignment.name}.py"
    texts = {
        "solution": (paths.solution / script).read_text(encoding="utf-8"),
        "template": (paths.assignment / script).read_text(encoding="utf-8"),
    }
    for door, got in _official(files, assignment, texts):
        yield from (Passage(what, door, got[what], wanted[what][0]) for what in texts)
    for what, text in texts.items():
        for door, failing in _practice(files, assignment, text):
            yield Passage(what, door, failing, wanted[what][1])


def _in_words(answer: doors.Points | doors.Failing) -> str:
    if isinstance(answer, frozenset):
        return f"{len(answer)} failing public checks"
    return ", ".join(f"{name} {worth}" for name, worth in answer.items()) or "no points at all"


def _public_ids(assignment: Assignment) -> doors.Failing:
    from autograder.judge import plugin

    return frozenset(rule.id for rule in plugin.run(assignment, None, ("public",))[0])


def _official(
    files: archive.Files, assignment: Assignment, texts: Mapping[str, str]
) -> Iterator[tuple[str, Mapping[str, doors.Points]]]:
    """Yield each official door with the points that it gives every text."""
    docker, script = DockerSandbox(), f"{assignment.name}.py"
    scripts = {what: text.encode() for what, text in texts.items()}
    works = {what: doors.submission(script, data, assignment) for what, data in scripts.items()}
    yield "Docker", {what: doors.points(work, assignment, docker) for what, work in works.items()}
    notebooks = {what: _notebook_of(files, assignment, text) for what, text in texts.items()}
    yield "the nbgrader course", classroom.marks(archive.below("nbgrader/", files), assignment, notebooks)
    with service.Gradescope(files["gradescope/autograder.zip"]) as gradescope:
        results = {what: valid(gradescope.grade({script: data})) for what, data in scripts.items()}
    yield "Gradescope", {what: doors.gradescope_points(r, assignment) for what, r in results.items()}


def valid(results: dict[str, Any]) -> dict[str, Any]:
    """Return `results` if they fit Gradescope's documented format. Raises KitError if they do not."""
    try:
        jsonschema.validate(results, json.loads(SCHEMA.read_text(encoding="utf-8")))
    except jsonschema.ValidationError as error:
        raise KitError(
            f"results.json does not fit Gradescope's schema: {error.message} at {error.json_path}; "
            "fix results_of in autograder/doors/gradescope.py"
        ) from error
    return results


def _practice(files: archive.Files, assignment: Assignment, text: str) -> Iterator[tuple[str, doors.Failing]]:
    script, code = f"{assignment.name}.py", doors.code_of("work.py", text)
    yield "autograder check", doors.check(doors.submission(script, text.encode(), assignment), assignment)
    yield "otter check", doors.otter_check(archive.below("otter/student/", files), assignment, code)
    yield (
        "otter run",
        doors.otter_run(
            files["otter/autograder.zip"], archive.below("otter/student/", files), assignment, code
        ),
    )
    course = archive.below(f"nbgrader/release/{assignment.name}/", files)
    yield "nbgrader validate", doors.nbgrader_validate(course, assignment, code)


def _notebook_of(files: archive.Files, assignment: Assignment, text: str) -> bytes:
    import nbformat

    released = files[f"nbgrader/release/{assignment.name}/{assignment.name}.ipynb"]
    notebook = nbformat.reads(released.decode(), as_version=4)
    return tools.notebook_bytes(doors.filled(notebook, doors.code_of("work.py", text)))
