"""Measures what Latent Lab costs: see README.md."""
