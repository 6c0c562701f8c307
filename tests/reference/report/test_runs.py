"""Training runs: the lesson's numbers, the same in any process, kept whole, resumed, trained once only."""

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch

from reference.data import Batches
from reference.losses import mse_loss
from reference.model import AutoencoderWithAnalysis
from reference.report import runs
from reference.report.runs import Plan
from reference.sweep import find_optimal_latent_dim
from reference.training import evaluate

TINY = Plan("digits", seed=3, loss="MSE", latent_dim=2, epochs=1, batch_size=256)


def weights(model):
    return torch.cat([p.detach().flatten() for p in model.parameters()])


def test_a_run_is_the_lessons_training_but_for_rounding():
    plan = replace(TINY, epochs=2, batch_size=128)
    (images, labels), test, _ = runs.images_of(plan)
    train = Batches(images, labels, 128, shuffle=True, seed=3)
    torch.manual_seed(3)
    model_class = partial(AutoencoderWithAnalysis, 64)
    expected = find_optimal_latent_dim(train, Batches(*test), "cpu", [2], epochs=2, model_class=model_class)
    model, history = runs.train_run(plan)
    assert evaluate(model, Batches(*test), mse_loss, "cpu") == pytest.approx(expected[0]["error"], rel=1e-3)
    assert len(history) == 2


def test_the_same_plan_gives_the_same_weights_and_another_seed_others():
    first, again, other = (weights(runs.train_run(p)[0]) for p in (TINY, TINY, replace(TINY, seed=4)))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_runs_of_one_seed_start_from_the_same_weights():
    bce = replace(TINY, loss="BCE", outliers=0.1)
    assert torch.equal(weights(runs.new_model(TINY)), weights(runs.new_model(bce)))


def test_a_new_model_leaves_the_global_generator_alone():
    state = torch.get_rng_state()
    runs.new_model(TINY)
    assert torch.equal(torch.get_rng_state(), state)


def test_outliers_are_in_the_training_images_only():
    spoilt = replace(TINY, outliers=0.5)
    clean, dirty = runs.train_run(TINY)[0], runs.train_run(spoilt)[0]
    assert not torch.equal(weights(clean), weights(dirty))
    assert all(
        torch.equal(a, b) for a, b in zip(runs.images_of(TINY)[1], runs.images_of(spoilt)[1], strict=True)
    )


def test_processes_give_the_same_runs_as_one_and_tell_how_far_they_are(tmp_path):
    plans = [TINY, replace(TINY, latent_dim=3)]
    lines = []
    with runs.workers("cpu", jobs=2) as pool:
        runs.run_all(plans, tmp_path / "two", pool, "cpu", lines.append)
    with runs.workers("cpu", jobs=1) as none:
        assert none is None
        runs.run_all(plans, tmp_path / "one", None, "cpu", lambda line: None)
    for plan in plans:
        a, b = (runs.load(plan, tmp_path / folder) for folder in ("one", "two"))
        assert torch.equal(weights(a[0]), weights(b[0]))
        assert a[1] == b[1]
    assert [line.split()[0] for line in lines] == ["1/2", "2/2"]
    assert "digits, seed 3: MSE, k = " in lines[0]
    assert lines[1].endswith("(about 0 s left)")


ORPHANS = """
import os, time
from reference.report.runs import workers
if __name__ == "__main__":
    with workers("cpu", jobs=2) as pool:
        for _ in range(2):
            pool.submit(time.sleep, 600)
        print("workers", *pool._processes, flush=True)
        time.sleep(600)
"""


@pytest.fixture
def short_path():
    """A folder with a short path, as a socket's must be; gone with all that a killed process left in it."""
    with tempfile.TemporaryDirectory() as folder:
        yield folder


def test_a_killed_parent_leaves_no_process_behind(tmp_path, short_path):
    (tmp_path / "orphans.py").write_text(ORPHANS)
    command = [sys.executable, str(tmp_path / "orphans.py")]
    env = os.environ | {"PYTHONPATH": os.getcwd(), "TMPDIR": short_path}
    parent = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env)
    pids = [int(pid) for pid in parent.stdout.readline().split()[1:]]
    assert len(pids) == 2
    deadline = time.monotonic() + 60
    parent.kill()
    parent.wait()
    while any(_alive(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not any(_alive(pid) for pid in pids)


def _alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_gpu_is_used_by_one_process():
    with runs.workers("cuda", jobs=8) as pool:
        assert pool is None


def test_a_finished_run_is_not_trained_again(tmp_path, monkeypatch):
    say = []
    runs.run_all([TINY], tmp_path, None, "cpu", say.append)
    monkeypatch.setattr(runs, "train_run", lambda *_: pytest.fail("trained again"))
    runs.run_all([TINY, TINY], tmp_path, None, "cpu", say.append)
    assert say[1:] == [f"1 of 1 runs are there already, in {tmp_path}"]


def test_a_run_that_was_stopped_in_the_middle_leaves_nothing_and_the_others_are_kept(tmp_path, monkeypatch):
    plans, train = [TINY, replace(TINY, seed=5), replace(TINY, seed=6)], runs.train_run

    def stopped(plan, device):
        if plan.seed == 5:
            raise KeyboardInterrupt
        return train(plan, device)

    monkeypatch.setattr(runs, "train_run", stopped)
    with pytest.raises(KeyboardInterrupt):
        runs.run_all(plans, tmp_path, None, "cpu", lambda line: None)
    assert [runs.load(plan, tmp_path) is not None for plan in plans] == [True, False, False]
    monkeypatch.setattr(runs, "train_run", train)
    lines = []
    runs.run_all(plans, tmp_path, None, "cpu", lines.append)
    assert lines[0].startswith("1 of 3 runs are there already")
    assert all(runs.load(plan, tmp_path) for plan in plans)


def test_a_power_cut_while_writing_leaves_the_file_as_it_was(tmp_path, monkeypatch):
    runs.run_all([TINY], tmp_path, None, "cpu", lambda line: None)
    path = tmp_path / f"{TINY.key}.npz"
    before = path.read_bytes()
    monkeypatch.setattr(runs.os, "replace", lambda *_: (_ for _ in ()).throw(OSError("the power failed")))
    with pytest.raises(OSError, match="the power failed"):
        runs.save(path, {"history": np.zeros(3)})
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "damage",
    [lambda b: b[: len(b) // 2], lambda b: b"", lambda b: b"no archive", lambda b: b[:-400] + b"\0" * 400],
)
def test_a_damaged_file_counts_as_not_there(tmp_path, damage):
    runs.run_all([TINY], tmp_path, None, "cpu", lambda line: None)
    path = tmp_path / f"{TINY.key}.npz"
    path.write_bytes(damage(path.read_bytes()))
    assert runs.load(TINY, tmp_path) is None


def test_a_run_of_another_shape_counts_as_not_there(tmp_path):
    other = replace(TINY, latent_dim=5)
    runs.run_all([TINY], tmp_path, None, "cpu", lambda line: None)
    (tmp_path / f"{TINY.key}.npz").rename(tmp_path / f"{other.key}.npz")
    assert runs.load(other, tmp_path) is None


def test_the_key_depends_on_all_that_a_run_depends_on_and_on_nothing_else(monkeypatch):
    changes = {
        "data": "mnist",
        "seed": 4,
        "loss": "L1",
        "latent_dim": 9,
        "epochs": 2,
        "batch_size": 1,
        "lr": 1.0,
        "outliers": 0.1,
    }
    keys = {replace(TINY, **{name: value}).key for name, value in changes.items()} | {TINY.key}
    assert len(keys) == len(changes) + 1
    assert replace(TINY, root="elsewhere").key == TINY.key
    monkeypatch.setattr(runs, "_code", lambda: ["other code"])
    assert TINY.key not in keys


@pytest.mark.parametrize(
    "part", ["train_run", "new_model", "_images", "digits", "synthetic", "bce_loss", "train_epoch"]
)
def test_the_key_covers_the_code_that_trains_and_the_code_that_makes_the_images(part):
    assert any(f"def {part}(" in source for source in runs._code())


def test_batches_are_every_image_once_in_a_new_order_each_pass():
    images, labels = torch.arange(10.0)[:, None], torch.arange(10)
    batches = Batches(images, labels, 4, shuffle=True, seed=1)
    passes = [[y.tolist() for _, y in batches] for _ in range(2)]
    assert [len(batch) for batch in passes[0]] == [4, 4, 2]
    assert len(batches) == 3
    assert all(sorted(y for batch in one for y in batch) == list(range(10)) for one in passes)
    assert passes[0] != passes[1]
    assert passes[0] == [y.tolist() for _, y in Batches(images, labels, 4, shuffle=True, seed=1)]
    assert [y.tolist() for _, y in Batches(images, labels, 4)] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
