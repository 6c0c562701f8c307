"""What the pages share: templates that escape everything, one inline style, and a policy that allows no more.

The content security policy names the hashes of our own style and script: whatever else got into a page, it
would neither run nor load.
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


@cache
def templates() -> Environment:
    """Return the page templates; everything put into them is escaped."""
    loader = FileSystemLoader(FOLDER)
    options = {"trim_blocks": True, "lstrip_blocks": True}
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, **options)


@cache
def _inline(*names: str) -> tuple[Markup, str]:
    """Return files of ours as text to put in a page, and the text's hash for the policy."""
    text = "\n".join((FOLDER / name).read_text(encoding="utf-8") for name in names)
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return Markup(text), f"'sha256-{digest}'"


def render(name: str, **values: Any) -> str:
    """Return the page `name` (feedback or report), with its style, and its script where it has one."""
    style, style_hash = _inline("base.css", f"{name}.css")
    policy = f"default-src 'none'; img-src data:; style-src {style_hash}"
    script = Markup("")
    if (FOLDER / f"{name}.js").is_file():
        script, script_hash = _inline(f"{name}.js")
        policy += f"; script-src {script_hash}"
    page = templates().get_template(f"{name}.html")
    return page.render(style=style, script=script, policy=policy, **values)
