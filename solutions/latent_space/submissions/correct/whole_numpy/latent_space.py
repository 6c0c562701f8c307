import numpy as np
import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy, l1_loss, mse_loss as torch_mse

sizes = lambda d, k: [d, 256, 128, k]


class AutoencoderWithAnalysis(nn.Module):
    def __init__(self, input_dim=784, latent_dim=32):
        super().__init__()
        self.latent_dim = np.int64(latent_dim)
        s = sizes(input_dim, latent_dim)
        self.W = nn.ParameterDict()
        for i in range(3):
            self._add(f"e{i}", s[i], s[i + 1])
            self._add(f"d{i}", s[3 - i], s[2 - i])

    def _add(self, name, n_in, n_out):
        layer = nn.Linear(n_in, n_out)
        self.W[name + "w"], self.W[name + "b"] = layer.weight, layer.bias

    def _layer(self, name, x):
        return torch.matmul(x, self.W[name + "w"].t()) + self.W[name + "b"]

    def encode(self, x):
        for i in range(2):
            x = self._layer(f"e{i}", x)
            x = x * (x > 0)
        return self._layer("e2", x)

    def decode(self, z):
        for i in range(2):
            z = self._layer(f"d{i}", z)
            z = z * (z > 0)
        return self._layer("d2", z).sigmoid()

    def forward(self, x):
        z = self.encode(x)
        return (self.decode(z), z)


def mse_loss(x_hat, x):
    return torch_mse(x_hat, x)


def bce_loss(x_hat, x):
    return binary_cross_entropy(input=x_hat, target=x)


def mae_loss(x_hat, x):
    return l1_loss(input=x_hat, target=x)


def as_arrays(loader):
    images, labels = [], []
    for x, y in loader:
        images.append(x.numpy().reshape(len(x), -1))
        labels.append(y.numpy())
    return images, labels


def fit(model, loader, loss_fn, device, epochs, lr):
    model.to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    history = np.zeros(epochs)
    for epoch in range(epochs):
        model.train()
        batches, _ = as_arrays(loader)
        for batch in batches:
            x = torch.from_numpy(batch).to(device)
            loss = loss_fn(model(x)[0], x)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            history[epoch] += loss.item() * len(batch) / sum(map(len, batches))
    return history


def predict(model, x, device):
    model.eval()
    with torch.no_grad():
        return model(torch.from_numpy(x).to(device))[0].cpu().numpy()


def compare_loss_functions(model_class, train_loader, test_loader, device, epochs=10, lr=1e-3):
    ten = np.concatenate(as_arrays(test_loader)[0])[:10]
    results = {}
    for name, loss_fn in (("MSE", mse_loss), ("BCE", bce_loss), ("L1", mae_loss)):
        model = model_class()
        history = fit(model, train_loader, loss_fn, device, epochs, lr)
        results[name] = {"model": model, "train_losses": history, "reconstructions": predict(model, ten, device)}
    return results


def find_optimal_latent_dim(train_loader, test_loader, device, dims=(2, 4, 8, 16, 32, 64, 128, 256),
                            epochs=15, lr=1e-3, model_class=AutoencoderWithAnalysis):
    test = np.concatenate(as_arrays(test_loader)[0])
    errors = np.empty(len(dims))
    for i, k in enumerate(dims):
        model = model_class(latent_dim=k)
        fit(model, train_loader, mse_loss, device, epochs, lr)
        errors[i] = np.mean((predict(model, test, device) - test) ** 2)
    return [{"dim": d, "error": e} for d, e in zip(np.asarray(dims), errors)]


def find_elbow(dims, errors):
    x, y = np.log2(np.asarray(dims)), np.asarray(errors)
    slope = (y[-1] - y[0]) / (x[-1] - x[0])
    return np.asarray(dims)[np.argmin(y - (y[0] + slope * (x - x[0])))]


def class_centroids(model, loader, device, n_classes=10):
    images, labels = as_arrays(loader)
    model.to(device).eval()
    with torch.no_grad():
        z = model.encode(torch.from_numpy(np.concatenate(images)).to(device)).cpu().numpy().astype(np.float64)
    y = np.concatenate(labels)
    with np.errstate(invalid="ignore"):
        sums = np.zeros((n_classes, z.shape[1]))
        np.add.at(sums, y, z)
        return sums / np.bincount(y, minlength=n_classes)[:, None]


def latent_arithmetic(centroids, a=3, b=8, c=0):
    rows = np.asarray(centroids)[[a, b, c]]
    return np.array([1, 1, -1]) @ rows


def decode_arithmetic(model, centroids, device, a=3, b=8, c=0):
    model.to(device).eval()
    z = torch.tensor(latent_arithmetic(centroids, a, b, c), dtype=torch.float32).to(device)
    with torch.no_grad():
        return model.decode(z.reshape(1, -1)).numpy(force=True)
