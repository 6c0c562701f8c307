# my solution
import torch
import torch.nn as nn
import torch.nn.functional as F
import numpy as np

print("torch", torch.__version__)


def pca_reconstruction(train, x, k):
    m = torch.mean(train, dim=0)
    A = train - m
    U, S, V = torch.svd(A)
    Vk = V[:, 0:k]
    code = torch.mm(x - m, Vk)
    out = torch.mm(code, Vk.t())
    out = out + m
    return out


def sparse_loss(x_hat, x, z, weight=0.001):
    criterion = nn.MSELoss()
    mse = criterion(x_hat, x)
    l1 = torch.mean(torch.abs(z))
    loss = mse + weight * l1
    return loss


def active_units(z, threshold=0.01):
    z = z.detach()
    k = z.shape[1]
    variances = []
    for i in range(k):
        column = z[:, i]
        m = column.mean()
        v = ((column - m) ** 2).mean().item()
        variances.append(v)
    biggest = max(variances)
    number = 0
    for v in variances:
        if v > threshold * biggest:
            number = number + 1
    return number


def train_denoising(model, loader, loss_fn, corrupt, epochs=10, lr=1e-3):
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    all_losses = []
    for epoch in range(epochs):
        model.train()
        running_loss = 0.0
        for i, data in enumerate(loader, 0):
            inputs, labels = data
            inputs = inputs.view(inputs.shape[0], -1)
            noisy = corrupt(inputs)
            optimizer.zero_grad()
            outputs, z = model(noisy)
            loss = loss_fn(outputs, inputs, z)
            loss.backward()
            optimizer.step()
            running_loss = running_loss + loss.item()
        epoch_loss = running_loss / len(loader)
        print("epoch", epoch + 1, "loss", epoch_loss)
        all_losses.append(epoch_loss)
    return all_losses


if __name__ == "__main__":
    z = torch.randn(100, 5)
    print(active_units(z))
