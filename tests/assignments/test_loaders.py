"""The loaders that student code is given behave as any DataLoader over a TensorDataset does."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest
import torch
from torch.utils.data import ConcatDataset, DataLoader, RandomSampler, Subset, random_split

from autograder.records.places import PACKAGE
from autograder.worker.warm import build_standins
from reference.data import make_loader

IMAGES, LABELS = torch.rand(21, 1, 4, 4), torch.arange(21) % 10


def standin(name: str, sizes: object) -> DataLoader:
    source = (PACKAGE / "suites/latent_space/standins.py").read_text(encoding="utf-8")
    before = sys.modules.get("standins")
    module = build_standins(source)
    sys.modules.pop("standins") if before is None else sys.modules.update(standins=before)
    return getattr(module, name)(IMAGES, LABELS, sizes)


LOADERS: dict[str, Callable[[], DataLoader]] = {
    "the checks'": lambda: standin("loader", [9, 9, 3]),
    "the pictures'": lambda: standin("quick_loader", 9),
    "the notebook's": lambda: make_loader(IMAGES, LABELS, 9),
}


@pytest.fixture(params=LOADERS)
def loader(request: pytest.FixtureRequest) -> DataLoader:
    return LOADERS[request.param]()


def sizes(loader: DataLoader) -> list[int]:
    """Return the sizes of the batches, which must hold images and labels as tensors."""
    shapes = [(tuple(images.shape), tuple(labels.shape)) for images, labels in loader]
    assert all(images == (*labels, 1, 4, 4) for images, labels in shapes)
    return [labels[0] for _, labels in shapes]


def test_batches_are_in_order_and_the_last_is_short(loader: DataLoader) -> None:
    images, labels = (torch.cat(parts) for parts in zip(*loader, strict=True))
    assert sizes(loader) == [9, 9, 3]
    assert torch.equal(images, IMAGES)
    assert torch.equal(labels, LABELS)
    assert labels.dtype == torch.int64
    assert [type(batch) for batch in loader] == [list] * 3


def test_attributes_are_numbers(loader: DataLoader) -> None:
    assert (loader.batch_size, len(loader), len(loader.dataset)) == (9, 3, 21)  # type: ignore[arg-type]
    assert loader.drop_last is False
    images, labels = loader.dataset.tensors  # type: ignore[attr-defined]
    assert torch.equal(images, IMAGES)
    assert torch.equal(labels, LABELS)


def test_a_sample_is_an_image_and_its_label(loader: DataLoader) -> None:
    image, label = loader.dataset[20]
    assert torch.equal(image, IMAGES[20])
    assert label == 0
    assert [int(label) for _, label in list(loader.dataset)[:3]] == [0, 1, 2]  # type: ignore[call-overload]


def test_the_data_set_goes_into_other_loaders(loader: DataLoader) -> None:
    data = loader.dataset
    first, rest = random_split(data, [5, 16])
    assert sizes(DataLoader(data, 256)) == [21]
    assert sizes(DataLoader(data, 8, shuffle=True)) == [8, 8, 5]
    assert sizes(DataLoader(data, 8, drop_last=True)) == [8, 8]
    assert sizes(DataLoader(data, 8, sampler=RandomSampler(data))) == [8, 8, 5]  # type: ignore[arg-type]
    assert sizes(DataLoader(data, 7, collate_fn=loader.collate_fn)) == [7, 7, 7]
    assert sizes(DataLoader(first, 3)) == [3, 2]
    assert sizes(DataLoader(rest, 16, collate_fn=loader.collate_fn)) == [16]
    assert sizes(DataLoader(Subset(data, range(4, 9)), 4)) == [4, 1]
    assert sizes(DataLoader(ConcatDataset([data, data]), 40, collate_fn=loader.collate_fn)) == [40, 2]
    by_hand = DataLoader(data, 4, collate_fn=lambda pairs: tuple(map(torch.stack, zip(*pairs, strict=True))))
    assert [len(labels) for _, labels in by_hand] == [4, 4, 4, 4, 4, 1]


def test_other_collations_see_a_list_of_samples(loader: DataLoader) -> None:
    batches = DataLoader(loader.dataset, 2, collate_fn=lambda samples: [label for _, label in samples])
    assert [len(batch) for batch in batches][:2] == [2, 2]


def test_sizes_that_no_batch_size_gives_are_refused() -> None:
    with pytest.raises(ValueError, match=r"a loader of 21 images in batches of 7 has \[7, 7, 7\], not \[7, 9, 5"):
        standin("loader", [7, 9, 5])
