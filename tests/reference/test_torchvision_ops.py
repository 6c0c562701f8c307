"""torchvision imports after torchvision_ops, which does nothing where nothing is missing."""

import subprocess
import sys

import pytest

import torchvision_ops


def run(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)


def test_data_sets_and_transforms_can_be_imported_after_it():
    done = run("import torchvision_ops; from torchvision import datasets, transforms; datasets.MNIST")
    assert done.returncode == 0, done.stderr


def test_it_declares_nothing_a_second_time():
    torchvision_ops.register()
    assert torchvision_ops.register() is False


def test_it_declares_nothing_where_the_compiled_operators_load(monkeypatch):
    monkeypatch.setattr(torchvision_ops, "_declared", lambda: False)
    monkeypatch.setattr(torchvision_ops, "_compiled_operators_load", lambda: True)
    before = len(torchvision_ops._library)
    assert torchvision_ops.register() is False
    assert len(torchvision_ops._library) == before


def test_it_declares_nothing_where_there_is_no_torchvision(monkeypatch):
    monkeypatch.setattr(torchvision_ops.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(torchvision_ops, "_declared", lambda: False)
    assert torchvision_ops.register() is False


def test_a_library_that_is_none_does_not_load(tmp_path):
    file = tmp_path / "_C.so"
    file.write_bytes(b"no library")
    assert torchvision_ops._loads(file) is False


def test_a_declared_operator_still_cannot_be_run():
    if not torchvision_ops._library:
        pytest.skip("torchvision's compiled operators load here")
    import torch

    with pytest.raises(NotImplementedError):
        torch.ops.torchvision.nms(torch.rand(2, 4), torch.rand(2), 0.5)
