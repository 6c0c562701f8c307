"""The report on the taught system: many seeds trained, measured with intervals, drawn and put into words.

Ordinary code around the lesson: it imports the lesson's modules, and none of them imports this package.
`python -m reference report` calls `command.main`; docs/report.md says what the page contains.
"""
