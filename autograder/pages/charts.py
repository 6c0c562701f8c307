"""Draws exhibits and charts as small HTML: images as inline PNG, curves and bars as SVG.

Colours come from CSS classes of the page, so drawings follow its light, dark and print styles.
"""

from __future__ import annotations

import base64
import math
import struct
import zlib
from collections.abc import Sequence
from itertools import groupby, pairwise

from markupsafe import Markup

from autograder.records.results import Exhibit, Picture

WIDTH, HEIGHT = 420, 230  # of a curve, in its own units
LEFT, RIGHT, TOP, BOTTOM = 52, 14, 14, 40
ACROSS = 5  # images that stand beside each other on a phone


def png(pixels: bytes, width: int) -> str:
    """Return grey pixels (bytes, row by row) as the data URI of a PNG."""
    rows = [pixels[i : i + width] for i in range(0, len(pixels), width)]
    header = struct.pack(">IIBBBBB", width, len(rows), 8, 0, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + row for row in rows), 9)
    parts = [(b"IHDR", header), (b"IDAT", body), (b"IEND", b"")]
    chunks = [struct.pack(">I", len(d)) + n + d + struct.pack(">I", zlib.crc32(n + d)) for n, d in parts]
    return "data:image/png;base64," + base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"".join(chunks)).decode()


def draw(exhibit: Exhibit) -> Markup:
    """Return an exhibit as HTML."""
    return {"images": _images, "strip": _strip, "curve": _curve}[exhibit.kind](exhibit)


def _image(picture: Picture, width: int) -> Markup:
    return Markup(
        f'<img alt="" src="{png(bytes.fromhex(picture.pixels), width)}">'
    )  # base64 needs no escaping


def _images(exhibit: Exhibit) -> Markup:
    """Return rows of images in blocks of a few columns, which stand below each other on a narrow screen."""
    groups = groupby(exhibit.pictures, lambda picture: picture.label)
    rows = [(label, list(pictures)) for label, pictures in groups]
    longest = max((len(pictures) for _, pictures in rows), default=0)
    blocks = [_block(rows, start, exhibit.width) for start in range(0, longest, ACROSS)]
    return Markup('<div class="pictures">{}</div>').format(Markup("").join(blocks))


def _block(rows: Sequence[tuple[str, Sequence[Picture]]], start: int, width: int) -> Markup:
    """Return the columns from `start` of each row; a screen reader hears a row's label and length once."""
    parts = []
    for label, pictures in rows:
        images = Markup("").join(_image(picture, width) for picture in pictures[start : start + ACROSS])
        alt = Markup(' role="img" aria-label="{}"').format(f"{label}: {len(pictures)} images")
        row = '<span class="label"{}>{}</span><span class="images"{}>{}</span>'
        hidden = Markup(' aria-hidden="true"')
        parts.append(Markup(row).format(hidden if start else "", label, hidden if start else alt, images))
    return Markup('<div class="block">{}</div>').format(Markup("").join(parts))


def _strip(exhibit: Exhibit) -> Markup:
    terms = []
    for picture in exhibit.pictures:
        sign = Markup('<span class="sign">{}</span>').format(picture.sign) if picture.sign else ""
        term = '<span class="term">{}<span class="framed">{}<span class="label">{}</span></span></span>'
        terms.append(Markup(term).format(sign, _image(picture, exhibit.width), picture.label))
    return Markup('<div class="strip">{}</div>').format(Markup("").join(terms))


# --- curves ---------------------------------------------------------------------------------------------


def ticks(top: float, about: int = 4) -> list[float]:
    """Return round numbers from 0 to at least `top`, in about `about` steps."""
    top = max(top, 1e-12)
    rough = top / about
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= rough * 0.999)
    return [i * step for i in range(math.ceil(top / step - 1e-9) + 1)]


def _curve(exhibit: Exhibit) -> Markup:
    marks = ticks(max([*exhibit.y, *exhibit.high]))
    last = len(exhibit.x) - 1

    def at(i: int, y: float) -> str:
        across = LEFT + (WIDTH - LEFT - RIGHT) * (i / last if last else 0.5)
        return f"{across:.1f},{HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * max(y, 0) / marks[-1]:.1f}"

    def line(values: Sequence[float]) -> list[str]:
        return [at(i, y) for i, y in enumerate(values)]

    band = " ".join(line(exhibit.high) + line(exhibit.low)[::-1])
    parts = [_rule(at(0, t), t) for t in marks]
    parts += [_below(at(i, 0), x) for i, x in enumerate(exhibit.x)]
    parts.append(Markup('<polygon class="band" points="{}"/>').format(band))
    parts.append(Markup('<polyline class="line" points="{}"/>').format(" ".join(line(exhibit.y))))
    parts += [_dot(at(i, y), exhibit.x[i] == exhibit.mark) for i, y in enumerate(exhibit.y)]
    if exhibit.mark in exhibit.x:
        i = exhibit.x.index(exhibit.mark)
        parts.append(_label(at(i, exhibit.y[i]), f"your {exhibit.mark_name}"))
    values = ", ".join(f"{x:g}: {y:g}" for x, y in zip(exhibit.x, exhibit.y, strict=True))
    mark = "" if exhibit.mark is None else f"; {exhibit.mark_name} at {exhibit.mark:g}"
    alt = f"{exhibit.y_name} by {exhibit.x_name}: {values}{mark}"
    svg = '<svg class="curve" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}</svg>'
    axis = Markup('<text class="axis" x="{}" y="{}">{}</text>').format(
        (WIDTH + LEFT) // 2, HEIGHT - 4, exhibit.x_name
    )
    return Markup(svg).format(WIDTH, HEIGHT, alt, Markup("").join(parts), axis)


def _rule(point: str, value: float) -> Markup:
    y = float(point.split(",")[1])
    rule = '<line class="rule" x1="{}" x2="{}" y1="{}" y2="{}"/><text class="left" x="{}" y="{}">{}</text>'
    return Markup(rule).format(LEFT, WIDTH - RIGHT, y, y, LEFT - 8, y + 4, f"{value:g}")


def _below(point: str, value: float) -> Markup:
    x, y = point.split(",")
    return Markup('<text class="below" x="{}" y="{}">{}</text>').format(x, float(y) + 16, f"{value:g}")


def _dot(point: str, marked: bool) -> Markup:
    x, y = point.split(",")
    return Markup('<circle class="{}" cx="{}" cy="{}" r="{}"/>').format(
        "dot marked" if marked else "dot", x, y, 6 if marked else 3.5
    )


def _label(point: str, text: str) -> Markup:
    x, y = map(float, point.split(","))
    return Markup('<text class="mark" x="{}" y="{}">{}</text>').format(x + 8, y - 10, text)


# --- bars -----------------------------------------------------------------------------------------------

BARS = 10  # at most, in a histogram of scores


def histogram(scores: Sequence[int], most: int) -> Markup:
    """Return a histogram of scores from 0 to `most` in about ten bars between round numbers, as SVG."""
    edges = [int(edge) for edge in ticks(most, max(1, min(BARS, most)))]
    counts = [sum(a <= s < b for s in scores) for a, b in pairwise(edges)]
    counts[-1] += sum(s == edges[-1] for s in scores)
    return bars(counts, edges, "points", "submissions by points")


def bars(counts: Sequence[int], edges: Sequence[float], axis: str, alt: str) -> Markup:
    """Return bars of `counts` between `edges`, as SVG; `axis` names the edges, `alt` the whole."""
    marks = ticks(max([*counts, 1]))
    step, tall = (WIDTH - LEFT - RIGHT) / len(counts), HEIGHT - TOP - BOTTOM
    parts = [_rule(f"0,{HEIGHT - BOTTOM - tall * t / marks[-1]:.1f}", t) for t in marks if t == int(t)]
    for i, n in enumerate(counts):
        x, high = LEFT + i * step, tall * n / marks[-1]
        bar = '<rect class="column" x="{}" y="{}" width="{}" height="{}"/>'
        parts.append(
            Markup(bar).format(
                f"{x + 2:.1f}", f"{HEIGHT - BOTTOM - high:.1f}", f"{step - 4:.1f}", f"{high:.1f}"
            )
        )
        if n and len(counts) <= BARS:
            parts.append(_above(x + step / 2, HEIGHT - BOTTOM - high - 5, str(n)))
    shown = [(i, edge) for i, edge in enumerate(edges) if len(counts) <= BARS or i % 2 == 0]
    parts += [_below(f"{LEFT + i * step:.1f},{HEIGHT - BOTTOM}", edge) for i, edge in shown]
    text = Markup('<text class="axis" x="{}" y="{}">{}</text>')
    parts.append(text.format((WIDTH + LEFT) // 2, HEIGHT - 4, axis))
    listed = ", ".join(f"{a:g} to {b:g}: {n}" for (a, b), n in zip(pairwise(edges), counts, strict=True) if n)
    svg = '<svg class="histogram" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>'
    return Markup(svg).format(WIDTH, HEIGHT, f"{alt}: {listed or 'none'}", Markup("").join(parts))


def _above(x: float, y: float, text: str) -> Markup:
    return Markup('<text class="count" x="{}" y="{}">{}</text>').format(f"{x:.1f}", f"{y:.1f}", text)
