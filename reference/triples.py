"""Latent arithmetic over all triples: what z_a + (z_b - z_c) decodes to, and where there is a right answer.

For classes there is no right answer: what must a 3 plus the difference between an 8 and a 0 look like? Note
first that z_a + (z_b - z_c) = z_b + (z_a - z_c): a and b play the same part, and 720 triples give 360
different pictures. Each is judged twice: by the centroid nearest to the new latent, and by a classifier that
was trained on real images and sees the decoded picture. Where images are made from known factors there *is* a
right answer, and the arithmetic's error can be measured against it.

References: Radford, Metz & Chintala (2016); White, "Sampling Generative Networks" (2016); Cortes & Vapnik,
"Support-Vector Networks" (1995), for the classifier.
"""

from collections.abc import Callable, Sequence
from itertools import permutations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

__all__ = ["all_triples", "classifier", "known_answers", "nearest_centroid", "new_latents", "shares"]

Triple = tuple[int, int, int]


def all_triples(n_classes: int = 10) -> list[Triple]:
    """Every (a, b, c) of three different classes: 720 of ten."""
    return list(permutations(range(n_classes), 3))


def new_latents(centroids: Tensor, triples: Sequence[Triple]) -> Tensor:
    """z_a + (z_b - z_c) for every triple: (n_classes, k) -> (T, k)."""
    a, b, c = torch.tensor(triples).T
    return centroids[a] + (centroids[b] - centroids[c])


def nearest_centroid(centroids: Tensor, z: Tensor) -> NDArray[np.int64]:
    """The class of the nearest centroid (n_classes, k) of each latent (T, k): (T,)."""
    return torch.cdist(z, centroids).argmin(dim=1).numpy()


def classifier(
    images: Tensor, labels: Tensor, most: int = 10_000
) -> Callable[[Tensor], NDArray[np.int64]]:
    """A support vector machine trained on the first `most` images: flat (N, d) -> classes (N,)."""
    from sklearn.svm import SVC

    machine = SVC(C=10).fit(images[:most].flatten(1).numpy(), labels[:most].numpy())
    return lambda x: machine.predict(x.detach().cpu().numpy())


def shares(triples: Sequence[Triple], seen: Sequence[int]) -> dict[str, float]:
    """The shares of the triples seen as a or b (the classes added), as c (the one subtracted), as another.

    `seen` has one class per triple, such as a classifier's.
    """
    positions = [triple.index(s) if s in triple else 3 for triple, s in zip(triples, seen, strict=True)]
    groups = {"a or b": (0, 1), "c": (2,), "another": (3,)}
    return {name: float(np.isin(positions, group).mean()) for name, group in groups.items()}


@torch.no_grad()
def known_answers(model: nn.Module, images: Tensor, factors: Tensor, seed: int = 0) -> dict[str, float]:
    """Mean squared errors of arithmetic with images whose factors are known, against the right picture.

    `images` (N, d) and `factors` (N, r) are those of `data.unilin`: the images' logits are affine in the
    factors. Random triples (i, j, l) count where u_i + (u_j - u_l) stays within the factors' range, up to
    500. "latent" decodes z_i + (z_j - z_l); "reconstruction" is the model's reconstruction of the right
    picture, which no arithmetic can be expected to beat; "pixels" computes with the images themselves;
    "nothing" leaves image i unchanged.
    """
    picks = np.random.default_rng(seed).integers(len(images), size=(20 * 500, 3))
    i, j, l = torch.from_numpy(picks).T                                             # noqa: E741
    inside = (factors[i] + (factors[j] - factors[l])).abs().amax(dim=1) < factors.abs().max()
    i, j, l = (index[inside][:500] for index in (i, j, l))                          # noqa: E741
    logits = images.double().logit()                                                # (N, d), affine in u
    right = torch.sigmoid(logits[i] + (logits[j] - logits[l])).float()              # (T, d)
    z = model.encode(images)                                                        # (N, k)
    pictures = {
        "latent": model.decode(z[i] + (z[j] - z[l])),
        "reconstruction": model(right)[0],
        "pixels": (images[i] + (images[j] - images[l])).clamp(0, 1),
        "nothing": images[i],
    }
    return {name: float((picture - right).square().mean()) for name, picture in pictures.items()}
