"""Reads what Moodle's worksheet says about a hand-in: draft, late and by how much, and the time."""

DRAFT = "a draft in Moodle, not submitted"


def is_draft(status: str) -> bool:
    return "draft" in status.lower()
