"""The suites of the assignment *Latent Space and Reconstruction Loss*, and their shared helpers."""
