import numpy as np
import torch
from torch import nn, optim


class AutoencoderWithAnalysis(nn.Module):
    def __init__(self, input_dim: int = 784, latent_dim: int = 32):
        super().__init__()
        self.latent_dim = latent_dim
        shapes = [(input_dim, 256), (256, 128), (128, latent_dim), (latent_dim, 128), (128, 256), (256, input_dim)]
        for i, (a, b) in enumerate(shapes):
            setattr(self, f"layer{i}", nn.Linear(a, b))

    def _through(self, x, numbers):
        for i in numbers:
            x = getattr(self, f"layer{i}")(x)
            if i not in (2, 5):
                x = x.clamp_min(0)
        return x

    def encode(self, x):
        return self._through(x, range(3))

    def decode(self, z):
        return 1 / (1 + (-self._through(z, range(3, 6))).exp())

    def forward(self, x):
        z = self.encode(x)
        return self.decode(z), z


def mse_loss(x_hat, x):
    return (x - x_hat).square().sum().div(x.numel())


def bce_loss(x_hat, x):
    entropy = nn.functional.binary_cross_entropy(x_hat, x, reduction="none")
    return entropy.mean()


def mae_loss(x_hat, x):
    return nn.functional.l1_loss(x_hat, x, reduction="sum") / x.nelement()


def preload(loader, device):
    xs, ys = zip(*((x.flatten(1), y) for x, y in loader))
    ends = np.cumsum([len(x) for x in xs])
    slices = [slice(end - len(x), end) for end, x in zip(ends, xs)]
    return torch.cat(xs).to(device), torch.cat(ys).to(device), slices


def optimise(model, loader, device, loss_fn, epochs, lr):
    opt = optim.Adam(model.parameters(), lr=lr, foreach=True)
    history = torch.zeros(epochs, len(loader))
    for i in range(epochs):
        model.train()
        x, _, slices = preload(loader, device)
        for j, s in enumerate(slices):
            opt.zero_grad()
            loss = loss_fn(model(x[s])[0], x[s])
            loss.backward()
            opt.step()
            history[i, j] = loss.detach()
    return history.mean(dim=1)


def compare_loss_functions(model_class, train_loader, test_loader, device, epochs=10, lr=1e-3):
    test, _, _ = preload(test_loader, device)
    out = {"MSE": {}, "BCE": {}, "L1": {}}
    for entry, loss_fn in zip(out.values(), (mse_loss, bce_loss, mae_loss)):
        model = entry["model"] = model_class().to(device)
        entry["train_losses"] = optimise(model, train_loader, device, loss_fn, epochs, lr)
        model.eval()
        with torch.inference_mode():
            entry["reconstructions"] = model(test[:10])[0].cpu()
    return out


def find_optimal_latent_dim(train_loader, test_loader, device, dims=(2, 4, 8, 16, 32, 64, 128, 256),
                            epochs=15, lr=1e-3, model_class=AutoencoderWithAnalysis):
    test, _, _ = preload(test_loader, device)
    out = []
    for k in dims:
        model = model_class(latent_dim=k).to(device)
        optimise(model, train_loader, device, mse_loss, epochs, lr)
        model.eval()
        with torch.inference_mode():
            out.append(dict(dim=k, error=mse_loss(model(test)[0], test)))
    return out


def find_elbow(dims, errors):
    e = torch.as_tensor([float(v) for v in errors], dtype=torch.float64)
    k = torch.log(torch.as_tensor([float(v) for v in dims], dtype=torch.float64))
    line = e[0] + (e[-1] - e[0]) * (k - k[0]) / (k[-1] - k[0])
    return dims[int((line - e).argmax())]


def class_centroids(model, loader, device, n_classes=10):
    x, y, _ = preload(loader, device)
    model.to(device).eval()
    with torch.inference_mode():
        z = model.encode(x)
    member = (y[None, :] == torch.arange(n_classes)[:, None]).to(z.dtype)
    return torch.einsum("cn,nk->ck", member, z) / member.sum(1, keepdim=True)


def latent_arithmetic(centroids, a=3, b=8, c=0):
    return torch.stack([centroids[a], centroids[b], -centroids[c]]).sum(dim=0)


def decode_arithmetic(model, centroids, device, a=3, b=8, c=0):
    model.to(device).eval()
    with torch.inference_mode():
        (image,) = model.decode(latent_arithmetic(centroids, a, b, c).view(1, -1).to(device))
    return image
