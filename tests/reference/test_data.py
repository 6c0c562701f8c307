"""The loaders: sizes, ranges, repeatability, and the synthetic images' known dimension."""

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from reference import data


def test_the_digits_are_scikit_learns_split_by_class():
    train, test = data.digits()
    images = torch.cat([loader.dataset.tensors[0] for loader in (train, test)])
    labels = torch.cat([loader.dataset.tensors[1] for loader in (train, test)])
    assert (len(train.dataset), len(test.dataset)) == (1437, 360)
    assert images.shape == (1797, 1, 8, 8)
    assert images.dtype == torch.float32
    assert (images.min(), images.max()) == (0, 1)
    assert labels.dtype == torch.int64
    assert images.sum().item() == pytest.approx(load_digits().data.sum() / 16, rel=1e-5)
    counts = [torch.bincount(loader.dataset.tensors[1]) / len(loader.dataset) for loader in (train, test)]
    torch.testing.assert_close(*counts, rtol=0, atol=0.004)


def test_no_digit_is_both_trained_on_and_tested_on():
    train, test = (loader.dataset.tensors[0].flatten(1) for loader in data.digits())
    assert torch.cdist(test, train).min() > 0


def batches(loader):
    return [labels.tolist() for _, labels in loader]


def test_the_same_seed_gives_the_same_batches_and_another_does_not():
    assert batches(data.digits(seed=1)[0]) == batches(data.digits(seed=1)[0])
    assert batches(data.digits(seed=1)[0]) != batches(data.digits(seed=2)[0])


def test_training_images_come_in_a_new_order_each_epoch_and_test_images_do_not():
    train, test = data.digits()
    assert batches(train) != batches(train)
    assert batches(test) == batches(test)


def test_loading_leaves_the_global_generator_alone():
    state = torch.get_rng_state()
    train, test = data.digits()
    batches(train), batches(test)
    data.synthetic(2)
    assert torch.equal(torch.get_rng_state(), state)


def test_a_loader_gives_every_image_once_with_its_label_and_a_short_last_batch():
    images, labels = torch.arange(10.0).view(10, 1, 1, 1), torch.arange(10)
    loader = data.make_loader(images, labels, batch_size=4, shuffle=True)
    seen = [(x.flatten().tolist(), y.tolist()) for x, y in loader]
    assert [len(x) for x, _ in seen] == [4, 4, 2]
    assert len(loader) == 3
    assert all(x == y for x, y in seen)
    assert sorted(label for _, y in seen for label in y) == list(range(10))


@pytest.mark.parametrize("r", [1, 3, 5])
def test_synthetic_images_have_r_dimensions_before_the_sigmoid(r):
    images, factors = data.unilin(r, d=20, n=500, seed=3)
    logits = torch.logit(images.double())
    values = torch.linalg.svdvals(logits - logits.mean(dim=0))
    assert values[r - 1] > 1
    assert values[r:].max() < 1e-3 * values[0]
    assert values[0] < 1.3 * values[r - 1]
    assert factors.shape == (500, r)
    assert factors.abs().max() <= 3**0.5
    np.testing.assert_allclose(factors.std(dim=0), 1, atol=0.1)


def test_synthetic_loaders_share_one_world_and_label_the_largest_factor():
    train, test = data.synthetic(3, d=16, n=400, seed=5)
    images, factors = data.unilin(3, 16, 500, seed=5)
    assert torch.equal(torch.cat([train.dataset.tensors[0], test.dataset.tensors[0]]).flatten(1), images)
    assert torch.equal(test.dataset.tensors[1], factors[400:].argmax(dim=1))


@pytest.mark.parametrize(("d", "shape"), [(16, (1, 4, 4)), (20, (1, 1, 20))])
def test_synthetic_images_are_square_where_they_can_be(d, shape):
    images, _ = next(iter(data.synthetic(2, d=d, n=40)[0]))
    assert images.shape[1:] == shape


@pytest.mark.parametrize("r", [0, 9])
def test_an_impossible_dimension_is_refused(r):
    with pytest.raises(ValueError, match=f"expected r from 1 to d = 8, got {r}"):
        data.unilin(r, d=8)


def test_missing_mnist_files_are_named_with_what_to_do(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"raw.*not all are there; give the folder .* download=True"):
        data.mnist(tmp_path)


def test_mnist_is_the_real_thing(mnist_root):
    train, test = data.mnist(mnist_root, batch_size=100)
    images, labels = next(iter(test))
    assert (len(train.dataset), len(test.dataset)) == (60000, 10000)
    assert images.shape == (100, 1, 28, 28)
    assert (images.min(), images.max()) == (0, 1)
    assert labels[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]
    assert train.dataset.tensors[0].mean().item() == pytest.approx(0.1307, abs=1e-4)
