"""The parts that many runs take in place of others: the same numbers, bit for bit."""

import pytest
import torch
from torch import nn

from reference.losses import LOSSES
from reference.report import fused


@pytest.mark.parametrize("name", ["MSE", "L1"])
@pytest.mark.parametrize("shape", [(128, 784), (96, 784), (7, 5)])
def test_a_loss_and_its_gradient_are_the_lessons_bit_for_bit(name, shape):
    generator = torch.Generator().manual_seed(1)
    x_hat, x = torch.rand(2, *shape, generator=generator)
    x[0] = x_hat[0]  # where L1 has its corner
    found = []
    for loss in (LOSSES[name], fused.LOSSES[name]):
        leaf = x_hat.clone().requires_grad_()
        value = loss(leaf, x)
        value.backward()
        found.append((value.detach(), leaf.grad))
    for lesson, ours in zip(*found, strict=True):
        assert torch.equal(lesson, ours)


def test_the_loss_that_torch_clamps_elsewhere_is_the_lessons():
    assert LOSSES | {name: fused.LOSSES[name] for name in ("MSE", "L1")} == fused.LOSSES


def test_adam_moves_the_weights_as_torchs_fused_adam_does_bit_for_bit():
    nets = []
    for adam in (lambda p: torch.optim.Adam(p, lr=3e-3, fused=True), lambda p: fused.Adam(p, lr=3e-3)):
        torch.manual_seed(2)
        net = nn.Sequential(nn.Linear(20, 8), nn.ReLU(), nn.Linear(8, 20))
        first = [p.detach().clone() for p in net.parameters()]
        optimizer = adam(net.parameters())
        for _ in range(30):
            x = torch.rand(16, 20)
            optimizer.zero_grad()
            ((net(x) - x) ** 2).mean().backward()
            optimizer.step()
        nets.append(net)
    for start, torchs, ours in zip(first, *(net.parameters() for net in nets), strict=True):
        assert torch.equal(torchs, ours)
        assert not torch.equal(ours, start)


def test_zero_grad_lets_go_of_the_last_gradients():
    weight = nn.Parameter(torch.ones(3))
    optimizer = fused.Adam([weight], lr=0.1)
    (2 * weight).sum().backward()
    optimizer.zero_grad()
    assert weight.grad is None
