"""The sentence of a stub: who makes it and who looks for it agree."""

from __future__ import annotations

from autograder.records import stubs


def test_a_stub_is_known_by_its_sentence() -> None:
    text = stubs.sentence("Model.encode", "Return the latents.")
    assert text == "Model.encode is not written yet: Return the latents."
    assert stubs.name_in(text) == "Model.encode"


def test_other_errors_are_no_stubs() -> None:
    assert stubs.name_in("subclasses write this method") is None
