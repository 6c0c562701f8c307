"""Stand-ins and scripts in processes that student code starts: forks, fresh interpreters, joblib's."""

from __future__ import annotations

import copy
import multiprocessing
import os
import pickle
import subprocess
import sys
import types
from pathlib import Path

import pytest

from autograder.worker import portable
from autograder.worker.warm import build_standins

SOURCE = """
class First:
    def __init__(self, size): self.size = size
    def doubled(self): return 2 * self.size
class Second(First):
    def doubled(self): return super().doubled() + 1
class Plain(First): pass
for kind in (First, Second):
    kind.__name__ = kind.__qualname__ = "Model"
"""


@pytest.fixture
def standins(monkeypatch: pytest.MonkeyPatch) -> types.ModuleType:
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setitem(sys.modules, "standins", types.ModuleType("standins"))
    return build_standins(SOURCE)


@pytest.mark.parametrize("name", ["First", "Second", "Plain"])
def test_an_instance_is_pickled_and_copied_whatever_name_its_class_shows(
    standins: types.ModuleType, name: str
) -> None:
    one = getattr(standins, name)(3)
    for again in (pickle.loads(pickle.dumps(one)), copy.deepcopy(one), copy.copy(one)):
        assert type(again) is type(one)
        assert again.doubled() == one.doubled()


def test_a_students_own_subclass_stays_their_own(standins: types.ModuleType) -> None:
    class Own(standins.Second):  # type: ignore[name-defined,misc]
        pass

    assert type(copy.deepcopy(Own(3))) is Own


def test_a_fresh_process_imports_the_stand_ins_and_sends_instances_back(
    standins: types.ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    portable.publish(SOURCE)
    code = "import pickle, sys; one = pickle.loads(sys.stdin.buffer.read()); one.size = 5; "
    code += "sys.stdout.buffer.write(pickle.dumps(one))"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=pickle.dumps(standins.Second(3)),
        capture_output=True,
        env=environment,
        check=True,
    )
    again = pickle.loads(done.stdout)
    assert type(again) is standins.Second
    assert again.doubled() == 11


def test_a_scripts_lines_keep_their_numbers_where_new_processes_import_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    portable.publish_script("work", [["work.py", "a = 1", 3], ["work.py", "b = 2", 6]])
    assert (tmp_path / "work.py").read_text() == "\n\na = 1\n\n\nb = 2\n"


def test_a_script_that_cannot_be_written_costs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    portable.publish_script("work", [["work.py", "a = '\udc80'", 1]])


def in_a_fork(models: object) -> object:
    return models(3), models(latent_dim=2)  # type: ignore[operator]


@pytest.mark.skipif(sys.platform == "win32", reason="it has no fork")
def test_models_that_another_process_asks_for_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "standins", types.ModuleType("standins"))
    suite = Path(portable.__file__).parents[1] / "suites/latent_space/standins.py"
    standins = build_standins(suite.read_text(encoding="utf-8"))
    import torch

    weights = {k: [torch.ones(4, k), torch.zeros(k), torch.ones(k, 4), torch.zeros(4)] for k in (1, 2, 3)}
    models = standins.Models(weights)
    assert (models.made, models.positional) == ([], False)
    models(latent_dim=1)
    with multiprocessing.get_context("fork").Pool(1) as pool:
        sent = pool.apply(in_a_fork, (models,))
    assert [model.latent_dim for model in sent] == [3, 2]
    assert [model.latent_dim for model in models.made] == [1, 3, 2]
    assert models.positional is True
