"""Moodle's worksheet in any language: which column says who a row is."""

from __future__ import annotations

import pytest

from autograder.intake.worksheet import Worksheet, is_blind, recognise

REST = ["Status", "Grade", "Maximum grade", "Grade can be changed", "Last modified (grade)"]
GERMAN = ["Status", "Bewertung", "Bestwertung", "Bewertung kann geändert werden", "Zuletzt geändert"]


@pytest.mark.parametrize(
    ("head", "who", "expected"),
    [
        (["Identifier", *REST], ["Participant 7"], Worksheet(0, status=1)),
        (
            ["Identifier", "Full name", "ID number", "Email address", *REST],
            ["Participant 7", "Ada", "s1", "a@x"],
            Worksheet(0, 1, 2, 3, status=4),
        ),
        (
            ["ID", "Vollständiger Name", "E-Mail-Adresse", *GERMAN],
            ["Teilnehmer/in8", "Ada", "a@x"],
            Worksheet(0, 1, None, 2, status=3),
        ),
        (
            ["Identifiant", "Statut", "Groupe", *REST[1:]],
            ["Participant 7", "Remis", "Rouge"],
            Worksheet(0, group=2, status=1),
        ),
        (
            ["識別子", "Nomo", "Retpoŝto", *REST],
            ["参加者 7", "Ada", "a@x"],
            Worksheet(0, 1, None, 2, status=3),
        ),
    ],
)
def test_the_columns_are_found_by_their_words_and_forms(
    head: list[str], who: list[str], expected: Worksheet
) -> None:
    row = [*who, *[""] * (len(head) - len(who))]
    assert recognise([head, row]) == expected
    assert expected.blind == (expected.name is None)


@pytest.mark.parametrize(
    "rows",
    [
        [["name", "id", "email", "a", "b", "c"], ["Ada 1", "s1", "a@x", "", "", ""]],
        [["Identifier", *REST], ["Participant 7"], ["Participant 7"]],
        [["Identifier", *REST], ["Participant 7"], ["Person 8"]],
        [["Identifier", "Full name"], ["Participant 7", "Ada"]],
    ],
)
def test_other_lists_are_not_taken_for_worksheets(rows: list[list[str]]) -> None:
    assert recognise(rows) is None


def test_the_word_for_a_hidden_student_is_known_in_many_languages() -> None:
    assert all(map(is_blind, ("Participant", "Participant 12", "Teilnehmer/in", "Účastník", "Участник 3")))
    assert not is_blind("Ada Participant")


def test_the_times_of_submission_are_the_first_times_after_the_maximum_in_any_language() -> None:
    head = [
        "Identifiant",
        "Statut",
        "Note",
        "Note maximale",
        "Modifiable",
        "Remis le",
        "Noté le",
        "Commentaires",
    ]
    times = ["vendredi 27 novembre 2026, 23:59", "samedi 28 novembre 2026, 10:00"]
    rows = [["Participant 7", "Remis", "", "90,00", "Oui", *times, ""]]
    rows += [["Participant 8", "Remis", "", "90,00", "Oui", "-", "-", ""]]
    for listed, expected in ((rows, 5), (rows[1:], None)):
        form = recognise([head, *listed])
        assert form is not None
        assert form.modified == expected
