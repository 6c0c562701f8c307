"""Takes the pictures of the pages in docs/pictures: `python tests/screenshots.py build/demo docs/pictures`.

The first argument is an output folder of `autograder grade`. Each picture shows one screen or a few, and its
file is small.
"""

from __future__ import annotations

import shutil
import sys
from io import BytesIO
from pathlib import Path

from desks import served
from PIL import Image
from playwright.sync_api import sync_playwright

CHROMIUM = shutil.which("chromium") or "chromium"
ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
COLOURS = 96
STUDENT = "mistaken-latent_relu"
SHOTS = (  # name, page, width, height, colour scheme, element to scroll to
    ("report_desktop", "report/index.html", 1280, 1250, "light", None),
    ("report_checks", "report/index.html", 1280, 1000, "light", "#checks"),
    ("report_phone", "report/index.html", 390, 1400, "dark", None),
    ("feedback_desktop", f"feedback/{STUDENT}.html", 1280, 1450, "light", None),
    ("feedback_pictures", f"feedback/{STUDENT}.html", 1280, 1100, "light", "#q-sweep"),
    ("feedback_phone", f"feedback/{STUDENT}.html", 390, 1400, "dark", None),
)
VIEWS = (  # of the desk: name, place; see tests/marking_speed.py for those on written answers
    ("desk_class", ""),
    ("desk_check", "check/losses.mse_of_six_pixels"),
    ("desk_student", f"student/{STUDENT}"),
    ("desk_handback", "handback/csv"),
)
WIDTHS = (("", 1280), ("_tablet", 820))


def main(graded: Path, out: Path) -> None:
    """Write the pictures to `out`."""
    out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright, served(graded) as desk:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        pages = [(name, (graded / page).resolve().as_uri(), *rest) for name, page, *rest in SHOTS]
        pages += [
            (name + ending, desk + place, width, 1000, "light", None)
            for name, place in VIEWS
            for ending, width in WIDTHS
        ]
        for name, page, width, height, scheme, place in pages:
            size = {"width": width, "height": height}
            opened = browser.new_page(viewport=size, color_scheme=scheme)  # type: ignore[arg-type]
            opened.goto(page)
            if "handback" in page:
                opened.get_by_role("button", name="Preview").click()
            if place is not None:
                opened.locator(place).evaluate("element => element.scrollIntoView()")
            picture = Image.open(BytesIO(opened.screenshot())).convert("RGB")
            picture.quantize(COLOURS, dither=Image.Dither.NONE).save(out / f"{name}.png", optimize=True)
            opened.close()
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
