"""Torch without its support for tensors without data: nothing fails, and any use imports all of it."""

from __future__ import annotations

import subprocess
import sys

from autograder.judge import session
from autograder.worker.shortcuts import shapes

START = """
import gc, os, sys, threading
from autograder.worker.shortcuts import shapes
shapes.import_torch()
import torch
def there():
    return shapes.SHAPES in sys.modules
"""
IN_FORKS = """
def in_a_fork(work):
    sys.stdout.flush()
    if os.fork() == 0:
        work()
        sys.stdout.flush()
        os._exit(0)
    assert os.wait()[1] == 0
"""


def answer(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


BROUGHT = """
before = set(sys.modules)
def whole(way):
    exec(way)
    brought = {name: sys.modules[name] for name in set(sys.modules) - before if name.startswith("torch.")}
    for name, module in brought.items():
        spec = module.__spec__
        assert spec.loader is module.__loader__ and spec.origin == module.__file__, name
        assert not spec._initializing and eval(name) is module, name
    assert torch._decomp.decomposition_table[torch.ops.aten.addcmul.default] is torch._refs.addcmul
    assert shapes.SHAPES in brought and not any(isinstance(finder, shapes._Doors) for finder in sys.meta_path)
    assert torch.__getattr__.__name__ == "__getattr__" and gc.isenabled()
    print(*sorted(brought))
for name in sorted(shapes.DOORS) + ["torch._refs.nn.functional"]:
    in_a_fork(lambda: whole("import " + name))
in_a_fork(lambda: whole("torch._decomp.decompositions"))
"""


def test_importing_one_of_its_modules_imports_all_of_them_in_torchs_own_order() -> None:
    ways = answer(START + IN_FORKS + BROUGHT).splitlines()
    assert len(ways) == 9
    assert len(set(ways)) == 1
    assert len(ways[0].split()) == 16


def test_code_that_does_not_need_it_does_not_import_it() -> None:
    program = """
from torch.utils.data import DataLoader, TensorDataset, random_split
images = TensorDataset(torch.arange(12.0))
generator = torch.Generator().manual_seed(5)
for batch, in DataLoader(images, 4, shuffle=True, generator=generator):
    torch.nn.Linear(4, 2)(batch).sum().backward()
random_split(images, [8, 4], generator)
print(there(), hasattr(torch, "not_there"))
"""
    assert answer(START + program) == "False False\n"


def test_torch_has_it_when_it_uses_it_and_when_it_is_requested_in_advance() -> None:
    program = """
def in_threads():
    sizes = []
    broadcast = lambda: sizes.append(torch.broadcast_shapes((2,), (3, 1)))
    threads = [threading.Thread(target=broadcast) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    print(len(sizes), *set(sizes))
def without_data():
    import torch._meta_registrations
    print(torch.where(torch.ones(2, device="meta") > 0, 1, 0).device, there())
for work in (in_threads, without_data):
    in_a_fork(work)
"""
    assert answer(START + IN_FORKS + program) == "4 torch.Size([3, 2])\nmeta True\n"


def test_a_failed_import_of_it_fails_again() -> None:
    program = """
sys.modules["torch._prims.debug_prims"] = None
for _ in range(2):
    try:
        import torch._refs
    except ImportError as error:
        print(type(error).__name__, gc.isenabled())
"""
    assert answer(START + program) == 2 * "ModuleNotFoundError True\n"


def test_the_judge_requests_it_by_the_right_name() -> None:
    assert session.SHAPES == shapes.SHAPES
