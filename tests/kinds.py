"""Kinds of cells that students write, each with the names to compare, and what a real kernel makes of them.

    python tests/kinds.py        # runs each of kinds.txt in a real kernel and writes kinds.json; `make kinds`

A line of kinds.txt is `name | code | names`: `\\n` ends a line of code, a line `---` its cell. After ` ! `
stands why the worker is meant to make something else of it.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

KEPT = Path(__file__).with_name("kinds.json")
WRITTEN = KEPT.with_suffix(".txt")


@dataclass(frozen=True)
class Kind:
    """One kind: its cells, the names to compare, and why the worker is meant to differ, if so."""

    name: str
    cells: list[str]
    names: list[str]
    differs: str = ""


def kinds() -> list[Kind]:
    """Return the kinds in the order in which they are written."""
    return [_kind(line) for line in WRITTEN.read_text(encoding="utf-8").split("\n") if line]


def _kind(line: str) -> Kind:
    name, rest = line.split(" | ", 1)
    code, asked = rest.rsplit(" | ", 1)
    names, _, differs = asked.partition(" ! ")
    text = code.replace("\\\\", "\0").replace("\\n", "\n").replace("\\r", "\r").replace("\\t", "\t")
    text = text.replace("\\u200b", "\u200b").replace("\\u00a0", "\u00a0").replace("\0", "\\")
    return Kind(name, [cell.strip("\r") for cell in text.split("\n---\n")], names.split(), differs)


def shown(names: dict[str, Any], wanted: list[str]) -> dict[str, str]:
    """Return the type and the value of each wanted name, as text; "missing" for one that is not there."""
    return {n: f"{type(names[n]).__name__} {names[n]!r}"[:200] if n in names else "missing" for n in wanted}


ASK = """
import json as _json
print(_json.dumps({{n: f"{{type(globals()[n]).__name__}} {{globals()[n]!r}}"[:200] if n in globals()
                   else "missing" for n in {names!r}}}))
"""


def of_a_kernel(kind: Kind) -> dict[str, str]:
    """Return what a real kernel makes of a kind: a fresh one, in a fresh folder."""
    from jupyter_client.manager import start_new_kernel

    folder = tempfile.mkdtemp()
    manager, client = start_new_kernel(kernel_name="python3", cwd=folder)
    said: list[str] = []

    def hear(message: dict[str, Any]) -> None:
        if message["msg_type"] == "stream" and message["content"]["name"] == "stdout":
            said.append(message["content"]["text"])

    try:
        for cell in kind.cells:
            client.execute_interactive(cell, output_hook=lambda _: None, allow_stdin=False, timeout=60)
        ask = ASK.format(names=kind.names)
        client.execute_interactive(ask, output_hook=hear, allow_stdin=False, timeout=60)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        shutil.rmtree(folder, ignore_errors=True)
    return json.loads("".join(said))


def main() -> None:
    """Run every kind, or those that are named, in a kernel, and write what came out."""
    kept = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    wanted = [kind for kind in kinds() if not sys.argv[1:] or kind.name in sys.argv[1:]]
    made = {kind.name: of_a_kernel(kind) for kind in wanted}
    kept = {kind.name: made.get(kind.name, kept.get(kind.name)) for kind in kinds()}
    KEPT.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
