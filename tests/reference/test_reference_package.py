"""The package: what importing it loads, its names, its arrows, and its README against its modules."""

import ast
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import reference

HERE = Path(reference.__file__).parent
README = (HERE / "README.md").read_text(encoding="utf-8")
ORDER = re.findall(r"^\| \d+ \| \[`(\w+)`\]", README, re.MULTILINE)


def test_importing_the_model_loads_no_plotting_and_no_scikit_learn():
    heavy = "{'matplotlib', 'sklearn', 'torchvision', 'rich'}"
    code = f"import sys, reference.model; print(*{heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_every_public_name_can_be_had_from_the_package():
    assert all(callable(getattr(reference, name)) for name in reference.__all__)
    with pytest.raises(AttributeError, match="no attribute 'Autoencoder'; it has AutoencoderWithAnalysis"):
        _ = reference.Autoencoder


@pytest.mark.parametrize("path", sorted(HERE.glob("[a-z]*.py")), ids=lambda path: path.stem)
def test_a_module_of_the_lesson_imports_nothing_of_the_report(path):
    nodes = list(ast.walk(ast.parse(path.read_text())))
    names = {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    names |= {
        f"{node.module}.{a.name}" for node in nodes if isinstance(node, ast.ImportFrom) for a in node.names
    }
    names |= {a.name for node in nodes if isinstance(node, ast.Import) for a in node.names}
    assert not {name for name in names if name.startswith("reference.report")}


@pytest.mark.parametrize("path", sorted(HERE.rglob("*.py")), ids=lambda path: str(path.relative_to(HERE)))
def test_no_module_imports_a_private_name_of_another(path):
    imports = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)]
    assert not [a.name for node in imports for a in node.names if a.name.startswith("_")]


# its README


def test_the_readme_lists_every_module_once_and_may_leave_out_those_of_new_assignments():
    modules = {path.stem for path in HERE.glob("[a-z]*.py")}
    assignments = {path.name for path in (HERE.parent / "assignments").glob("*")}
    assert len(ORDER) == len(set(ORDER))
    assert modules - assignments <= set(ORDER) <= modules


@pytest.mark.parametrize("name", ORDER)
def test_a_module_imports_only_modules_that_are_read_before_it(name):
    imported = set(
        re.findall(r"^from reference\.(\w+) import", (HERE / f"{name}.py").read_text(), re.MULTILINE)
    )
    assert imported <= set(ORDER[: ORDER.index(name)])


def test_the_readme_names_every_module_of_the_report():
    named = set(re.findall(r"`(?:report/)?(\w+)[.`]", README))
    assert {path.stem for path in (HERE / "report").glob("[a-z]*.py")} <= named


@pytest.mark.parametrize("name", re.findall(r"`(\w+\.\w+)`", README.partition("## Where a name")[2]))
def test_a_name_in_the_readme_is_where_it_says(name):
    module, _, attribute = name.partition(".")
    package = "reference" if module in ORDER else "reference.report"
    assert attribute == "html" or attribute in import_module(f"{package}.{module}").__all__


def test_every_link_of_the_readme_leads_to_a_file():
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (HERE / target).exists(), target
