"""Keeps what the last expressions of cells gave, under the names that notebooks know: `_`, `Out[3]`, `_3`."""

from __future__ import annotations

from typing import Any


class Displayed:
    """Takes the place of `sys.displayhook`: stores values in the names of a submission, prints nothing."""

    def __init__(self, names: dict[str, Any]) -> None:
        self._names = names
        self._last: list[Any] = ["", "", ""]
        self._out: dict[int, Any] = {}
        self._count = 0
        self.quiet = False

    def begin_cell(self, quiet: bool) -> None:
        """Count a cell; `quiet` is one that ends in a semicolon, whose value is not kept."""
        self._count += 1
        self.quiet = quiet

    def __call__(self, value: Any) -> None:
        """Keep the value of a cell's last expression, unless it is None."""
        if value is None or self.quiet:
            return
        names, unders = self._names, ("_", "__", "___")
        own = any(n in names and names[n] is not v for n, v in zip(unders, self._last, strict=True))
        self._last = [value, *self._last[:2]]
        self._out[self._count] = value
        if not own:  # a cell that uses `_` as a name of its own keeps it
            names.update(zip(unders, self._last, strict=True))
        names.update({"Out": self._out, "_oh": self._out, f"_{self._count}": value})
