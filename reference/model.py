"""The autoencoder: an encoder down to a small latent vector and its mirror image back to the pixels.

References: Hinton & Salakhutdinov, "Reducing the Dimensionality of Data with Neural Networks", Science
313 (2006); Goodfellow, Bengio & Courville, "Deep Learning" (2016), chapter 14; Kingma & Welling,
"Auto-Encoding Variational Bayes" (2014), for the names of encoder, decoder and latent z.
"""

from torch import Tensor, nn

__all__ = ["AutoencoderWithAnalysis"]


class AutoencoderWithAnalysis(nn.Module):
    """Fully connected, undercomplete autoencoder that also hands out its latent vectors.

    The encoder has layers of size input_dim -> 256 -> 128 -> latent_dim, with a ReLU after each of the
    two hidden layers and nothing after the last: a latent value may be any real number. The decoder is
    the mirror image, latent_dim -> 128 -> 256 -> input_dim, again with a ReLU after each hidden layer,
    and ends in a sigmoid, so that every pixel lies in [0, 1]. All six layers are linear layers with
    weights and biases of their own, which start in PyTorch's default initialisation and can all be
    trained. There is nothing else in it: an image has the same reconstruction alone or in a batch, in
    train or in eval mode, whenever it is asked for.

    Attribute `latent_dim`: the size of the latent vector, as given.
    """

    def __init__(self, input_dim: int = 784, latent_dim: int = 32) -> None:
        """Build encoder and decoder for images of `input_dim` pixels and latent vectors of `latent_dim`
        numbers.

        Any sizes of at least 1, by position in this order or by name; `latent_dim` may exceed `input_dim`.
        """
        super().__init__()
        self.latent_dim = latent_dim
        self.encoder = nn.Sequential(
            nn.Linear(input_dim, 256), nn.ReLU(),  # (B, d) -> (B, 256)
            nn.Linear(256, 128), nn.ReLU(),        # -> (B, 128)
            nn.Linear(128, latent_dim),            # -> (B, k)
        )
        self.decoder = nn.Sequential(
            nn.Linear(latent_dim, 128), nn.ReLU(),     # (B, k) -> (B, 128)
            nn.Linear(128, 256), nn.ReLU(),            # -> (B, 256)
            nn.Linear(256, input_dim), nn.Sigmoid(),   # -> (B, d), in [0, 1]
        )

    def encode(self, x: Tensor) -> Tensor:
        """Latent vectors of flat images: (B, input_dim) -> (B, latent_dim)."""
        return self.encoder(x)

    def decode(self, z: Tensor) -> Tensor:
        """Images of latent vectors: (B, latent_dim) -> (B, input_dim), every value in [0, 1]."""
        return self.decoder(z)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Reconstruct flat images x of shape (B, input_dim).

        Returns (reconstruction, latent), in this order, of shapes (B, input_dim) and (B, latent_dim).
        The latent is what `encode` returns for x, and the reconstruction is what `decode` makes of
        exactly that latent, and of nothing else.
        """
        z = self.encode(x)            # (B, k)
        return self.decode(z), z      # (B, d), (B, k)
