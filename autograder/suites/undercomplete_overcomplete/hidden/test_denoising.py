"""Denoising, hidden: several epochs, a short last batch, the defaults, train mode, the trained weights."""

from dataclasses import replace

from autograder.judge import attempt, check, drawn, expect, shared
from autograder.suites.undercomplete_overcomplete import given, runs

RUN, PLAIN, LONG, GAINED = given.denoising(drawn.of(__file__)["denoising"]).values()


@shared
def trained(student):
    """Several epochs: the losses, the model's weights at the end, and what `corrupt` was given."""
    model, corrupt, arguments = runs.given(student, RUN)
    losses = attempt(student.call, "train_denoising", *arguments, RUN.epochs, RUN.lr)
    return losses, attempt(model.state), attempt(corrupt.get, "calls")


@check(points=2, kept="with the weights of the same run, it tells wrong training from wrong numbers")
def test_losses_follow_our_own_run(trained):
    """Training from known weights on known batches, the last one short, leads to known losses per epoch."""
    runs.history("train_denoising(…)", trained[0](), RUN, runs.agree(trained[1], RUN))


@check(points=1)
def test_the_model_is_trained_in_place(trained):
    """Afterwards, the model given has the weights that this training leads to."""
    losses = trained[0]()
    runs.weights(expect.mapping("the model's weights", trained[1](), runs.NAMES), RUN, losses)


@check(points=1)
def test_default_epochs_and_learning_rate(student):
    """The defaults are 10 epochs and a learning rate of 1e-3, also in a second call."""
    first = replace(GAINED, epochs=1, lr=0.1)
    earlier = runs.Earlier(first, student.call("train_denoising", *runs.given(student, first)[2], 1, 0.1))
    losses = student.call("train_denoising", *runs.given(student, PLAIN)[2])
    runs.history("train_denoising(model, loader, loss_fn, corrupt)", losses, PLAIN, earlier=earlier)


@check(points=1)
def test_every_batch_and_epoch_trains(student):
    """Each epoch uses all batches, also more than a hundred of them."""
    names = ("model", "loader", "loss_fn", "corrupt")
    named = dict(zip(names, runs.given(student, LONG)[2], strict=True))
    losses = student.call("train_denoising", **named, epochs=LONG.epochs, lr=LONG.lr)
    runs.history(f"train_denoising(…) with {len(LONG.batches())} batches", losses, LONG)


@check(points=1)
def test_training_is_in_train_mode(student):
    """A model that comes in eval mode is trained in train mode."""
    _, _, arguments = runs.given(student, GAINED, "HeldAutoencoder", False)
    losses = student.call("train_denoising", *arguments, epochs=GAINED.epochs, lr=GAINED.lr)
    runs.history("train_denoising(…) of a model in eval mode", losses, GAINED)
