"""Draws who imports whom, room by room: `python tests/rooms.py docs/pictures/rooms.svg HEAD`.

A room is a package of the kit, or a module beside the packages. It stands one floor above the highest room
that it imports; an arrow that does not point down is red. Several revisions are drawn side by side.
"""

from __future__ import annotations

import argparse
import io
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from autograder.records import sources

matplotlib.use("Agg")
ROOT = Path(__file__).parent.parent
Rooms = dict[str, set[str]]  # room → the rooms that it imports


def rooms_at(revision: str) -> tuple[Rooms, dict[str, int]]:
    """Return the rooms of the kit at a revision of this repository, and their numbers of lines."""
    archive = subprocess.run(
        ["git", "-C", str(ROOT), "archive", revision, "autograder"], capture_output=True, check=True
    ).stdout
    with tempfile.TemporaryDirectory() as folder, tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(folder, filter="data")
        return rooms_in(Path(folder))


def rooms_in(root: Path) -> tuple[Rooms, dict[str, int]]:
    """Return the rooms of the kit in a folder, and their numbers of lines."""
    used_by: Rooms = {}
    lines: dict[str, int] = {}
    for path in sorted((root / "autograder").rglob("*.py")):
        inside = path.relative_to(root / "autograder")
        room = inside.parts[0].removesuffix(".py")
        if room.startswith("__"):
            continue
        lines[room] = lines.get(room, 0) + len(path.read_text(encoding="utf-8").splitlines())
        names = [name.split(".") for name in sources.imports(path, root)]
        used_by.setdefault(room, set()).update(parts[1] for parts in names if len(parts) > 1)
    return {room: used - {room} for room, used in used_by.items()}, lines


def floors(rooms: Rooms) -> dict[str, int]:
    """Return the floor of every room, one above the highest that it imports; rooms in a cycle share one."""
    floor: dict[str, int] = {}
    while len(floor) < len(rooms):
        free = [room for room, used in rooms.items() if room not in floor and used <= floor.keys()]
        for room in free or sorted(rooms.keys() - floor.keys()):
            floor[room] = 1 + max((floor.get(other, -1) for other in rooms[room]), default=-1)
    return floor


def places(rooms: Rooms, width: float) -> dict[str, tuple[float, float]]:
    """Return the centre of each room; rooms of one floor are spread over the width."""
    high = floors(rooms)
    centres = {}
    for floor in set(high.values()):
        beside = [room for room in sorted(rooms) if high[room] == floor]
        for n, room in enumerate(beside):
            centres[room] = ((n + 0.5 + 0.12 * (floor % 2)) * width / len(beside), float(floor))
    return centres


def draw(axes: Axes, rooms: Rooms, lines: Mapping[str, int], title: str) -> None:
    """Draw the rooms of one revision."""
    at, width = places(rooms, 10.0), 10.0
    arrows = [(room, other) for room, used in rooms.items() for other in used]
    for room, other in arrows:
        (x, y), (x2, y2) = at[room], at[other]
        style = {"color": "#9aa7b0" if y > y2 else "#c8553d", "lw": 0.6, "shrinkA": 8, "shrinkB": 8}
        axes.annotate("", (x2, y2), (x, y), arrowprops={"arrowstyle": "->", **style})
    for room, (x, y) in at.items():
        box = {"boxstyle": "round,pad=0.3", "facecolor": "#e8f0f4", "edgecolor": "#2a6f97", "lw": 0.8}
        axes.text(x, y, f"{room}\n{lines[room]}", ha="center", va="center", fontsize=7, bbox=box)
    upward = sum(at[room][1] <= at[other][1] for room, other in arrows)
    summary = f"{len(rooms)} rooms, {len(arrows)} arrows, {upward} not downward"
    axes.set_title(f"{title}: {summary}", fontsize=10)
    axes.set_xlim(0, width * 1.02)
    axes.set_ylim(-0.6, max(y for _, y in at.values()) + 0.6)
    axes.axis("off")


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw the rooms at each revision, side by side."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("revisions", nargs="+")
    options = parser.parse_args(arguments)
    figure, all_axes = plt.subplots(
        1, len(options.revisions), figsize=(11 * len(options.revisions), 8), squeeze=False
    )
    for axes, revision in zip(all_axes[0], options.revisions, strict=True):
        draw(axes, *rooms_at(revision), revision)
    figure.tight_layout()
    figure.savefig(options.out, dpi=110, metadata={"Date": None} if options.out.suffix == ".svg" else None)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
