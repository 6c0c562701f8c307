"""The pytest plugin that runs a suite's checks against one submission and keeps a record of each.

A check is a test function in `test_<question>.py`, marked with `check(points=…)`, whose docstring is the
sentence that the student reads. Whatever a check raises is turned into an outcome here: a StudentFault is
the student's, anything else is a bug of the suite (SuiteError) and leaves the submission ungraded.
"""

from __future__ import annotations

import importlib
import math
import os
import sys
import time
import zlib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest
from threadpoolctl import threadpool_limits

from autograder.errors import Mismatch, StudentFault, SuiteError
from autograder.judge import exhibit, expect
from autograder.judge.session import Session
from autograder.judge.student import Student
from autograder.records.assignment import Assignment, Question
from autograder.records.results import CheckResult, Visibility

UNUSED = ("cacheprovider", "terminal", "unraisableexception", "threadexception")  # the last two: gc.collect()
OPTIONS = ["-s", "--import-mode=importlib", "--noconftest", *(f"-pno:{plugin}" for plugin in UNUSED)]
MOST_MARGIN = 1e9  # that a result tells of: JSON has no infinity
MOST_PRINTED = 2000  # characters that a result keeps
RETRIES = 2  # of checks that lost their worker, or waited out their time, in one submission


@dataclass(frozen=True)
class Rule:
    """What a check's mark, name, docstring and place say about it."""

    id: str
    question: str
    visibility: Visibility
    title: str
    points: int
    cpu: int
    wall: int
    kept: str

    def result(self, **facts: Any) -> CheckResult:
        """Return a result of this check with the given facts."""
        return CheckResult(
            id=self.id,
            question=self.question,
            visibility=self.visibility,
            title=self.title,
            max_points=self.points,
            **facts,
        )


def rule_of(item: pytest.Item, assignment: Assignment) -> Rule:
    """Read a check's rule from its test function. Raises SuiteError when something is missing."""
    mark, doc = item.get_closest_marker("check"), getattr(item.obj, "__doc__", None)  # type: ignore[attr-defined]
    if mark is None or not doc or type(mark.kwargs.get("points")) is not int or mark.kwargs["points"] < 0:
        raise SuiteError(
            f"{item.nodeid}: expected a docstring and @check(points=…) with whole points; add them"
        )
    question = _question_of(item.path, assignment)
    limits = assignment.limits
    return Rule(
        id=f"{question.id}.{item.name.removeprefix('test_')}",
        question=question.id,
        visibility="hidden" if item.path.parent.name == "hidden" else "public",
        title=" ".join(doc.split()),
        points=mark.kwargs["points"],
        cpu=mark.kwargs["cpu"] or limits.check_cpu_seconds,
        wall=mark.kwargs["wall"] or limits.check_wall_seconds,
        kept=mark.kwargs["kept"],
    )


def _question_of(path: Path, assignment: Assignment) -> Question:
    """Return the question that a file of checks, `test_<question>.py`, is about."""
    return assignment.question(path.stem.removeprefix("test_"))


def check_rubric(rules: list[Rule], assignment: Assignment, whole: bool) -> None:
    """Hold the checks against the rubric: unique ids, and points that add up when all are here."""
    ids = [rule.id for rule in rules]
    twice = sorted({i for i in ids if ids.count(i) > 1})
    if twice:
        raise SuiteError(f"two checks go by one name: {', '.join(twice)}; rename one")
    for question in assignment.questions:
        points = sum(rule.points for rule in rules if rule.question == question.id)
        if points > question.points or (whole and points != question.points):
            raise SuiteError(
                f"{question.id}: the checks award {points} points, the rubric says {question.points}; "
                "make them agree"
            )


class JudgePlugin:
    """Collects rules, runs checks against `session` (None to collect only), and keeps the results."""

    def __init__(
        self, assignment: Assignment, session: Session | None, whole: bool, only: Collection[str], seed: int
    ) -> None:
        self.assignment = assignment
        self.session = session
        self.whole = whole
        self.only = only
        self.seed = seed
        self.rules: dict[str, Rule] = {}
        self.asked = 0  # how many checks are to be run
        self.reruns = 0  # of checks whose worker was lost
        self.results: list[CheckResult] = []
        self.broken: Exception | None = None
        self._cpu = 0.0  # seconds, of the processes of one check
        self._printed: dict[tuple[Path, str], str] = {}  # by a check, or what some share

    def pytest_configure(self, config: pytest.Config) -> None:
        """Make the mark known."""
        config.addinivalue_line("markers", "check(points, cpu, wall): a check and its points")

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Read all rules, hold them against the rubric, and put the checks in order."""
        if self.broken is not None:  # a file of the suite could not be imported
            items.clear()
            return
        try:
            self.rules = {item.nodeid: rule_of(item, self.assignment) for item in items}
            check_rubric(list(self.rules.values()), self.assignment, self.whole)
        except Exception as error:
            self.broken = error
            items.clear()
            return
        if not self.whole:  # in practice nobody sees a picture
            self.rules = {name: rule for name, rule in self.rules.items() if rule.points}
            items[:] = [item for item in items if item.nodeid in self.rules]
        items.sort(key=lambda item: self._turn(self.rules[item.nodeid]))
        if self.session is None:
            items.clear()
        elif self.only:
            items[:] = [item for item in items if self._wanted(self.rules[item.nodeid])]
        self.asked = len(items)

    def _wanted(self, rule: Rule) -> bool:
        return rule.id in self.only or rule.question in self.only

    def _turn(self, rule: Rule | CheckResult) -> tuple[bool, int]:
        """Return when a check runs: the hidden last, so that no public one can tell what they handed over."""
        order = [question.id for question in self.assignment.questions]
        return rule.visibility == "hidden", order.index(rule.question)

    def sorted_results(self) -> list[CheckResult]:
        """Return the results question by question, the public checks first."""
        return sorted(self.results, key=lambda result: self._turn(result)[::-1])

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Remember a suite that cannot even be imported."""
        if report.failed and self.broken is None:
            self.broken = SuiteError(f"{report.nodeid} cannot be collected: {report.longreprtext[-800:]}")

    @pytest.fixture
    def student(self, request: pytest.FixtureRequest) -> Student:
        """The submission, in a fresh process of its own for each check."""
        rule = self.rules[request.node.nodeid]
        return self._begin(rule.question, rule.id, rule.cpu, rule.wall)

    @pytest.fixture(scope="session")
    def ask_once(self) -> Callable[[Callable[[Student], Any], Path], Any]:
        """Ask what several checks look at, in a fresh process of its own; see `shared`."""

        def asked(ask: Callable[[Student], Any], path: Path) -> Any:
            question = _question_of(path, self.assignment)
            limits = self.assignment.limits
            name = f"{question.id}.{ask.__name__}"
            try:
                value = ask(
                    self._begin(question.id, name, limits.check_cpu_seconds, limits.check_wall_seconds)
                )
            except Exception:
                self._end(path, ask.__name__)
                raise
            self._end(path, ask.__name__)
            return value

        return asked

    def _begin(self, question: str, name: str, cpu: int, wall: int) -> Student:
        """Begin a fresh process of the submission, seeded by the name of what it is for."""
        assert self.session is not None
        self.session.begin(question, zlib.crc32(name.encode()) + self.seed, cpu, wall)
        return Student(self.session)

    def _end(self, path: Path, name: str) -> None:
        """End the process that was begun, if any; keep what it used, and what it printed by its name."""
        assert self.session is not None
        ended = self.session.end()
        self._cpu += ended.cpu
        self._printed[path, name] = ended.output

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool:
        """Run one check with pytest's own machinery and record how it ended."""
        if self.broken is not None:
            return True
        assert self.session is not None
        began, losses = time.monotonic(), self.session.losses
        error = self._attempt(item)
        lost = isinstance(error, StudentFault) and losses < self.session.losses
        if lost and self.reruns < RETRIES:  # by the machine's doing perhaps
            self.reruns += 1
            _phase(item, "teardown", nextitem=None)  # what was to be asked once is asked again too
            losses = self.session.losses
            error = self._attempt(item)
        kept = losses == self.session.losses  # else the next check asks once more for what they share
        torn = _phase(item, "teardown", nextitem=nextitem if kept else None)
        self._record(item, error or torn, time.monotonic() - began)
        return True

    def _attempt(self, item: pytest.Item) -> BaseException | None:
        """Run one check once, but for its teardown, and return what it raised."""
        expect.margins.clear()
        exhibit.shown.clear()
        self._cpu = 0.0
        item._initrequest()  # type: ignore[attr-defined]
        error = _phase(item, "setup") or _phase(item, "call")
        try:
            self._end(item.path, item.name)
        except Exception as failure:
            error = error if error is not None and not isinstance(error, StudentFault) else failure
        return error

    def _record(self, item: pytest.Item, error: BaseException | None, seconds: float) -> None:
        rule = self.rules[item.nodeid]
        if isinstance(error, AssertionError):
            error = Mismatch(rule.title, str(error))
        if exhibit.shown and rule.visibility == "hidden":
            error = SuiteError(f"{rule.id}: a hidden check showed a picture; move it to a public one")
        if error is not None and not isinstance(error, StudentFault):
            self.broken = _broken(rule, error)
            return
        facts = _passed(rule) if error is None else _lost(rule, error)
        margin = max((min(m, MOST_MARGIN) for m in expect.margins if not math.isnan(m)), default=None)
        times = {"seconds": round(seconds, 4), "cpu_seconds": round(self._cpu, 4)}
        margin = None if margin is None else float(f"{margin:.4g}")
        if error is not None:
            names = (*item.fixturenames, item.name)  # type: ignore[attr-defined]
            facts["printed"] = _shortened("".join(self._printed.get((item.path, n), "") for n in names))
        self.results.append(rule.result(**facts, **times, margin=margin, exhibits=tuple(exhibit.shown)))


def _phase(item: pytest.Item, when: Literal["setup", "call", "teardown"], **how: Any) -> BaseException | None:
    """Run one phase of a check by pytest's own hooks and return what it raised; no report is made of it."""
    hook = getattr(item.ihook, f"pytest_runtest_{when}")
    stops = (KeyboardInterrupt, pytest.exit.Exception)
    call = pytest.CallInfo.from_call(lambda: hook(item=item, **how), when, stops)
    return call.excinfo.value if call.excinfo is not None else None


def _shortened(text: str) -> str:
    """Return the beginning and the end of a long text."""
    half = MOST_PRINTED // 2
    return text if len(text) <= MOST_PRINTED else f"{text[:half]}\n…\n{text[-half:]}"


def _passed(rule: Rule) -> dict[str, Any]:
    return {"outcome": "passed", "points": rule.points}


def _lost(rule: Rule, fault: StudentFault) -> dict[str, Any]:
    whole = f"{fault.text}\n{fault.detail}" if fault.detail else fault.text
    message = whole if rule.visibility == "public" else fault.text
    return {"outcome": fault.outcome, "points": 0, "message": message, "staff_message": whole}


def _broken(rule: Rule, error: BaseException) -> Exception:
    from autograder.errors import KitError

    if isinstance(error, KitError):
        return error
    broken = SuiteError(f"the check {rule.id} broke by itself: {type(error).__name__}: {error}")
    broken.__cause__ = error
    return broken


def _forget_other_suites(suite: Path) -> None:
    """Drop the checks that another assignment left imported: pytest knows a module by its name alone."""
    for name, module in list(sys.modules.items()):
        if not name.rpartition(".")[2].startswith("test_"):
            continue
        file = Path(getattr(module, "__file__", None) or "")
        if file.parent.name in ("public", "hidden") and file.parent.parent != suite:
            del sys.modules[name]


def _let_helpers_be_imported(suite: Path) -> None:
    """Have `autograder.suites.NAME` mean the suite in the folder `suite`, wherever it lies."""
    suites: Any = importlib.import_module("autograder.suites")  # by name: suites import the judge
    place, whole = str(suite.parent), f"{suites.__name__}.{suite.name}"
    suites.__path__[:] = [place, *(other for other in suites.__path__ if other != place)]
    for name, module in list(sys.modules.items()):
        elsewhere = not Path(getattr(module, "__file__", None) or "").is_relative_to(suite)
        if elsewhere and (name == whole or name.startswith(f"{whole}.")):
            del sys.modules[name]


def run(
    assignment: Assignment,
    session: Session | None,
    visibilities: tuple[Visibility, ...],
    only: Collection[str] = (),
    seed: int = 0,
) -> tuple[list[Rule], list[CheckResult]]:
    """Run the suites against a session; returns the rules and, in the same order, the results.

    Without a session it only collects; with `only` (checks or questions), these alone are run. `seed`
    changes every random number that the submission draws (0 in grading). Raises SuiteError or another
    KitError: we are at fault.
    """
    folders = [assignment.suite / visibility for visibility in visibilities]
    plugin = JudgePlugin(assignment, session, len(visibilities) == 2, only, seed)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    _forget_other_suites(assignment.suite)
    _let_helpers_be_imported(assignment.suite)
    ini = Path(__file__).with_name("suite.ini")
    words = [*OPTIONS, "-c", str(ini), "--rootdir", str(assignment.suite), *map(str, folders)]
    with threadpool_limits(1):  # our matrices are small: a second thread would spin, and change last digits
        ended = pytest.main(words, [plugin])
    if plugin.broken is not None:
        raise plugin.broken
    if ended == pytest.ExitCode.INTERRUPTED:
        raise KeyboardInterrupt
    if len(plugin.results) < plugin.asked:
        raise SuiteError(
            f"{len(plugin.results)} of {plugin.asked} checks were run, then pytest ended with {ended}; "
            "grade again"
        )
    if not plugin.rules:
        raise SuiteError(f"no checks in {assignment.suite}; expected test_<question>.py files")
    return list(plugin.rules.values()), plugin.sorted_results()
