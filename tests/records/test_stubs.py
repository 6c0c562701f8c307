"""The message of a stub: the code that writes it and the code that recognises it agree."""

from __future__ import annotations

from autograder.records import stubs


def test_a_stub_is_recognised_by_its_message() -> None:
    text = stubs.sentence("Model.encode", "Return the latents.")
    assert text == "Model.encode is not written yet: Return the latents."
    assert stubs.name_in(text) == "Model.encode"


def test_other_errors_are_not_taken_for_stubs() -> None:
    assert stubs.name_in("subclasses write this method") is None
