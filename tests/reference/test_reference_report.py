"""The report and its command line: what is written, that it repeats, and what is said to wrong arguments."""

import json
import subprocess
import sys

import pytest
from matplotlib.image import imread

from reference import data
from reference.__main__ import main
from reference.data import make_loader
from reference.report import Run, as_markdown, sweep, write_report

FIGURES = {
    "arithmetic",
    "error_curve",
    "interpolation",
    "latent_2d",
    "latent_tsne",
    "loss_comparison",
    "reconstruction_errors",
}


@pytest.fixture(scope="module")
def small_run(digits, tmp_path_factory):
    """A report on 400 digits, two epochs: (run, numbers, lines said)."""
    loaders = [
        make_loader(*(t[:n] for t in loader.dataset.tensors), batch_size=64)
        for n, loader in zip((400, 200), digits, strict=True)
    ]
    out, lines = tmp_path_factory.mktemp("report") / "new", []
    run = Run("digits", *loaders, out, epochs=2, latent_dim=8, dims=(2, 4, 8))
    return run, write_report(run, lines.append), lines


def test_every_figure_is_written_as_an_image(small_run):
    files = {file.stem: imread(file) for file in small_run[0].out.glob("*.png")}
    assert set(files) == FIGURES
    assert all(min(image.shape[:2]) > 200 and image.std() > 0.05 for image in files.values())


def test_the_numbers_are_written_as_they_are_returned(small_run):
    run, numbers, _ = small_run
    assert json.loads((run.out / "numbers.json").read_text()) == numbers
    assert (run.out / "numbers.md").read_text() == as_markdown(numbers)


def test_the_numbers_cover_every_part(small_run):
    run, numbers, _ = small_run
    assert set(numbers["losses"]) == {"MSE", "BCE", "L1"}
    assert [row["dim"] for row in numbers["sweep"]] == list(run.dims)
    assert numbers["elbow"] in run.dims
    assert numbers["losses"]["MSE"]["MSE"] == pytest.approx(numbers["errors"]["mean"], rel=1e-5)
    assert set(numbers["errors"]["by_class"]) == {str(c) for c in range(10)}
    assert numbers["properties"]["path / chord"]["trained"] >= 1
    assert numbers["disentanglement"]["true factors"]["linear R²"] == pytest.approx(1)


def test_each_part_is_announced(small_run):
    assert len(small_run[2]) == 4


def test_the_page_shows_each_dimension_with_its_error(small_run):
    page = as_markdown(small_run[1])
    for row in small_run[1]["sweep"]:
        assert f"| {row['dim']} | {row['error']:.4f} | {row['pca']:.4f} |" in page


def test_the_same_seed_gives_the_same_numbers_and_another_does_not(tmp_path):
    def errors(seed):
        loaders = data.digits(batch_size=512, seed=0)
        return sweep(Run("digits", *loaders, tmp_path, epochs=1, latent_dim=4, dims=(2, 4), seed=seed))

    assert errors(3) == errors(3)
    assert errors(3) != errors(4)


def refused(capsys, *arguments):
    """What the command says on its way out with status 2."""
    with pytest.raises(SystemExit) as stop:
        main(list(arguments))
    assert stop.value.code == 2
    return " ".join(capsys.readouterr().err.split())


def test_unknown_data_are_refused_with_the_known_ones(capsys):
    said = refused(capsys, "report", "--data", "letters", "--out", "x")
    assert "invalid choice: 'letters'" in said
    assert "digits" in said
    assert "mnist" in said


def test_mnist_without_its_folder_is_refused_with_what_to_add(capsys, tmp_path):
    said = refused(capsys, "report", "--data", "mnist", "--out", str(tmp_path))
    assert "expected --data-root DIR as well, got none" in said


def test_mnist_that_is_not_there_is_refused_with_where_it_was_looked_for(capsys, tmp_path):
    root, out = str(tmp_path), str(tmp_path / "out")
    said = refused(capsys, "report", "--data", "mnist", "--data-root", root, "--out", out)
    assert str(tmp_path / "MNIST" / "raw") in said
    assert "download" in said


def test_a_file_is_no_folder_to_write_into(capsys, tmp_path):
    (tmp_path / "taken").write_text("")
    said = refused(capsys, "report", "--data", "digits", "--out", str(tmp_path / "taken"))
    assert "expected a folder or a new name, got the file" in said


@pytest.mark.parametrize("epochs", ["0", "-1", "many"])
def test_epochs_must_be_a_whole_number_from_one(capsys, tmp_path, epochs):
    said = refused(capsys, "report", "--data", "digits", "--out", str(tmp_path), "--epochs", epochs)
    assert "expected a whole number from 1" in said


def test_help_shows_an_example(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--help"])
    assert stop.value.code == 0
    assert "python -m reference report --data digits --out report" in capsys.readouterr().out


def test_importing_the_model_loads_no_plotting_and_no_scikit_learn():
    heavy = "{'matplotlib', 'sklearn', 'torchvision', 'rich'}"
    code = f"import sys, reference.model; print(*{heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_every_public_name_can_be_had_from_the_package():
    import reference

    assert all(callable(getattr(reference, name)) for name in reference.__all__)
    with pytest.raises(AttributeError, match="no attribute 'Autoencoder'; it has AutoencoderWithAnalysis"):
        _ = reference.Autoencoder
