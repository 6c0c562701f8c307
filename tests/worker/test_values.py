"""Values: plain ones cross unchanged, lying subclasses as their true contents or not at all."""

from __future__ import annotations

from collections import OrderedDict, namedtuple

import numpy as np
import pytest
import torch

from autograder.wire import Handle, Opaque
from autograder.worker.values import Registry, from_wire, to_wire


class Liar(float):
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = float.__hash__


class LyingTensor(torch.Tensor):
    pass


def test_containers_cross_with_their_contents() -> None:
    Pair = namedtuple("Pair", "a b")
    value = {"x": [1, Pair(2, None)], "y": OrderedDict(z=True)}
    assert to_wire(value, Registry()) == {"x": [1, (2, None)], "y": {"z": True}}


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (Liar(1.0), "Liar"),
        (torch.zeros(2).as_subclass(LyingTensor), "LyingTensor"),
        (np.zeros(2).view(np.recarray), "recarray"),
        ({1, 2}, "set"),
        (torch.zeros(2, dtype=torch.complex64), "tensor of complex64"),
        (np.array(["x"]), "array of str32"),
        (torch.zeros(2).to_sparse(), "tensor with layout torch.sparse_coo"),
    ],
)
def test_values_that_may_lie_or_cannot_be_sent_are_opaque(value: object, name: str) -> None:
    assert to_wire(value, Registry()) == Opaque(name)


def test_tensors_cross_as_arrays() -> None:
    tensor = torch.arange(6.0, requires_grad=True).reshape(2, 3).T
    np.testing.assert_array_equal(to_wire(tensor, Registry()), [[0, 3], [1, 4], [2, 5]])
    assert to_wire(torch.ones(2, dtype=torch.bfloat16), Registry()).dtype == np.float32


def test_modules_stay_in_the_worker_and_cross_as_handles() -> None:
    registry, model = Registry(), torch.nn.Linear(1, 1)
    handle = to_wire(model, registry)
    assert handle == Handle(1, "Linear")
    assert from_wire(handle, registry) is model


def test_arrays_become_tensors_that_share_no_memory_with_the_frame() -> None:
    array = np.zeros(3, np.float32)
    tensor = from_wire([array], Registry())[0]
    tensor += 1
    assert array.sum() == 0
