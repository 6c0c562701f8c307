"""Denoising, public: two epochs of a tiny known autoencoder."""

from autograder.judge import attempt, check, expect, shared
from autograder.suites.undercomplete_overcomplete import runs
from autograder.suites.undercomplete_overcomplete.training import Run

X, WEIGHTS, MASKS = runs.drawn(1, n=12, d=16, k=3)
RUN = Run(X, 4, MASKS, WEIGHTS, epochs=2, lr=0.05)


@shared
def two_epochs(student):
    """Two epochs of three batches: the losses, and what `corrupt` was given."""
    _, corrupt, arguments = runs.given(student, RUN)
    losses = student.call("train_denoising", *arguments, epochs=2, lr=0.05)
    return losses, attempt(corrupt.get, "calls")


@check(points=2, kept="the plain case, which students see")
def test_the_losses_of_two_epochs(two_epochs):
    """Training a tiny known model to restore corrupted images leads to a known loss in each epoch."""
    runs.history("train_denoising(…, epochs=2)", two_epochs[0], RUN)


@check(points=1)
def test_corrupt_gets_every_batch_once(two_epochs):
    """`corrupt` is called once for every batch of every epoch, with clean flat images (B, d)."""
    calls = expect.sequence("the calls of corrupt", two_epochs[1]())
    runs.corrupted(calls, RUN)
    for call, batch in zip(calls, RUN.batches() * RUN.epochs, strict=True):
        expect.close("what corrupt was given", call, batch, 1e-5, 1e-6)
