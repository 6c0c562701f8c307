"""The files that a module needs follow from its imports: none is forgotten, none is for types only."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from autograder.errors import KitError
from autograder.records import sources
from autograder.records.places import CHECKOUT

FILES = {
    "autograder/__init__.py": "",
    "autograder/errors.py": "",
    "autograder/room/__init__.py": "from autograder.errors import KitError\n",
    "autograder/room/table.py": (
        "from typing import TYPE_CHECKING\n"
        "import numpy\n"
        "import autograder.wire as wire\n"
        "if TYPE_CHECKING:\n    from autograder.room.typed import Typed\n"
        "else:\n    from autograder.room import otherwise\n"
        "try:\n    from autograder.room.tried import a, b\n"
        "except ImportError:\n    from autograder.room import rescue\n"
        "class Table:\n    def late(self):\n        for _ in ():\n"
        "            from autograder.room.late import c\n"
        'TEXT = """\nfrom autograder.room.text import d\n"""\n'
    ),
    "autograder/wire.py": "",
    **{
        f"autograder/room/{name}.py": "" for name in ("typed", "otherwise", "tried", "rescue", "late", "text")
    },
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_imports_are_followed_anywhere_in_a_file(root: Path) -> None:
    names = [Path(name).stem for name in sources.closure("autograder.room.table", root=root)]
    assert names == [
        "__init__",
        "errors",
        "__init__",
        "late",
        "otherwise",
        "rescue",
        "table",
        "tried",
        "wire",
    ]


def test_imports_for_types_count_only_on_request(root: Path) -> None:
    path = root / "autograder/room/table.py"
    assert sources.imports(path, root, typing=True) - sources.imports(path, root) == {"autograder.room.typed"}


def test_a_missing_file_is_reported_with_the_module_that_imports_it(root: Path) -> None:
    (root / "autograder/room/table.py").rename(root / "autograder/room/desk.py")
    with pytest.raises(
        KitError, match=r"the list of what is needed: expected the module autograder\.room\.table"
    ):
        sources.closure("autograder.room.table", root=root)
    (root / "autograder/room/late.py").write_text("import autograder.room.table.leg\n")
    told = r"autograder/room/late\.py: expected the module autograder\.room\.table\.leg, found no such"
    with pytest.raises(KitError, match=told):
        sources.closure("autograder.room.late", root=root)


def test_a_name_that_a_package_defines_is_of_the_package_and_any_other_a_missing_module(root: Path) -> None:
    (root / "autograder/room/__init__.py").write_text(
        "from autograder.errors import E\nSIZE = 3\ndef f(): pass\n"
    )
    user = root / "autograder/room/late.py"
    user.write_text("from autograder.room import E, SIZE, f\n")
    assert sources.imports(user, root) == {"autograder.room"}
    user.write_text("from autograder.room import gone\n")
    with pytest.raises(KitError, match=r"expected the module autograder\.room\.gone, found no such file"):
        sources.closure("autograder.room.late", root=root)


def test_what_python_really_imports_is_in_the_closure() -> None:
    program = "import sys, autograder.judge.plugin, autograder.intake.work; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    imported = {name for name in done.stdout.split() if name.split(".")[0] == "autograder"}
    files = sources.closure("autograder.judge.plugin", "autograder.intake.work")
    names = {path.relative_to(CHECKOUT).with_suffix("") for path in files.values()}
    assert imported <= {".".join(name.parts).removesuffix(".__init__") for name in names}
