"""The three losses against NumPy, torch's own modules and finite differences; then their comparison."""

import numpy as np
import pytest
import torch
from torch import nn

from reference.data import make_loader
from reference.losses import LOSSES, bce_loss, compare_loss_functions, mae_loss, mse_loss
from reference.training import train

BY_NUMPY = {
    mse_loss: lambda p, x: np.mean((p - x) ** 2),
    bce_loss: lambda p, x: -np.mean(x * np.log(p) + (1 - x) * np.log(1 - p)),
    mae_loss: lambda p, x: np.mean(np.abs(p - x)),
}
BY_TORCH = {mse_loss: nn.MSELoss(), bce_loss: nn.BCELoss(), mae_loss: nn.L1Loss()}
every_loss = pytest.mark.parametrize("loss", BY_NUMPY, ids=lambda f: f.__name__)


def pair(shape=(7, 12), dtype=torch.float32):
    return torch.rand(shape).to(dtype).clamp(0.01, 0.99), torch.rand(shape).to(dtype)


@every_loss
@pytest.mark.parametrize("shape", [(7, 12), (3, 1, 4, 4), (5,)])
def test_it_is_the_formula_averaged_over_all_elements(loss, shape):
    p, x = pair(shape)
    expected = BY_NUMPY[loss](p.double().numpy(), x.double().numpy())
    assert loss(p, x).item() == pytest.approx(expected, rel=1e-6)


@every_loss
def test_it_agrees_with_torch_in_float64(loss):
    p, x = pair(dtype=torch.float64)
    assert loss(p, x).item() == pytest.approx(BY_TORCH[loss](p, x).item(), rel=1e-12)


@every_loss
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_it_returns_a_scalar_of_the_dtype_given(loss, dtype):
    value = loss(*pair(dtype=dtype))
    assert value.shape == ()
    assert value.dtype == dtype


@every_loss
def test_its_gradient_is_that_of_finite_differences(loss):
    p, x = pair(dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda q: loss(q, x), p.requires_grad_())


@every_loss
def test_it_leaves_its_inputs_alone(loss):
    p, x = pair()
    before = p.clone(), x.clone()
    loss(p, x)
    assert torch.equal(p, before[0])
    assert torch.equal(x, before[1])


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_cross_entropy_is_finite_at_exactly_zero_and_one(dtype):
    zero, one = torch.zeros(1, dtype=dtype), torch.ones(1, dtype=dtype)
    for right in (zero, one):
        assert bce_loss(right, right).item() == pytest.approx(0, abs=1e-6)
        assert 10 < bce_loss(1 - right, right).item() < float("inf")


@pytest.mark.parametrize("target", [0.0, 0.5, 1.0])
def test_cross_entropy_has_finite_gradients_through_a_saturated_sigmoid(target):
    logits = torch.tensor([-200.0, -20.0, 0.0, 20.0, 200.0], requires_grad=True)
    bce_loss(torch.sigmoid(logits), torch.full((5,), target)).backward()
    assert logits.grad.isfinite().all()


def test_cross_entropy_of_grey_images_is_least_at_the_images_themselves():
    x = torch.rand(20, 16).clamp(0.05, 0.95)
    entropy = BY_NUMPY[bce_loss](x.double().numpy(), x.double().numpy())
    assert bce_loss(x, x).item() == pytest.approx(entropy, rel=1e-6)
    assert bce_loss((x + 0.02).clamp(0, 1), x) > entropy


class Scaling(nn.Module):
    """Reconstructs sigmoid(w x + b), elementwise: small enough to train by hand. Remembers its mode."""

    def __init__(self):
        super().__init__()
        self.w, self.b = nn.Parameter(torch.full((6,), 0.5)), nn.Parameter(torch.zeros(6))

    def forward(self, x):
        return torch.sigmoid(self.w * x + self.b) * (0.9 if self.training else 1), x


def loaders(n_train=20, n_test=13, batch_size=8):
    images, labels = torch.rand(n_train + n_test, 1, 2, 3), torch.zeros(n_train + n_test, dtype=torch.long)
    return (
        make_loader(images[:n_train], labels[:n_train], batch_size),
        make_loader(images[n_train:], labels[n_train:], batch_size),
    )


def trained_by_torch(criterion, loader, epochs, lr):
    """The same training written with torch's own losses: (model, mean loss of each epoch's samples)."""
    model, history = Scaling(), []
    adam = torch.optim.Adam(model.parameters(), lr=lr)
    for _ in range(epochs):
        losses = []
        for images, _ in loader:
            x = images.reshape(len(images), -1)
            adam.zero_grad()
            loss = criterion(model(x)[0], x)
            loss.backward()
            adam.step()
            losses += [loss.item()] * len(x)
        history.append(np.mean(losses))
    return model, history


def test_each_model_is_trained_by_its_own_loss():
    train, test = loaders()
    results = compare_loss_functions(Scaling, train, test, "cpu", epochs=3, lr=0.05)
    assert list(results) == ["MSE", "BCE", "L1"]
    for name, criterion in {"MSE": nn.MSELoss(), "BCE": nn.BCELoss(), "L1": nn.L1Loss()}.items():
        model, history = trained_by_torch(criterion, train, 3, 0.05)
        torch.testing.assert_close(results[name]["model"].w, model.w, rtol=1e-5, atol=1e-6)
        assert results[name]["train_losses"] == pytest.approx(history, rel=1e-5)


def test_every_loss_gets_a_model_of_its_own():
    models = [r["model"] for r in compare_loss_functions(Scaling, *loaders(), "cpu", epochs=1).values()]
    assert len({id(model) for model in models}) == 3


@pytest.mark.parametrize(("n_test", "expected"), [(13, 10), (10, 10), (4, 4)])
def test_up_to_ten_test_images_are_reconstructed_in_eval_mode(n_test, expected):
    train, test = loaders(n_test=n_test)
    for result in compare_loss_functions(Scaling, train, test, "cpu", epochs=1).values():
        images = test.dataset.tensors[0][:10].flatten(1)
        w, b = result["model"].w.detach(), result["model"].b.detach()
        assert result["reconstructions"].shape == (expected, 6)
        assert not result["reconstructions"].requires_grad
        torch.testing.assert_close(result["reconstructions"], torch.sigmoid(w * images + b))


def test_ten_epochs_at_one_thousandth_are_the_default():
    train, test = loaders()
    result = compare_loss_functions(Scaling, train, test, "cpu")["MSE"]
    model, history = trained_by_torch(nn.MSELoss(), train, 10, 1e-3)
    assert result["train_losses"] == pytest.approx(history, rel=1e-5)
    torch.testing.assert_close(result["model"].w, model.w)


def test_the_table_of_losses_has_those_that_are_compared():
    train_loader, test_loader = loaders()
    results = compare_loss_functions(Scaling, train_loader, test_loader, "cpu", epochs=2)
    assert list(results) == list(LOSSES)
    for name, loss in LOSSES.items():
        assert results[name]["train_losses"] == train(Scaling(), train_loader, loss, "cpu", 2, 1e-3)
