"""Takes pictures of the taught system's report: `python tests/report_pictures.py PAGE.html NAME FOLDER`.

One PNG per section of the page, FOLDER/NAME-0.png and so on, of few colours. Needs Chromium.
"""

import io
import shutil
import sys
from itertools import pairwise
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

WIDTH, COLOURS = 1080, 256
TOPS = "[...document.querySelectorAll('h2')].map(e => e.getBoundingClientRect().top + scrollY)"


def photograph(report: Path, name: str, out: Path) -> None:
    """Write the page's sections as pictures of few colours."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": WIDTH, "height": 1200})
        page.goto(report.resolve().as_uri())
        cuts = [0, *page.evaluate(TOPS), page.evaluate("document.documentElement.scrollHeight")]
        for i, (top, bottom) in enumerate(pairwise(cuts)):
            clip = {"x": 0, "y": top, "width": WIDTH, "height": bottom - top}
            image = Image.open(io.BytesIO(page.screenshot(full_page=True, clip=clip))).convert("RGB")
            few = image.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
            few.save(out / f"{name}-{i}.png", optimize=True)


if __name__ == "__main__":
    photograph(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
