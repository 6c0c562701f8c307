"""The notes about loading: what failed, what followed from it, and names used too early."""

from __future__ import annotations

from autograder.worker import loader, notes


def load(*sources: str) -> list[str]:
    cells: list[list[object]] = [[f"cell {n}", source, 1] for n, source in enumerate(sources, start=1)]
    return loader.load("loaded_for_a_test", cells).notes


def test_an_import_below_its_use_is_named_with_its_place() -> None:
    assert load("x = math.pi", "y = 1", "import math") == [
        "cell 1, line 1: NameError: name 'math' is not defined; skipped: fix "
        "this statement if your answers need it; `math` is there only from cell 3, line 1 on: move that up, "
        "above its first use"
    ]


def test_a_name_that_is_never_bound_is_not_said_to_be_below() -> None:
    (note,) = load("x = no_such_name", "y = 1")
    assert note.endswith("; skipped: fix this statement if your answers need it")


def test_what_follows_from_an_early_use_is_counted_with_it() -> None:
    (note,) = load("x = half(3)", "y = x + 1\nz = y", "def half(n): return n / 2")
    assert "`half` is there only from cell 3, line 1 on" in note
    assert note.endswith("(2 later statements failed because of this)")


def test_an_exception_whose_message_raises_is_still_described() -> None:
    class Rude(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    assert notes.describe(Rude()) == "Rude: (its message cannot be shown)"
