"""What the tests of the taught system share: one thread, no display, and the digits."""

from functools import partial
from pathlib import Path

import matplotlib
import pytest
import torch

from reference import data
from reference.losses import mse_loss
from reference.model import AutoencoderWithAnalysis
from reference.training import train

matplotlib.use("Agg")


@pytest.fixture(autouse=True)
def _repeatable():
    import matplotlib.pyplot as plt

    torch.set_num_threads(1)
    torch.manual_seed(0)
    yield
    plt.close("all")


@pytest.fixture(scope="session")
def digits():
    return data.digits(batch_size=64)


@pytest.fixture(scope="session")
def digits_model(digits):
    """The taught model, k = 8, trained for a few epochs on the digits; not to be changed."""
    torch.manual_seed(0)
    model = partial(AutoencoderWithAnalysis, 64)(latent_dim=8)
    train(model, digits[0], mse_loss, "cpu", epochs=8, lr=3e-3)
    return model.eval()


@pytest.fixture(scope="session")
def mnist_root():
    root = Path(__file__).resolve().parents[2].parent / "shared" / "data"
    if not (root / "MNIST" / "raw").is_dir():
        pytest.skip("MNIST is not in ../shared/data beside the repository")
    return root
