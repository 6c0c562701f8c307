# %% [markdown]
# # Undercomplete and overcomplete autoencoders
#
# With fewer latent values than the data has degrees of freedom, an autoencoder is **undercomplete**: it must
# choose what to keep. With more, it is **overcomplete**, and could copy its input without learning anything. A
# penalty on the latent keeps it from that. You write the loss with the penalty, and count how many latent units
# an autoencoder uses.
#
# Write the bodies of the functions that raise `NotImplementedError`; keep their names and signatures. Cells
# tagged `exploration` are yours. `handout.md` says how points are given and how to hand in.

# %%
import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

# %% [markdown]
# ## Data (given)

# %%
#: given make_loader from reference/data.py


#: given digits from reference/data.py


# %% [markdown]
# ## Exercise 1: Sparsity, 10 points
#
# $$L = \frac{1}{Bd}\sum_{i}(\hat{x}_i - x_i)^2 + \lambda\,\frac{1}{Bk}\sum_j\lvert z_j\rvert$$

# %%
#: stub sparse_loss from reference/undercomplete_overcomplete.py


# %% [markdown]
# ## Exercise 2: Capacity, 10 points

# %%
#: stub active_units from reference/undercomplete_overcomplete.py


# %% [markdown]
# ## Experiment
#
# The digits have 64 pixels. Here are autoencoders with 8 and with 128 latent units, with and without the penalty.

# %% tags=["exploration"]
def trained(k: int, weight: float, epochs: int = 10) -> tuple[float, int]:
    """The test error of an autoencoder with k latent units, and how many of them it uses."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    train_loader, test_loader = digits()
    encoder = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, k))
    decoder = nn.Sequential(nn.Linear(k, 128), nn.ReLU(), nn.Linear(128, 64), nn.Sigmoid())
    optimizer = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=1e-3)
    for _ in range(epochs):
        for images, _ in train_loader:
            x = images.flatten(1)
            z = encoder(x)
            optimizer.zero_grad()
            sparse_loss(decoder(z), x, z, weight).backward()
            optimizer.step()
    with torch.no_grad():
        x = torch.cat([images.flatten(1) for images, _ in test_loader])
        z = encoder(x)
        return float(((decoder(z) - x) ** 2).mean()), active_units(z)


for k, weight in ((8, 0.0), (128, 0.0), (128, 1.0)):
    error, used = trained(k, weight)
    print(f"{k:3d} units, weight {weight}: error {error:.4f}, {used} units used")

# %% [markdown]
# ## Written answer (graded by hand)
#
# **Why an overcomplete autoencoder does not just copy** (5 points). Which of the three would you choose for new
# digits, and what do the error and the number of used units tell you?

# %% [markdown]
#: answer copying
