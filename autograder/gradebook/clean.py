"""Makes a student's cell safe to show in a browser: text, pictures, markdown without raw HTML."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from mdit_py_plugins.dollarmath import dollarmath_plugin

Cell = dict[str, Any]
PICTURES = ("image/png", "image/jpeg")
STARTS = (b"\x89PNG", b"\xff\xd8\xff\xe0", b"\xff\xd8\xff\xe1", b"\xff\xd8\xff\xdb")
MOST_PICTURE = 2 << 20  # bytes of one picture in base64
MOST_OUTPUTS = 20  # outputs of one cell
MOST_TEXT = 10_000  # characters of one output
MOST_MARKDOWN = 20_000  # characters of a cell; a longer one is not rendered, but shown as typed
MOST_TYPED = 200_000  # characters of a cell shown as typed
MOST_FORMULAS = 100  # formulas in a cell: finding their ends takes time quadratic in their number
LEFT_OUT = "[the rest is left out here]"


def clean(cell: Cell) -> Cell:
    """Return a new cell of the same kind and text, without metadata, HTML, scripts or active output."""
    text = text_of(cell.get("source", ""))
    if cell.get("cell_type") == "code":
        outputs = list(_outputs(cell.get("outputs")))
        return {
            "cell_type": "code",
            "metadata": {},
            "source": text,
            "outputs": outputs,
            "execution_count": None,
        }
    attachments = cell.get("attachments")
    pasted = attachments if isinstance(attachments, dict) else {}
    return {"cell_type": "markdown", "metadata": {}, "source": from_markdown(text, pasted)}


def from_markdown(text: str, attachments: dict[str, Any] | None = None) -> str:
    """Return markdown as one line of safe HTML, which markdown leaves unchanged; math keeps its dollars."""
    if len(text) > MOST_MARKDOWN or text.count("$$") > 2 * MOST_FORMULAS:
        shown = f"<pre>{escapeHtml(text[:MOST_TYPED])}</pre>" + LEFT_OUT * (len(text) > MOST_TYPED)
    else:
        shown = _markdown().render(text, {"attachments": attachments or {}})
    return f"<div>{shown.strip()}</div>".replace("\n", "&#10;")


@cache
def _markdown() -> MarkdownIt:
    """Return a converter that treats raw HTML as text and drops links to scripts."""
    converter = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    converter.use(dollarmath_plugin, renderer=_math)
    converter.add_render_rule("image", _image)
    return converter


def _math(content: str, options: dict[str, Any]) -> str:
    dollars = "$$" if options.get("display_mode") else "$"
    return f"{dollars}{escapeHtml(content)}{dollars}"


def _image(_renderer: Any, tokens: Any, index: int, _options: Any, env: Any) -> str:
    """Show a picture stored in the notebook; a remote one would tell its server who views it."""
    token = tokens[index]
    source = str(token.attrGet("src") or "")
    pasted = env["attachments"].get(source.removeprefix("attachment:"))
    for kind in PICTURES:
        data = pasted.get(kind) if isinstance(pasted, dict) else source.removeprefix(f"data:{kind};base64,")
        if _is_picture(data):
            return f'<img alt="{escapeHtml(token.content)}" src="data:{kind};base64,{data}">'
    return escapeHtml(f"[picture: {token.content or source[:200]}]")


def _is_picture(data: Any) -> bool:
    if not isinstance(data, str) or not 0 < len(data) <= MOST_PICTURE:
        return False
    try:
        return base64.b64decode(data.replace("\n", ""), validate=True)[:4] in STARTS
    except (binascii.Error, ValueError):
        return False


def _outputs(outputs: Any) -> Iterator[Cell]:
    usable = [o for o in outputs if isinstance(o, dict)] if isinstance(outputs, list) else []
    for output in usable[:MOST_OUTPUTS]:
        data = output.get("data")
        picture = _picture(data) if isinstance(data, dict) else None
        if picture:
            yield {"output_type": "display_data", "metadata": {}, "data": picture}
        elif text := _text(output, data):
            yield {"output_type": "stream", "name": "stdout", "text": text}
    if len(usable) > MOST_OUTPUTS:
        yield {"output_type": "stream", "name": "stdout", "text": LEFT_OUT}


def _picture(data: dict[str, Any]) -> dict[str, str] | None:
    for kind in PICTURES:
        text = text_of(data.get(kind, ""), MOST_PICTURE + 1)
        if _is_picture(text):
            return {kind: text}
    return None


def _text(output: Cell, data: Any) -> str:
    """Return an output as text: printed text, a traceback, or a value."""
    traceback = output.get("traceback")
    if isinstance(traceback, list):
        return text_of([f"{line}\n" for line in traceback], MOST_TEXT)
    plain = data.get("text/plain", "") if isinstance(data, dict) else output.get("text", "")
    return text_of(plain, MOST_TEXT)


def text_of(source: Any, most: int | None = None) -> str:
    """Return text of a notebook (a string or a list of strings) as one string, cut at `most` characters."""
    parts = source if isinstance(source, list) else [source]
    text = "".join(part for part in parts if isinstance(part, str)).encode("utf-8", "replace").decode()
    return text if most is None or len(text) <= most else f"{text[:most]}\n{LEFT_OUT}"
