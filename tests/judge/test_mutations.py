"""Replaces one answer of correct work by an odd value: the check may fail but never raises its own error."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from itertools import count
from random import Random
from typing import Any

import numpy as np
import pytest

import autograder.wire as wire
from autograder import grading
from autograder.intake import finding
from autograder.judge import drawn
from autograder.records import assignment
from autograder.records.places import CHECKOUT
from autograder.sandbox.fake import FakeSandbox, Script, answering
from autograder.sandbox.pipes import PipeConnection
from autograder.sandbox.process import ProcessSandbox
from autograder.sandbox.seam import WorkerJob
from autograder.wire import Opaque

Answers = dict[int, list[Any]]  # seed in the `begin` of a check → its answers, in order
NUMBERS = (0.0, 1.0, -1.0, 1e-200, 1e200, 1.7e308, -1.7e308, math.inf, math.nan)
ODD = (None, True, "a", 10**30, (), [], {}, Opaque("Model"), *NUMBERS[:7])
KEYS = ("other", "\ud800", 1, 0.5, None, True)
SHARED = {  # fixture → the checks that share it
    "losses.comparison": (
        "losses.mse_training_follows_our_own_run",
        "losses.bce_training_follows_our_own_run",
        "losses.l1_training_follows_our_own_run",
        "losses.each_loss_comes_with_the_model_that_it_trained",
        "losses.reconstructions_are_of_the_first_test_images_in_eval_mode",
    ),
    "sweep.swept": (
        "sweep.sweep_returns_one_entry_per_dimension",
        "sweep.every_dimension_has_a_model_of_its_own",
    ),
    "sweep.elbows": (
        "sweep.elbow_of_other_curves_is_at_most_one_entry_off",
        "sweep.elbow_of_other_curves_is_exact",
    ),
    "model.halves": (
        "model.encoder_computes_the_taught_function",
        "model.decoder_computes_the_taught_function",
    ),
    "model.two_models": ("model.first_weights_are_those_of_pytorch", "model.two_models_share_nothing"),
    "linear.rebuilt": (
        "linear.mean_and_directions_are_those_of_train",
        "linear.no_direction_and_all_of_them",
        "linear.arguments_stay_and_every_call_counts_anew",
    ),
    "sparsity.by_hand": ("sparsity.loss_of_two_images",),
    "sparsity.losses": (
        "sparsity.sizes_and_weights",
        "sparsity.every_image_and_unit_counts",
        "sparsity.a_weight_of_zero_means_no_penalty",
        "sparsity.default_weight_and_names",
        "sparsity.arguments_stay_and_every_call_counts_anew",
        "sparsity.gradients_reach_images_and_latents",
    ),
    "capacity.counted": ("capacity.two_of_four_units_move", "capacity.the_count_is_a_plain_int"),
    "capacity.counts": (
        "capacity.variance_not_deviation_nor_size",
        "capacity.threshold_is_used",
        "capacity.every_image_counts",
        "capacity.latents_stay_and_every_call_counts_anew",
    ),
    "denoising.two_epochs": ("denoising.the_losses_of_two_epochs", "denoising.corrupt_gets_every_batch_once"),
    "denoising.trained": (
        "denoising.losses_follow_our_own_run",
        "denoising.the_model_is_trained_in_place",
    ),
}
TRIES = 2  # changes of each answer; eight times as many revealed no further error


class Recorder:
    """Starts real workers and records their answers."""

    name = "process"
    address_space = True

    def __init__(self) -> None:
        self.answers: Answers = {}

    def identity(self) -> str:
        return "recorder"

    def start(self, job: WorkerJob) -> PipeConnection:
        connection = ProcessSandbox().start(job)
        send, receive = connection.send, connection.receive

        def sent(data: bytes, timeout: float) -> None:
            message = wire.read(io.BytesIO(data).read).message  # type: ignore[union-attr]
            if message.get("verb") == "begin":
                self.latest = self.answers.setdefault(message["seed"], [])
            send(data, timeout)

        def received(timeout: float) -> wire.Frame:
            frame = receive(timeout)
            if frame.kind == wire.REPLY:
                self.latest.append(frame.message.get("value"))
            return frame

        connection.send, connection.receive = sent, received  # type: ignore[method-assign]
        return connection


def changed(value: Any, random: Random) -> Any:
    """Return `value` with an odd part, or an odd value instead of it."""
    if random.random() < 0.15:
        return random.choice(ODD)
    if isinstance(value, dict) and value:
        key = random.choice(list(value))
        rest = {k: v for k, v in value.items() if k != key}
        odd = {**rest, random.choice(KEYS): value[key]}
        return random.choice([rest, odd, *[{**value, key: changed(value[key], random)}] * 4])
    if isinstance(value, (list, tuple)) and value:
        at = random.randrange(len(value))
        put = [*value[:at], changed(value[at], random), *value[at + 1 :]]
        return random.choice([[*value, value[at]], [*value[:at], *value[at + 1 :]], put, put, put, put])
    if isinstance(value, np.ndarray) and value.size:
        number = random.choice(NUMBERS)
        with np.errstate(all="ignore"):
            cast = value.astype(random.choice([value.dtype, np.float64, np.float32]))
            cast.flat[random.randrange(cast.size)] = number if cast.dtype.kind == "f" else 0
            full = np.full(value.shape, number, cast.dtype if cast.dtype.kind == "f" else np.float64)
        shapes = [value[..., None], value.reshape(-1), value.reshape(-1)[:1], value.reshape(-1)[:0]]
        return random.choice([cast, cast, full, full, value.T.copy(), *shapes])
    return random.choice(ODD)


def cases(answers: Answers, tries: int) -> Iterator[tuple[int, int, Random]]:
    for seed, values in answers.items():
        for at in range(len(values)):
            for number in range(tries):
                yield seed, at, Random(f"{seed} {at} {number}")


def lying(values: list[Any], place: int, odd: Any) -> Script:
    """Return the script of a worker that answers with `values`, but with `odd` at `place`."""
    well, asked = answering({}), count()

    def script(frame: wire.Frame) -> list[bytes]:
        message = frame.message
        if message["verb"] in ("prepare", "load", "begin", "end"):
            return well(frame)
        number = next(asked)
        value = odd if number == place else values[min(number, len(values) - 1)]
        return [wire.encode(wire.REPLY, {"id": message["id"], "value": value})]

    return script


@pytest.mark.parametrize("name", ["latent_space", "undercomplete_overcomplete"])
def test_an_odd_answer_never_leaves_the_submission_ungraded(name: str) -> None:
    loaded = assignment.load(CHECKOUT / "assignments" / name / "assignment.toml")
    work = finding.find([CHECKOUT / "solutions" / name / f"{name}.py"], loaded)[0]
    recorder = Recorder()
    whole = grading.grade(work, loaded, recorder)
    assert whole.score == loaded.max_score
    users = {check.id: (check.id,) for check in whole.checks} | SHARED
    ids = {drawn.number(drawn.key_of(loaded.suite), name, 0): checks for name, checks in users.items()}
    for seed, at, random in cases(recorder.answers, TRIES):
        values = recorder.answers[seed]
        odd = changed(values[at], random)
        result = grading.grade(work, loaded, FakeSandbox(lying(values, at, odd)), only=ids[seed])
        assert result.status == "graded", (ids[seed], at, odd, result.reason)
