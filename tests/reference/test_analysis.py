"""The figures: what is drawn and returned, that nothing blocks, and the per-image errors against NumPy."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from matplotlib.figure import Figure

from reference import analysis
from reference.data import make_loader
from reference.losses import mse_loss
from reference.model import AutoencoderWithAnalysis
from reference.training import evaluate


@pytest.fixture(autouse=True)
def _nothing_is_shown(monkeypatch):
    monkeypatch.setattr(plt, "show", lambda *_, **__: pytest.fail("plt.show() was called"))


@pytest.fixture
def some_digits(digits):
    images, labels = (t[:60] for t in digits[1].dataset.tensors)
    return make_loader(images, labels, batch_size=25)


def test_a_plane_is_drawn_as_it_is(some_digits):
    model = AutoencoderWithAnalysis(64, 2)
    axes = analysis.visualize_latent_space(model, some_digits, "cpu").axes[0]
    drawn = np.concatenate([points.get_offsets() for points in axes.collections])
    z = model.encode(some_digits.dataset.tensors[0].flatten(1)).detach().numpy()
    np.testing.assert_allclose(np.sort(drawn, axis=0), np.sort(z, axis=0), rtol=1e-5, atol=1e-7)


def test_latents_are_drawn_by_class_with_a_legend():
    z, labels = np.arange(12, dtype=np.float32).reshape(6, 2), np.array([3, 1, 3, 1, 1, 8])
    _, axes = plt.subplots()
    analysis.draw_latents(axes, z, labels)
    drawn = {group.get_label(): group.get_offsets().tolist() for group in axes.collections}
    assert drawn == {str(c): z[labels == c].tolist() for c in (1, 3, 8)}
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["1", "3", "8"]


def test_an_error_curve_has_both_lines_and_a_mark_at_the_elbow():
    _, axes = plt.subplots()
    analysis.draw_error_curve(axes, (2, 4, 8), [0.3, 0.1, 0.09], [0.4, 0.2, 0.01], 4)
    lines = [(list(line.get_xdata()), list(line.get_ydata())) for line in axes.lines]
    assert lines == [([2, 4, 8], [0.3, 0.1, 0.09]), ([2, 4, 8], [0.4, 0.2, 0.01]), ([4], [0.1])]
    assert axes.get_xscale() == "log"
    assert axes.get_ylim()[0] == 0
    assert axes.get_legend() is not None


def test_every_class_is_named_once_with_its_own_points(some_digits):
    axes = analysis.visualize_latent_space(AutoencoderWithAnalysis(64, 2), some_digits, "cpu").axes[0]
    labels = some_digits.dataset.tensors[1]
    sizes = {points.get_label(): len(points.get_offsets()) for points in axes.collections}
    assert sizes == {str(c): int((labels == c).sum()) for c in labels.unique().tolist()}
    assert [text.get_text() for text in axes.get_legend().get_texts()] == sorted(sizes)


@pytest.mark.parametrize(("latent_dim", "method"), [(1, "direct"), (5, "direct"), (2, "tsne")])
def test_what_is_no_plane_goes_through_tsne(some_digits, latent_dim, method):
    model = AutoencoderWithAnalysis(64, latent_dim)
    figure = analysis.visualize_latent_space(model, some_digits, "cpu", method)
    assert "t-SNE" in figure.axes[0].get_title()
    assert sum(len(points.get_offsets()) for points in figure.axes[0].collections) == 60


def test_tsne_takes_few_images_too(digits):
    images, labels = (t[:12] for t in digits[1].dataset.tensors)
    model = AutoencoderWithAnalysis(64, 4)
    assert isinstance(analysis.visualize_latent_space(model, make_loader(images, labels), "cpu"), Figure)


def test_tsne_sees_at_most_five_thousand_points(monkeypatch):
    monkeypatch.setattr(analysis, "_tsne", lambda z: z[:, :2])
    loader = make_loader(torch.rand(5100, 8), torch.zeros(5100, dtype=torch.long), batch_size=1000)
    figure = analysis.visualize_latent_space(AutoencoderWithAnalysis(8, 3), loader, "cpu")
    assert len(figure.axes[0].collections[0].get_offsets()) == 5000


def test_an_unknown_method_is_named_with_the_known_ones(some_digits):
    with pytest.raises(ValueError, match="expected method 'direct' or 'tsne', got 'umap'"):
        analysis.visualize_latent_space(AutoencoderWithAnalysis(64), some_digits, "cpu", "umap")


def test_errors_are_per_image_means_over_pixels_in_order(digits, digits_model):
    images, labels = digits[1].dataset.tensors
    errors, classes = analysis.analyze_reconstruction_quality(digits_model, digits[1], "cpu")
    x = images.flatten(1).double().numpy()
    x_hat = digits_model(images.flatten(1))[0].detach().double().numpy()
    np.testing.assert_allclose(errors, ((x_hat - x) ** 2).mean(axis=1), rtol=1e-4)
    np.testing.assert_array_equal(classes, labels.numpy())
    assert errors.mean() == pytest.approx(evaluate(digits_model, digits[1], mse_loss, "cpu"), rel=1e-5)


def test_the_error_figure_has_a_mean_line_and_a_box_per_class(digits, digits_model):
    errors, _ = analysis.analyze_reconstruction_quality(digits_model, digits[1], "cpu")
    left, right = plt.gcf().axes
    assert left.lines[0].get_xdata()[0] == pytest.approx(errors.mean())
    assert sum(bar.get_height() for bar in left.patches) == len(errors)
    assert [tick.get_text() for tick in right.get_xticklabels()] == [str(c) for c in range(10)]


def test_the_error_curve_marks_the_elbow_and_the_baselines():
    results = [{"dim": k, "error": e} for k, e in [(2, 0.4), (4, 0.1), (8, 0.09)]]
    figure = analysis.plot_error_curve(results, elbow=4, pca=[0.5, 0.3, 0.2], mean_predictor=0.7)
    lines = {line.get_label(): line for line in figure.axes[0].lines}
    assert lines["autoencoder"].get_ydata().tolist() == [0.4, 0.1, 0.09]
    assert lines["PCA (linear)"].get_ydata().tolist() == [0.5, 0.3, 0.2]
    assert lines["elbow: k = 4"].get_xydata().tolist() == [[4, 0.1]]
    assert lines["always the mean image"].get_ydata()[0] == 0.7


def test_the_error_curve_needs_no_baseline():
    assert len(analysis.plot_error_curve([{"dim": 2, "error": 0.4}]).axes[0].lines) == 1


@pytest.mark.parametrize("n", [1, 3, 10])
def test_the_loss_comparison_shows_originals_over_reconstructions(n):
    results = {
        name: {"train_losses": [0.4, 0.2], "reconstructions": torch.full((n, 16), level)}
        for name, level in [("MSE", 0.1), ("L1", 0.2)]
    }
    figure = analysis.plot_loss_comparison(results, torch.full((n, 16), 0.9))
    pictures = [axes.images[0].get_array() for axes in figure.axes if axes.images]
    assert [float(p[0, 0]) for p in pictures] == pytest.approx([0.9] * n + [0.1] * n + [0.2] * n)
    assert figure.axes[0].lines[0].get_ydata().tolist() == [1, 0.5]


@pytest.mark.parametrize(("shape", "drawn"), [((16,), (4, 4)), ((4, 4), (4, 4)), ((10,), (1, 10))])
def test_images_are_drawn_square_where_they_can_be(shape, drawn):
    figure = analysis.plot_images({"3": torch.rand(shape), "8": torch.rand(shape)})
    assert [axes.get_title() for axes in figure.axes] == ["3", "8"]
    assert all(axes.images[0].get_array().shape == drawn for axes in figure.axes)


class Plane(torch.nn.Module):
    """Encodes an image as its first two pixels and decodes a place as four pixels, all of its first value."""

    def encode(self, x):
        return x[:, :2]

    def decode(self, z):
        return z[:, :1].expand(-1, 4)


def test_each_place_of_the_plane_shows_what_it_decodes_to():
    images = torch.rand(200, 1, 2, 2)
    loader = make_loader(images, torch.arange(200) % 3)
    places, pictures = analysis.plot_latent_plane(Plane(), loader, "cpu", n=4).axes
    left, right, bottom, top = pictures.images[0].get_extent()
    z = images.flatten(1)[:, :2].numpy()
    assert [left, right] == pytest.approx(np.quantile(z[:, 0], (0.05, 0.95)).tolist())
    assert [bottom, top] == pytest.approx(np.quantile(z[:, 1], (0.05, 0.95)).tolist())
    sheet = pictures.images[0].get_array()
    assert sheet.shape == (12, 12)  # 4 x 4 tiles of 2 x 2 pixels, each with a line beside it
    assert sheet[0, ::3].tolist() == pytest.approx(np.linspace(left, right, 4).tolist())
    assert sheet[:, 0][::3].tolist() == pytest.approx([left] * 4)
    assert sum(len(points.get_offsets()) for points in places.collections) == 200


def test_the_way_between_two_images_is_straight_in_latents_and_in_pixels():
    starts, ends = torch.zeros(2, 4), torch.tensor([[0.8, 0, 0, 0], [0, 0.4, 0, 0]])
    figure = analysis.plot_interpolations(Plane(), starts, ends, "cpu", steps=5)
    pictures = np.array([axes.images[0].get_array() for axes in figure.axes]).reshape(4, 5, 2, 2)
    assert pictures[0, :, 1, 1].tolist() == pytest.approx([0, 0.2, 0.4, 0.6, 0.8])  # decoded: all four pixels
    assert pictures[1, :, 0, 0].tolist() == pytest.approx([0, 0.2, 0.4, 0.6, 0.8])  # faded: the first alone
    assert pictures[1, :, 1, 1].tolist() == [0] * 5
    assert pictures[3, :, 0, 1].tolist() == pytest.approx([0, 0.1, 0.2, 0.3, 0.4])
    assert [axes.get_title() for axes in figure.axes[:5]] == ["0%", "25%", "50%", "75%", "100%"]


def test_ten_classes_have_ten_colours():
    assert len({analysis._class_colour(c) for c in range(10)}) == 10
    assert analysis._class_colour(np.int64(12)) == analysis._class_colour(2)
