"""Latent spaces and reconstruction losses: a small teaching library around one autoencoder.

README.md says in which order to read the modules. The names of the exercises can be imported from here; each
loads its module on first use, so `import reference.model` loads neither matplotlib nor scikit-learn.
"""

from importlib import import_module
from typing import Any

_HOME = {
    "AutoencoderWithAnalysis": "model",
    "mse_loss": "losses",
    "bce_loss": "losses",
    "mae_loss": "losses",
    "compare_loss_functions": "losses",
    "find_optimal_latent_dim": "sweep",
    "find_elbow": "sweep",
    "class_centroids": "arithmetic",
    "latent_arithmetic": "arithmetic",
    "decode_arithmetic": "arithmetic",
    "visualize_latent_space": "analysis",
    "analyze_reconstruction_quality": "analysis",
}

__all__ = list(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'reference' has no attribute {name!r}; it has {', '.join(__all__)}")
    return getattr(import_module(f"reference.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
