"""Renders an assignment's one source to the students' files and, with function bodies, to the solution.

The source is a percent-format script. A cell tagged `folded` has code that a reader need not see: notebooks
hide it at first, and it runs and counts like any other. A mark is a line of its own in a cell:

    #: stub NAME from FILE        students get signature and docstring, the solution the whole definition
    #: given NAME from FILE       both get the whole definition
    #: solution NAME from FILE    the solution gets the whole definition, students get nothing
    #: answer NAME                students get a place to write, the solution that section of answers.md
"""

from __future__ import annotations

import argparse
import re
import sys
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder.authoring.definitions import Regions, find, stub
from autograder.errors import AssignmentError
from autograder.records import stubs
from autograder.records.assignment import load
from autograder.records.places import CHECKOUT, Paths

COMMAND = "python -m autograder.authoring.render"
MARK = re.compile(r"#:\s*(?P<verb>stub|given|solution) (?P<name>\w+) from (?P<file>[\w./]+)\s*$")
ANSWER = re.compile(r"#:\s*answer (?P<name>\w+)\s*$")
HEAD = re.compile(r"# %%(?P<markdown> \[markdown\])?(?: tags=\[(?P<tags>[^\]]*)\])?\s*$")
FOLDED = {  # a cell whose code a notebook hides at first: JupyterLab and Notebook 7; Colab
    "jupyter": {"source_hidden": True},
    "cellView": "form",
}
BLANK_ANSWER = [f"# {stubs.ANSWER}"]


@dataclass(frozen=True)
class Cell:
    """One rendered cell: its lines, without the `# ` prefix if it is markdown.

    A release uses `raw` and `metadata` for another tool's notebook.
    """

    markdown: bool
    exploration: bool
    lines: tuple[str, ...]
    raw: bool = False
    metadata: Mapping[str, Any] = field(default_factory=dict)


def everywhere(root: Path = CHECKOUT) -> list[Paths]:
    """Return the paths of every assignment that has a source."""
    return [Paths(root, source.parent.name) for source in sorted(root.glob("assignments/*/notebook.py"))]


def cells(paths: Paths, solution: bool, regions: Regions | None = None) -> list[Cell]:
    """Return the cells of the source with every mark replaced. Raises AssignmentError for a bad mark.

    With `solution` and `regions`, lines that students do not get are marked, for another tool's notebook.
    """
    rendered: list[Cell] = []
    head: re.Match[str] | None = None
    body: list[str] = []
    for number, line in enumerate(paths.source.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("# %%"):
            rendered += _cell(head, body)
            head, body = HEAD.match(line), []
            if head is None:
                raise AssignmentError(
                    f"{paths.source}:{number}: expected '# %%', '# %% [markdown]' or "
                    f"'# %% tags=[\"exploration\"]', got {line!r}; fix that line"
                )
        else:
            body += _replaced(paths, number, line, solution, regions)
    return rendered + _cell(head, body)


def _cell(head: re.Match[str] | None, body: list[str]) -> list[Cell]:
    """Return the cell in a list, or an empty list if the cell is empty."""
    text = "\n".join(body).strip("\n")
    if head is None or not text.strip():
        return []
    markdown = head["markdown"] is not None
    lines = text.split("\n")
    if markdown:
        lines = [line.removeprefix("#").removeprefix(" ") for line in lines]
    tags = head["tags"] or ""
    metadata = FOLDED if "folded" in tags else {}
    return [Cell(markdown, "exploration" in tags, tuple(lines), metadata=metadata)]


def _replaced(paths: Paths, number: int, line: str, solution: bool, regions: Regions | None) -> list[str]:
    """Return the lines that replace one line of the source."""
    if not line.lstrip().startswith("#:"):
        return [line]
    try:
        return _marked(paths, line, solution, regions)
    except AssignmentError as error:
        raise AssignmentError(f"{paths.source}:{number}: {error}") from error


def _marked(paths: Paths, line: str, solution: bool, regions: Regions | None) -> list[str]:
    if answer := ANSWER.match(line):
        return _answer(paths, answer["name"]) if solution and regions is None else BLANK_ANSWER
    mark = MARK.match(line)
    if mark is None:
        raise AssignmentError(
            f"expected a mark such as '#: stub mse_loss from reference/losses.py', "
            f"got {line.strip()!r}; correct it"
        )
    if mark["verb"] == "solution" and not solution:
        return []
    file = paths.root / mark["file"]
    if not file.is_file():
        raise AssignmentError(f"expected an existing file in the mark, got {mark['file']}; correct its path")
    take = _taker(mark["verb"], solution, regions)
    try:
        return take(file.read_text(encoding="utf-8"), mark["name"])
    except LookupError as error:
        raise AssignmentError(f"{mark['file']}: {error.args[0]}; correct the mark or that file") from error


def _taker(verb: str, solution: bool, regions: Regions | None) -> Callable[[str, str], list[str]]:
    """Return the function that extracts a mark's definition from its file."""
    if verb == "stub" and not solution:
        return stub
    if verb == "given" or regions is None:
        return find
    if verb == "stub":
        return lambda source, name: stub(source, name, regions)
    return lambda source, name: regions.around(find(source, name))


def _answer(paths: Paths, name: str) -> list[str]:
    path = paths.solution / "answers.md"
    sections = re.split(r"^## (\w+)\n", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    known = dict(zip(sections[1::2], sections[2::2], strict=True))
    if name not in known:
        raise AssignmentError(
            f"expected a section '## {name}' in {path.name}, got {', '.join(known) or 'none'}; write it"
        )
    return [f"# {line}".rstrip() for line in known[name].strip().splitlines()]


def header(name: str) -> str:
    """Return the sentence that says where a rendered file comes from."""
    return f"Generated from assignments/{name}/notebook.py by `{COMMAND}`: change that and render again."


def as_script(name: str, rendered: list[Cell]) -> str:
    """Return the cells as a Python module; importing it runs no exploration."""
    return f"# {header(name)}\n\n" + "\n\n\n".join(map(_script_cell, rendered)) + "\n"


def _script_cell(cell: Cell) -> str:
    text = "\n".join(cell.lines)
    if cell.markdown:
        return "# %% [markdown]\n" + textwrap.indent(text, "# ", lambda line: True).replace("# \n", "#\n")
    if cell.exploration:
        return '# %% tags=["exploration"]\nif __name__ == "__main__":\n' + textwrap.indent(text, "    ")
    return "# %%\n" + text


def as_notebook(name: str, rendered: list[Cell]) -> Any:
    """Return the cells as a notebook with ids and metadata that never vary."""
    from nbformat import v4

    notebook = v4.new_notebook(
        metadata={
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    notebook.cells = [v4.new_markdown_cell(f"<!-- {header(name)} -->", id="generated")]
    for index, cell in enumerate(rendered):
        kind = "raw" if cell.raw else "markdown" if cell.markdown else "code"
        new = getattr(v4, f"new_{kind}_cell")
        metadata = {**cell.metadata, **({"tags": ["exploration"]} if cell.exploration else {})}
        notebook.cells.append(new("\n".join(cell.lines), id=f"cell-{index:03d}", metadata=metadata))
    return notebook


def execute(notebook: Any) -> Any:
    """Run a notebook and return it with its outputs, without metadata that varies from run to run."""
    from nbclient import NotebookClient

    NotebookClient(notebook, timeout=900, kernel_name="python3").execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
    notebook.metadata["language_info"] = {"name": "python"}
    return notebook


def texts(paths: Paths) -> dict[Path, str]:
    """Return the text that each rendered file must have; the solution notebook's is without outputs."""
    import nbformat

    contents: dict[Path, str] = {}
    for folder, solution in ((paths.assignment, False), (paths.solution, True)):
        rendered = cells(paths, solution)
        contents[folder / f"{paths.name}.py"] = as_script(paths.name, rendered)
        contents[folder / f"{paths.name}.ipynb"] = nbformat.writes(as_notebook(paths.name, rendered)) + "\n"
    return contents


def differing(paths: Paths) -> list[Path]:
    """Return the rendered files that are missing or differ from the source, outputs aside."""
    return [
        path for path, text in texts(paths).items() if not path.is_file() or _without_outputs(path) != text
    ]


def _without_outputs(path: Path) -> str:
    if path.suffix != ".ipynb":
        return path.read_text(encoding="utf-8")
    import nbformat

    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return nbformat.writes(notebook) + "\n"


def write(paths: Paths, executed: bool = True) -> list[Path]:
    """Write every rendered file that differs, the solution notebook executed; return the paths written."""
    import nbformat

    wanted, written = texts(paths), differing(paths)
    for path in written:
        text = wanted[path]
        if executed and path == paths.solution / f"{paths.name}.ipynb":
            text = nbformat.writes(execute(nbformat.reads(text, as_version=4))) + "\n"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return written


def main(arguments: list[str] | None = None) -> int:
    """Render, or list what is out of date; return 0 for success, 1 if out of date, 2 for a bad source."""
    from autograder.authoring import consistency  # which asks this module

    parser = argparse.ArgumentParser(
        prog=COMMAND,
        description="Render every assignment from its one source.",
        epilog=f"example: {COMMAND} --check",
    )
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a file is out of date")
    options = parser.parse_args(arguments)
    act = differing if options.check else write
    try:
        for paths in everywhere():
            assignment = load(paths.assignment / "assignment.toml")
            consistency.require(assignment, consistency.of_source(assignment, paths))
        changed = [path for paths in everywhere() for path in act(paths)]
    except AssignmentError as error:
        print(f"render: {error}", file=sys.stderr)
        return 2
    for path in changed:
        print(f"{'out of date' if options.check else 'wrote'}: {path.relative_to(CHECKOUT)}")
    return int(options.check and bool(changed))


if __name__ == "__main__":
    sys.exit(main())
