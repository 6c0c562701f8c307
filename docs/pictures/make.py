"""Photographs a report's page in a browser, one PNG per section, for the documentation.

    python docs/pictures/make.py REPORT.html NAME        writes docs/pictures/NAME-0.png, NAME-1.png, ...

Needs Chromium (Debian's package `chromium`), which playwright drives.
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
            image.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(out / f"{name}-{i}.png", optimize=True)


if __name__ == "__main__":
    photograph(Path(sys.argv[1]), sys.argv[2], Path(__file__).parent)
