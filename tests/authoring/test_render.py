"""The renderer: committed files match what it renders, and students get stubs without answers."""

import ast
import re
from pathlib import Path

import nbformat
import pytest

from autograder.authoring import render
from autograder.authoring.definitions import find
from autograder.errors import AssignmentError
from autograder.records.assignment import load
from autograder.records.places import CHECKOUT, Paths

PATHS = Paths(CHECKOUT, "latent_space")
DEFINED = [n for q in load(PATHS.assignment / "assignment.toml").questions for n in q.defines]
SCREEN = 40  # lines of a notebook on a laptop
SOLUTION_NOTEBOOK = PATHS.solution / "latent_space.ipynb"


def copy(root: Path, source: str) -> Paths:
    paths = Paths(root, "latent_space")
    paths.assignment.mkdir(parents=True)
    paths.solution.mkdir(parents=True)
    paths.source.write_text(source)
    (paths.solution / "answers.md").write_text("# Answers\n\n## known\nYes.\n")
    (root / "code.py").write_text('def f(x):\n    """Double x."""\n    return 2 * x\n')
    return paths


def test_committed_files_match_what_the_build_renders() -> None:
    assert render.differing(PATHS) == []


def test_two_renders_are_identical() -> None:
    assert render.texts(PATHS) == render.texts(PATHS)


def test_every_stub_says_what_to_do() -> None:
    module: dict[str, object] = {"__name__": "template"}
    exec(compile((PATHS.assignment / "latent_space.py").read_text(), "template", "exec"), module)
    for name in DEFINED:
        stub = module[name]
        with pytest.raises(NotImplementedError, match=rf"{name}.* is not written yet: [A-Z]\w+ "):
            stub() if isinstance(stub, type) else stub(*range(_required(stub)))  # type: ignore[operator]


def _required(function: object) -> int:
    code = getattr(function, "__wrapped__", function)
    return code.__code__.co_argcount - len(code.__defaults__ or ())  # type: ignore[attr-defined]


def test_the_template_has_no_line_of_a_solution() -> None:
    marks = re.findall(r"^#: (\w+) (\w+) from (\S+)$", PATHS.source.read_text(), re.MULTILINE)
    code = {mark: _body_lines((CHECKOUT / mark[2]).read_text(), mark[1]) for mark in marks}
    given = set().union(*(lines for mark, lines in code.items() if mark[0] == "given"))
    secret = set().union(*(lines for mark, lines in code.items() if mark[0] != "given"))
    secret = {line for line in secret if not any(line in other for other in given)}
    texts = [path.read_text() for path in PATHS.assignment.iterdir() if path.is_file()]
    assert len(secret) > 30
    assert [line for line in secret for text in texts if line in text] == []


def _body_lines(source: str, name: str) -> set[str]:
    tree = ast.parse("\n".join(find(source, name)))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    bodies = [node.body[1:] if ast.get_docstring(node) else node.body for node in functions]
    lines = {line.strip() for body in bodies for node in body for line in ast.unparse(node).splitlines()}
    return {line for line in lines if len(line) > 15}


@pytest.mark.parametrize("solution", [False, True])
def test_notebook_and_script_define_the_same_code(solution: bool) -> None:
    cells = render.cells(PATHS, solution)
    notebook = render.as_notebook("latent_space", cells)
    graded = [c.source for c in notebook.cells if c.cell_type == "code" and not c.metadata.get("tags")]
    script = ast.parse(render.as_script("latent_space", cells))
    imported = [node for node in script.body if not isinstance(node, ast.If)]
    assert ast.unparse(ast.Module(imported, [])) == ast.unparse(ast.parse("\n".join(graded)))


@pytest.mark.parametrize(
    ("mark", "text"),
    [
        ("#: stubb f from code.py", "expected a mark such as '#: stub mse_loss from reference/losses.py'"),
        ("#: stub g from code.py", "expected.*correct the mark"),
        ("#: stub f from no.py", r"expected an existing file in the mark, got no\.py; correct its path"),
        ("#: answer unknown", "expected a section '## unknown' in answers.md, got known; write it"),
        ("#:stub", "expected a mark such as"),
        ("# %% [markdwon]", "expected"),
    ],
)
def test_a_bad_mark_names_file_and_line(tmp_path: Path, mark: str, text: str) -> None:
    paths = copy(tmp_path, f"# %%\nx = 1\n{mark}\n")
    with pytest.raises(AssignmentError, match=rf"notebook\.py:3: .*{text}"):
        render.cells(paths, solution=True)


def test_a_stub_without_a_docstring_is_refused(tmp_path: Path) -> None:
    paths = copy(tmp_path, "# %%\n#: stub f from bare.py\n")
    (paths.root / "bare.py").write_text("def f(x):\n    return x\n")
    with pytest.raises(AssignmentError, match=r"notebook\.py:2: bare\.py: expected a docstring in f that"):
        render.cells(paths, solution=False)


def test_marks_are_replaced(tmp_path: Path) -> None:
    paths = copy(tmp_path, "# %%\n#: stub f from code.py\n# %% [markdown]\n#: answer known\n")
    student, solved = render.cells(paths, False), render.cells(paths, True)
    assert "raise NotImplementedError(" in student[0].lines[2]
    assert student[1].lines == ("*Your answer:*",)
    assert solved[0].lines[2] == "    return 2 * x"
    assert solved[1].lines == ("Yes.",)


def test_the_executed_solution_has_figures_and_no_errors() -> None:
    notebook = nbformat.read(SOLUTION_NOTEBOOK, as_version=4)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert sum("image/png" in output.get("data", {}) for output in outputs) >= 6
    assert all(output.output_type != "error" for output in outputs)
    assert SOLUTION_NOTEBOOK.stat().st_size < 1_500_000


def test_nothing_rendered_imports_the_reference() -> None:
    assert not any(
        re.search(r"^\s*(import|from) reference", text, re.M) for text in render.texts(PATHS).values()
    )


def test_the_first_task_of_the_notebook_is_within_two_screens() -> None:
    notebook = nbformat.read(PATHS.assignment / "latent_space.ipynb", as_version=4)
    lines = 0
    for cell in notebook.cells:
        if cell.source.startswith("## Question 1"):
            break
        hidden = cell.metadata.get("jupyter", {}).get("source_hidden") or cell.source.startswith("<!--")
        lines += 1 if hidden else 2 + cell.source.count("\n")
    assert lines <= 2 * SCREEN


def test_folded_code_is_hidden_in_notebooks_and_like_any_other_in_a_script() -> None:
    folded = [cell for cell in render.cells(PATHS, solution=False) if cell.metadata == render.FOLDED]
    assert [cell.exploration for cell in folded] == [False, False]
    script = render.as_script("x", folded)
    assert "tags" not in script
    assert script.count("\n# %%\n") == 2
    cells = render.as_notebook("x", folded).cells[1:]
    assert [cell.metadata["jupyter"]["source_hidden"] for cell in cells] == [True, True]
