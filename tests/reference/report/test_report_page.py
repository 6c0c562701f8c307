"""The report: one page with every figure and number, the same bytes again, also when it was resumed."""

import json
import re
import shutil

import numpy as np
import pytest
from matplotlib.image import imread

from reference.report.drawing import DRAWERS
from reference.report.page import write_report
from reference.report.parts import parts
from reference.report.runs import images_of, load
from reference.report.study import Settings, plans, trained

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
