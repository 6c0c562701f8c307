"""Latent Lab's autograder: it runs student code in a sandbox and judges the values that come out."""

__version__ = "0.1.0"
