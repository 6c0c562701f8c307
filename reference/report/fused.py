"""Faster forms of the lesson's losses and of Adam, for many training runs: the same sums in fewer passes.

After the matrix products, most of an update's time goes to reading and writing tensors, to Python between the
operations, and to bookkeeping. A loss written as its formula reads and writes the batch once per operation in
the formula, and again in the backward pass; torch's own loss takes one pass each way and gives the same bits.
Torch's Adam keeps a counter per parameter, and groups and checks its tensors at every step; here they are
fixed from the start. The weights equal those of Adam's fused form bit for bit, and those of its default form
up to rounding.

Reference: Kingma & Ba, "Adam: A Method for Stochastic Optimization" (2015), algorithm 1.
"""

from collections.abc import Iterable

import torch
from torch import nn
from torch.nn import functional

from reference.losses import LOSSES as LESSON

__all__ = ["LOSSES", "Adam"]

LOSSES = LESSON | {"MSE": functional.mse_loss, "L1": functional.l1_loss}  # torch's BCE clamps differently


class Adam:
    """`torch.optim.Adam(parameters, lr, fused=True)`, for float32 parameters that all get a gradient.

    It has the two methods of an optimizer that `train_epoch` calls.
    """

    def __init__(self, parameters: Iterable[nn.Parameter], lr: float) -> None:
        self.parameters, self.lr = list(parameters), lr
        self.means = [torch.zeros_like(p) for p in self.parameters]     # of the gradients: m
        self.squares = [torch.zeros_like(p) for p in self.parameters]   # of the squared gradients: v
        self.steps = torch.zeros((), dtype=torch.float32, device=self.parameters[0].device)  # t

    def zero_grad(self) -> None:
        """Drop the last gradients."""
        for p in self.parameters:
            p.grad = None

    @torch.no_grad()
    def step(self) -> None:
        """Move every parameter against its gradient. Changes them in place."""
        self.steps += 1
        torch._fused_adam_(
            self.parameters, [p.grad for p in self.parameters], self.means, self.squares, [],
            [self.steps] * len(self.parameters), lr=self.lr, beta1=0.9, beta2=0.999, eps=1e-8,
            weight_decay=0.0, amsgrad=False, maximize=False,
        )
