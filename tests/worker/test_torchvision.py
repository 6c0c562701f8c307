"""torchvision can be imported anywhere in student code, even with a torch that lacks its operators."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.worker import torchvision

INSTALL = "from autograder.worker import torchvision as t; t.install(); "


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)


@pytest.mark.parametrize(
    "code",
    [
        "import torchvision; torchvision.ops",
        "from torchvision import datasets, transforms; datasets.MNIST",
        "from torchvision.transforms.v2 import functional",
        "import numpy, torch, torchvision.datasets",
        "exec('def f():\\n    import torchvision.ops\\n    return torchvision.ops.MLP\\nf()')",
        "exec('try:\\n    import torchvision\\nexcept ImportError:\\n    raise SystemExit(3)')",
        "import importlib; importlib.import_module('torchvision.models')",
    ],
)
def test_torchvision_can_be_imported_in_every_way(code: str) -> None:
    done = run(INSTALL + code)
    assert done.returncode == 0, done.stderr


WAYS = {
    "an alias": "import torchvision as tv; tv.transforms.Compose",
    "a submodule": "import torchvision.datasets; torchvision.datasets.MNIST",
    "from a submodule": "from torchvision.ops import MLP; MLP(4, [2])",
    "everything": "from torchvision.transforms import *; ToTensor()",
    "second on the line": "import numpy as np, torchvision; torchvision.utils.make_grid",
    "after a semicolon": "x = 1; import torchvision.utils as vutils; vutils.make_grid",
    "from, in a function": "def f():\n    from torchvision.transforms import v2\n"
    "    return v2.Resize(8)\nf()",
    "in a method": "class A:\n    def g(self):\n        import torchvision.io as io\n"
    "        return io\nA().g()",
    "in a class": "class B:\n    from torchvision import ops\nB.ops.MLP",
    "in a try that hides errors": "try:\n    from torchvision.ops import MLP\n"
    "except Exception:\n    MLP = 0\nMLP(2, [2])",
    "in an if": "if True:\n    from torchvision.utils import save_image\nsave_image",
    "by __import__": "__import__('torchvision').ops",
    "looked for first": "from importlib.util import find_spec\nfind_spec('torchvision')\n"
    "import torchvision.ops.misc",
    "in a lambda": "(lambda: __import__('torchvision.datasets').datasets.MNIST)()",
    "in a thread": "import threading\nfound = []\ndef work():\n    import torchvision.ops\n"
    "    found.append(1)\n"
    "thread = threading.Thread(target=work)\nthread.start()\nthread.join()\nassert found",
}
FORKED = """
import os, sys, torch
ways = {ways!r}
failing = []
for way, code in ways.items():
    if (child := os.fork()) == 0:
        try:
            assert "torchvision" not in sys.modules
            exec(code, {{"__name__": "notebook"}})
        except BaseException:
            os._exit(1)
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        failing.append(way)
print(failing)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_the_first_import_may_stand_anywhere() -> None:
    done = run("from autograder.worker import torchvision as t; t.install()" + FORKED.format(ways=WAYS))
    assert done.stdout.strip() == "[]", done.stderr


def test_installing_the_finder_does_not_import_torch_and_happens_once() -> None:
    code = (
        "import sys; t.install(); finders = [f for f in sys.meta_path if hasattr(f, 'of_latent_lab')]; "
        "print('torch' in sys.modules, len(finders))"
    )
    assert run(INSTALL + code).stdout.split() == ["False", "1"]


def test_finding_torchvision_without_importing_it_does_not_import_torch() -> None:
    code = (
        "import importlib.util, sys; importlib.util.find_spec('torchvision'); print('torch' in sys.modules)"
    )
    assert run(INSTALL + code).stdout.strip() == "False"


def test_the_module_keeps_its_original_loader() -> None:
    code = (
        "import torchvision as tv; print(type(tv.__loader__).__name__, tv.__spec__.loader is tv.__loader__)"
    )
    assert run(INSTALL + code).stdout.split() == ["SourceFileLoader", "True"]


def test_nothing_is_declared_a_second_time() -> None:
    assert (
        run("from autograder.worker import torchvision as t; t.declare(); print(t.declare())").stdout.strip()
        == "False"
    )


def test_nothing_is_declared_if_the_compiled_operators_load() -> None:
    code = (
        "from autograder.worker import torchvision as t; t.compiled_operators_load = lambda: True; "
        "print(t.declare())"
    )
    assert run(code).stdout.strip() == "False"


def test_without_torchvision_there_is_nothing_to_declare() -> None:
    code = (
        "from autograder.worker import torchvision as t; t.importlib.util.find_spec = lambda name: None; "
        "print(t.compiled_operators_load())"
    )
    assert run(code).stdout.strip() == "True"


def test_a_file_that_is_not_a_library_does_not_load(tmp_path: Path) -> None:
    file = tmp_path / "_C.so"
    file.write_bytes(b"no library")
    assert torchvision._loads(file) is False


def test_a_declared_operator_still_cannot_be_run() -> None:
    code = (
        INSTALL + "import torchvision, torch; torch.ops.torchvision.nms(torch.rand(2, 4), torch.rand(2), 0.5)"
    )
    if torchvision.compiled_operators_load():
        pytest.skip("torchvision's compiled operators load here")
    assert "NotImplementedError" in run(code).stderr


def test_python_in_an_environment_with_the_kit_needs_no_explicit_call() -> None:
    done = run("import torchvision")
    assert done.returncode == 0, done.stderr


def test_starting_python_imports_nothing_of_the_kit() -> None:
    assert run("import sys; print('autograder' in sys.modules)").stdout.strip() == "False"
