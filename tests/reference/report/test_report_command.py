"""The report's command line: options become settings, and wrong ones are refused with what to do."""

from concurrent.futures.process import BrokenProcessPool

import pytest

from reference.report import command, page


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

    monkeypatch.setattr(page, "write_report", broken)
    assert command.main(["report", "--data", "digits", "--out", str(tmp_path)]) == 1
    assert "the finished runs are kept: free some and give the same command again" in capsys.readouterr().err


def test_options_become_settings(tmp_path, monkeypatch, capsys):
    seen = []
    monkeypatch.setattr(page, "write_report", lambda *given: seen.append(given))
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
