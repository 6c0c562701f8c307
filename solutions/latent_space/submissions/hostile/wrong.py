"""Defines every name that is asked for and gets nothing right: what every attack here is built on.

An attack is code put after this file; `answer` is what every function returns. Attacks on the channel to the
grader find tools.py between the two.
"""

import json
import os
import sys

if not hasattr(os, "geteuid") or os.geteuid() < 60_000:
    getattr(os, "_exit")(1)  # the safety catch: an attack runs as a sandbox's user, never as anybody's own

import torch
from torch import nn


def answer(*given, **named):
    """What every function and method returns."""
    return None


class AutoencoderWithAnalysis(nn.Module):
    """No layers, no parameters."""

    def __init__(self, input_dim=784, latent_dim=32):
        super().__init__()

    def encode(self, x):
        return answer(x)

    def decode(self, z):
        return answer(z)

    def forward(self, x):
        return answer(x)


def mse_loss(x_hat, x):
    return answer(x_hat, x)


def bce_loss(x_hat, x):
    return answer(x_hat, x)


def mae_loss(x_hat, x):
    return answer(x_hat, x)


def compare_loss_functions(model_class, train_loader, test_loader, device, epochs=10, lr=1e-3):
    return answer(model_class, train_loader, test_loader, epochs, lr)


def find_optimal_latent_dim(
    train_loader, test_loader, device, dims=(), epochs=15, lr=1e-3, model_class=AutoencoderWithAnalysis
):
    return answer(train_loader, test_loader, dims, epochs, lr, model_class)


def find_elbow(dims, errors):
    return answer(dims, errors)


def class_centroids(model, loader, device, n_classes=10):
    return answer(model, loader, n_classes)


def latent_arithmetic(centroids, a=3, b=8, c=0):
    return answer(centroids, a, b, c)


def decode_arithmetic(model, centroids, device, a=3, b=8, c=0):
    return answer(model, centroids, a, b, c)
