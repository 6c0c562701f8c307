"""The report and its command line: one page, the same bytes again, also resumed; and wrong arguments."""

import json
import re
import shutil
import subprocess
import sys
from concurrent.futures.process import BrokenProcessPool

import numpy as np
import pytest
from matplotlib.image import imread

import reference.report
from reference import __main__ as command
from reference.drawing import DRAWERS
from reference.report import parts, write_report
from reference.runs import load
from reference.study import Settings, plans, trained

TINY = Settings("digits", (0, 1), epochs=2, batch_size=64, latent_dim=4, dims=(2, 4, 8), known_epochs=2)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A report of few, short runs: (folder, folder of its runs, numbers, lines said)."""
    out, runs, lines = tmp_path_factory.mktemp("report") / "new", tmp_path_factory.mktemp("runs"), []
    return out, runs, write_report(TINY, out, runs, jobs=1, say=lines.append), lines


def test_every_figure_is_a_picture_in_the_folder_and_in_the_page(made):
    out = made[0]
    assert {file.stem for file in out.glob("*.png")} == set(DRAWERS)
    assert all(imread(out / f"{name}.png").std() > 0.05 for name in DRAWERS)
    page = (out / "report.html").read_text()
    assert len(re.findall(r'<img width="\d+" src="data:image/png;base64,', page)) == len(DRAWERS)


def test_the_page_holds_every_part_and_asks_nobody_for_anything(made):
    out, _, numbers, _ = made
    page = (out / "report.html").read_text()
    for name, part in parts(TINY, numbers["seeds"], 64).items():
        assert part.figure or part.table, name
        assert all(row[0] in page.replace("&#39;", "'") for row in (part.table.rows if part.table else []))
    assert not re.findall(r'(?:src|href)="(?!data:|#)', page)
    assert "<script" not in page
    assert all(f'alt="{tag}' not in page for tag in ('"', " "))


def test_every_reference_is_cited_and_every_citation_has_a_reference(made):
    page = (made[0] / "report.html").read_text()
    listed = page[page.index('id="references"') :].count("<li>")
    text = page[: page.index('id="references"')]
    cited = {int(n) for group in re.findall(r"\[([\d, \s]+)\]", text) for n in group.split(",")}
    assert cited == set(range(1, listed + 1))


def test_the_numbers_are_written_as_they_are_returned(made):
    out, _, numbers, _ = made
    assert json.loads((out / "numbers.json").read_text()) == json.loads(json.dumps(numbers))
    assert [set(seed) for seed in numbers["seeds"]] == [set(numbers["seeds"][0])] * 2


def test_the_same_seeds_give_the_same_bytes_also_when_it_was_stopped_and_resumed(made, tmp_path):
    out, runs, _, _ = made
    half = tmp_path / "runs"
    shutil.copytree(runs, half)
    for file in sorted(half.glob("*.npz"))[::4]:
        file.unlink()
    write_report(TINY, tmp_path / "again", half, jobs=1)
    for file in sorted(out.iterdir()):
        assert (tmp_path / "again" / file.name).read_bytes() == file.read_bytes(), file.name


def test_progress_and_steps_are_told(made):
    lines = made[3]
    total = len({plan for seed in TINY.seeds for plan in plans(TINY, seed).values()})
    assert next(line for line in lines if f"/{total}  " in line).startswith("  1/")
    assert lines[-2:] == ["measuring every run", f"drawing {len(DRAWERS)} figures"]


def test_the_matrix_is_that_of_the_kept_models(made):
    _, runs, numbers, _ = made
    plan = plans(TINY, 1)["loss", "L1"]
    from reference.runs import images_of

    x = images_of(plan)[1][0].flatten(1)
    x_hat = load(plan, runs)[0](x)[0].detach().double().numpy()
    found, x = numbers["seeds"][1]["losses"]["L1"], x.double().numpy()
    assert found["MSE"] == pytest.approx(np.mean((x_hat - x) ** 2), rel=1e-5)
    assert found["L1"] == pytest.approx(np.mean(np.abs(x_hat - x)), rel=1e-5)
    p = np.clip(x_hat, 1e-7, 1 - 1e-7)
    assert found["BCE"] == pytest.approx(-np.mean(x * np.log(p) + (1 - x) * np.log(1 - p)), rel=1e-4)


def test_a_run_that_went_away_is_named_with_what_to_do(tmp_path):
    with pytest.raises(
        FileNotFoundError, match=r"MSE, k = 4: expected its finished run in .*make the report again"
    ):
        trained(plans(TINY, 0)["loss", "MSE"], tmp_path)


# the command line


def refused(capsys, *arguments):
    """What the command says on its way out with status 2."""
    with pytest.raises(SystemExit) as stop:
        command.main(list(arguments))
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
    said = refused(capsys, "report", "--data", "mnist", "--data-root", root, "--out", out, "--jobs", "1")
    assert str(tmp_path / "MNIST" / "raw") in said
    assert "download" in said


def test_a_file_is_no_folder_to_write_into(capsys, tmp_path):
    (tmp_path / "taken").write_text("")
    said = refused(capsys, "report", "--data", "digits", "--out", str(tmp_path / "taken"))
    assert "expected a folder or a new name, got the file" in said


@pytest.mark.parametrize(
    ("option", "value", "least"),
    [("--epochs", "0", 1), ("--epochs", "many", 1), ("--seeds", "1", 2), ("--jobs", "-1", 1)],
)
def test_numbers_out_of_range_are_refused(capsys, tmp_path, option, value, least):
    said = refused(capsys, "report", "--data", "digits", "--out", str(tmp_path), option, value)
    assert f"expected a whole number from {least}, got '{value}'" in said


@pytest.mark.parametrize("device", ["no such thing", "cuda:99"])
def test_a_device_that_is_not_there_is_refused(capsys, tmp_path, device):
    said = refused(capsys, "report", "--data", "digits", "--out", str(tmp_path), "--device", device)
    assert f"expected one that torch can compute on here, got '{device}'; leave it out" in said


def test_a_process_that_was_killed_is_told_with_what_to_do(capsys, tmp_path, monkeypatch):
    def broken(*_, **__):
        raise BrokenProcessPool("a worker died")

    monkeypatch.setattr(reference.report, "write_report", broken)
    assert command.main(["report", "--data", "digits", "--out", str(tmp_path)]) == 1
    assert "the finished runs are kept: free some and give the same command again" in capsys.readouterr().err


def test_options_become_settings(tmp_path, monkeypatch, capsys):
    seen = []
    monkeypatch.setattr(reference.report, "write_report", lambda *given: seen.append(given))
    arguments = [
        "report",
        "--data",
        "digits",
        "--out",
        str(tmp_path),
        "--seed",
        "7",
        "--seeds",
        "3",
        "--epochs",
        "2",
        "--jobs",
        "2",
        "--device",
        "cpu",
    ]
    assert command.main(arguments) == 0
    settings, out, runs, device, jobs, _ = seen[0]
    assert (settings.seeds, settings.epochs, out, runs) == ((7, 8, 9), 2, tmp_path, tmp_path / "runs")
    assert (device, jobs) == ("cpu", 2)
    assert "wrote report.html, its figures and numbers.json" in capsys.readouterr().out


def test_help_shows_an_example(capsys):
    with pytest.raises(SystemExit) as stop:
        command.main(["--help"])
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
