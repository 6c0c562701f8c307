"""Makes the lesson's page from its notebook: text, formulas, figures and measured sentences, without code.

A figure's cell has a `caption` and an `alt` (what the figure shows, for those who cannot see it) in its
metadata. The page needs no network and no script. Run it with a notebook and the page to write:
`python -m autograder.pages.lesson reference/lesson.ipynb assignments/latent_space/lesson.html`.
"""

from __future__ import annotations

import base64
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt
from markupsafe import Markup
from mdit_py_plugins.dollarmath import dollarmath_plugin

from autograder.errors import AssignmentError
from autograder.pages import formula, page
from autograder.records.files import write_whole

TITLE = re.compile(r"^# (.+)$", re.MULTILINE)
SECTION = re.compile(r"^## (.+)$", re.MULTILINE)


def page_of(notebook: str) -> str:
    """Return the page of an executed notebook (its JSON) as HTML.

    Raises AssignmentError if a figure has no caption or no alternative text, or if the notebook did not run.
    """
    cells = json.loads(notebook)["cells"]
    text = "\n\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
    title = TITLE.search(text)
    return page.render(
        "lesson",
        title=title[1] if title else "Lesson",
        contents=[(_anchor(name), name) for name in SECTION.findall(text)],
        parts=[part for cell in cells for part in _parts(cell)],
    )


def _parts(cell: dict[str, Any]) -> Iterator[Markup]:
    source = "".join(cell["source"])
    if cell["cell_type"] == "markdown":
        yield _html(source)
        return
    if cell["execution_count"] is None:
        raise AssignmentError(f"the lesson's notebook has a cell that was not run; run it: {source[:60]!r}")
    for output in cell["outputs"]:
        data = output.get("data", {})
        if "image/png" in data:
            yield _figure(data["image/png"], cell["metadata"], source)
        elif "text/markdown" in data:
            yield _html("".join(data["text/markdown"]))


def _figure(encoded: str, said: dict[str, str], source: str) -> Markup:
    """Return a figure as wide as it was drawn, at most as wide as the page."""
    for what in ("caption", "alt"):
        if what not in said:
            raise AssignmentError(
                f"a figure of the lesson has no {what!r} in its cell's metadata; add it to {source[:60]!r}"
            )
    data = base64.b64decode(encoded)
    width = int.from_bytes(data[16:20])  # of a PNG
    image = '<figure class="drawn"><div class="scroll" tabindex="0" role="group" aria-label="Figure">'
    image += '<img width="{}" src="data:image/png;base64,{}" alt="{}"></div>'
    drawn = Markup(image).format(width, base64.b64encode(data).decode(), said["alt"])
    return drawn + Markup("<figcaption>{}</figcaption></figure>").format(_html(said["caption"], inline=True))


def _html(text: str, inline: bool = False) -> Markup:
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    markdown.use(dollarmath_plugin, renderer=_math)
    if inline:
        return Markup(markdown.renderInline(text))
    html = markdown.render(text)
    html = re.sub(r"<h2>(.*?)</h2>", lambda m: f'<h2 id="{_anchor(m[1])}">{m[1]}</h2>', html)
    return Markup(html.replace("<table>", TABLE).replace("</table>", "</table></div>"))


JOINED = "\N{WORD JOINER}"  # after a formula, so that a full stop stays beside it
TABLE = '<div class="scroll" tabindex="0" role="group" aria-label="Table"><table>'


def _math(content: str, options: dict[str, Any]) -> str:
    drawn = formula.svg(" ".join(content.split()))
    return f'<span class="display">{drawn}</span>' if options.get("display_mode") else f"{drawn}{JOINED}"


def _anchor(title: str) -> str:
    return re.sub(r"\W+", "-", title.lower()).strip("-")


def main(notebook: Path, out: Path) -> None:
    """Write the page of the notebook to `out`."""
    write_whole(out, page_of(notebook.read_text(encoding="utf-8")))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
