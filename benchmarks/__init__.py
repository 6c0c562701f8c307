"""What Latent Lab costs, measured: see README.md."""
