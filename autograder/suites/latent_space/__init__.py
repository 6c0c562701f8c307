"""The suites of the assignment *Latent Space and Reconstruction Loss*."""
