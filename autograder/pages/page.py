"""What the pages share: templates that escape everything, an inline style, and a content security policy.

The policy lists the hashes of the kit's style and script, so nothing else in a page can run or load.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

FOLDER = Path(__file__).parent / "templates"
HEAD = 1000  # characters at the start of a page that include its key


@cache
def templates() -> Environment:
    """Return the page templates, which escape every value."""
    loader = FileSystemLoader(FOLDER)
    return Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )


@cache
def _inline(*names: str) -> tuple[Markup, str]:
    """Return the kit's files `names` as one text for a page, and the text's hash for the policy."""
    text = "\n".join((FOLDER / name).read_text(encoding="utf-8") for name in names)
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return Markup(text), f"'sha256-{digest}'"


@cache
def _made_by() -> str:
    """Return a hash of the kit's code and templates that make a page."""
    folder = Path(__file__).parent
    names = ("page", "feedback", "standing", "boxes", "charts", "excerpt", "handout")
    made_by = [folder / f"{name}.py" for name in names]
    files = [*made_by, *sorted(FOLDER.iterdir())]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def key_of(*parts: str) -> str:
    """Return a key of a page's contents and of the code that makes it: equal keys mean equal pages."""
    return hashlib.sha256("\0".join([_made_by(), *parts]).encode()).hexdigest()


def is_current(path: Path, key: str) -> bool:
    """True if the page at `path` exists and was made with `key`."""
    try:
        with path.open(encoding="utf-8") as file:
            return f'content="{key}"' in file.read(HEAD)
    except (OSError, UnicodeDecodeError):
        return False


def render(name: str, key: str = "", look: str = "", **values: Any) -> str:
    """Return the page `name` with its style and, if it has one, its script: those called `look`, or `name`.

    The head of the page contains `key`, for `is_current`.
    """
    look = look or name
    style, style_hash = _inline("base.css", f"{look}.css")
    policy = f"default-src 'none'; img-src data:; style-src {style_hash}"
    script = Markup("")
    if (FOLDER / f"{look}.js").is_file():
        script, script_hash = _inline(f"{look}.js")
        policy += f"; script-src {script_hash}"
    page = templates().get_template(f"{name}.html")
    return page.render(style=style, script=script, policy=policy, key=key, **values)
