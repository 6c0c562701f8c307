"""Keeps what the last expressions of cells gave, under the names that notebooks know: `_`, `Out[3]`, `_3`."""

from __future__ import annotations

from typing import Any


class Displayed:
    """Takes the place of `sys.displayhook`: stores values in the names of a submission, prints nothing.

    With `history`, the names also have the lists of cells and values, as in a kernel.
    """

    def __init__(self, names: dict[str, Any], history: bool) -> None:
        self._names = names
        self._in = [""]
        self._last: list[Any] = ["", "", ""]
        self._out: dict[int, Any] = {}
        self._count = 0
        self._quiet = False
        if history:
            names.update({"In": self._in, "_ih": self._in, "Out": self._out, "_oh": self._out})

    def begin_cell(self, source: str) -> None:
        """Count a cell; the value of one that ends in a semicolon is not kept."""
        self._count += 1
        self._in.append(source)
        self._quiet = source.rstrip().endswith(";")

    def __call__(self, value: Any) -> None:
        """Keep the value of a cell's last expression, unless it is None."""
        if value is None or self._quiet:
            return
        names, unders = self._names, ("_", "__", "___")
        own = any(n in names and names[n] is not v for n, v in zip(unders, self._last, strict=True))
        self._last = [value, *self._last[:2]]
        self._out[self._count] = value
        if not own:  # a cell that uses `_` as a name of its own keeps it
            names.update(zip(unders, self._last, strict=True))
        names[f"_{self._count}"] = value
