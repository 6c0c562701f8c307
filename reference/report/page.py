"""Makes the report: trains the runs that are missing, measures, draws, and writes one page.

Writes `report.html` (self-contained: its pictures are inside), the same pictures as PNG, and `numbers.json`.
The same settings give the same bytes on the same machine and versions, whether runs were resumed or not.
"""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import matplotlib
import numpy
import sklearn
import torch

from reference.report.drawing import DRAWERS, SCALE, Drawn, draw
from reference.report.intervals import LEVEL
from reference.report.parts import Part, parts
from reference.report.runs import images_of, run_all, workers
from reference.report.study import Settings, every_seed, plans

__all__ = ["write_report"]

Say = Callable[[str], None]
HERE = Path(__file__).parent


def write_report(
    s: Settings,
    out: Path,
    runs: Path,
    device: str = "cpu",
    jobs: int | None = None,
    say: Say = lambda line: None,
) -> dict[str, Any]:
    """Make the report of these settings in `out`, keeping finished runs in `runs`; returns the numbers.

    Creates both folders. If it is stopped and started again, it trains only the runs that were not finished.
    `jobs` processes share the work (default: one per core). `say` gets a line for each run that ended and
    for each step.
    """
    out.mkdir(parents=True, exist_ok=True)
    wanted = [plan for seed in s.seeds for plan in plans(s, seed).values()]
    with workers(device, jobs) as pool:
        run_all(wanted, runs, pool, device, say)
        say("measuring every run")
        mapper = map if pool is None else pool.map
        seeds = list(every_seed(s, runs, mapper))
        say(f"drawing {len(DRAWERS)} figures")
        drawn, n = Drawn(s, seeds, runs), len(DRAWERS)
        list(mapper(draw, DRAWERS, [drawn] * n, [out] * n))
    numbers = {"settings": asdict(s) | {"root": None}, "seeds": seeds}
    (out / "numbers.json").write_text(json.dumps(numbers, indent=1) + "\n", encoding="utf-8")
    pixels = images_of(wanted[0])[0][0][0].numel()
    (out / "report.html").write_text(_page(s, parts(s, seeds, pixels), out), encoding="utf-8")
    return numbers


def _page(s: Settings, found: Mapping[str, Part], out: Path) -> str:
    """The page as HTML, with the pictures from `out` inside."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    template = environment.get_template("page.html")
    images = {part.figure: _embedded(out / f"{part.figure}.png") for part in found.values() if part.figure}
    return template.render(s=s, parts=found, images=images, versions=_versions(), level=LEVEL) + "\n"


def _embedded(picture: Path) -> tuple[str, int]:
    """A PNG in base64, and its width on the page in pixels."""
    data = picture.read_bytes()
    return base64.b64encode(data).decode(), round(int.from_bytes(data[16:20]) / SCALE)  # bytes of PNG's width


def _versions() -> dict[str, str]:
    return {
        "torch": torch.__version__.split("+")[0],
        "numpy": numpy.__version__,
        "scikit-learn": sklearn.__version__,
        "matplotlib": matplotlib.__version__,
    }
