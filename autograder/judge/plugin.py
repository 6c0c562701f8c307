"""The pytest plugin that runs a suite's checks against one submission and records each result.

A check is a test function in `test_<question>.py`, marked with `check(points=…)`; its docstring is the
sentence that the student reads. This module turns what a check raises into an outcome: a StudentFault is
the student's; anything else is a bug in the suite (SuiteError) and leaves the submission ungraded.
"""

from __future__ import annotations

import importlib
import math
import os
import sys
import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, Literal

import pytest
from threadpoolctl import threadpool_limits

from autograder.errors import Mismatch, StudentFault, SuiteError
from autograder.judge import causes, closed, drawn, evidence, untried
from autograder.judge.evidence import Evidence
from autograder.judge.rules import Rule, check_rubric, question_of, rule_of
from autograder.judge.session import Session
from autograder.judge.student import Student
from autograder.records.assignment import Assignment
from autograder.records.results import CheckResult, Fault, Place, Visibility

UNUSED = ("cacheprovider", "terminal", "unraisableexception", "threadexception")  # the last two: gc.collect()
OPTIONS = ["-s", "--import-mode=importlib", "--noconftest", *(f"-pno:{plugin}" for plugin in UNUSED)]
MOST_MARGIN = 1e9  # that a result reports: JSON has no infinity
MOST_LINES = 12  # of why a file of the suite cannot be imported
MOST_PRINTED = 2000  # characters that a result keeps
RETRIES = 2  # in one submission, of checks that lost their worker or slept until their time was up


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
        self.key = drawn.key_of(assignment.suite)
        self.rules: dict[str, Rule] = {}
        self.asked = 0  # the number of checks to run
        self.reruns = 0  # of checks whose worker was lost
        self.results: list[CheckResult] = []
        self.broken: Exception | None = None
        self._cpu = 0.0  # seconds, in all processes of one check
        self._printed: dict[tuple[Path, str], str] = {}  # by path and name of a check or shared fixture
        self._about: dict[tuple[Path, str], str] = {}  # by the same: the student's function called last
        self._left: dict[str, Evidence] = {}  # by a check's id

    def pytest_configure(self, config: pytest.Config) -> None:
        """Register the mark."""
        config.addinivalue_line("markers", "check(points, cpu, wall): a check and its points")

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Read all rules, compare them with the rubric, and sort the checks."""
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
        if not self.whole:  # practice shows no pictures
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

    def _turn(self, rule: Rule) -> tuple[int, ...]:
        """Return a sort key for running: hidden checks last, so that no public check reveals their inputs.

        The key draws their order, so a check's turn does not tell which one it is.
        """
        if rule.visibility == "hidden" and self.key:
            return True, *(drawn.number(self.key, "turn", name) for name in (rule.question, rule.id))
        return rule.visibility == "hidden", *self._place(rule)

    def _place(self, rule: Rule | CheckResult) -> tuple[int, ...]:
        """Return a sort key in the order of the suites' files: by question, public checks first."""
        order = [question.id for question in self.assignment.questions]
        ids = [other.id for other in self.rules.values()]
        return order.index(rule.question), ids.index(rule.id)

    def sorted_results(self) -> list[CheckResult]:
        """Return the results by question, public checks first, with their causes and what students read."""
        results = sorted(self.results, key=self._place)
        faults = {r.id: r.fault for r in results if r.fault is not None}
        claims = {name: self._left[name].claim_of(f.what, f.cause) for name, f in faults.items()}
        seen = {name: left.comparisons for name, left in self._left.items()}
        judged = untried.marked(causes.settled(results, claims, seen), self._left)
        return closed.told(judged, self.session.submission.cells if self.session else ())

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Record a file of the suite that cannot be imported."""
        if report.failed and self.broken is None:
            lines = report.longreprtext.strip().splitlines()
            why = "\n".join(lines[-MOST_LINES:])  # Python's own message ends it
            self.broken = SuiteError(f"{report.nodeid} cannot be imported; mend this, then try again:\n{why}")

    @pytest.fixture
    def student(self, request: pytest.FixtureRequest) -> Student:
        """The submission, in a fresh process for each check."""
        rule = self.rules[request.node.nodeid]
        return self._begin(rule.question, rule.id, rule.cpu, rule.wall)

    @pytest.fixture(scope="session")
    def ask_once(self) -> Callable[[Callable[[Student], Any], Path], Any]:
        """Return the function that runs a `shared` fixture in its own fresh process."""

        def asked(ask: Callable[[Student], Any], path: Path) -> Any:
            question = question_of(path, self.assignment)
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
        """Begin a fresh process of the submission, with a seed of its own that does not tell its name."""
        assert self.session is not None
        self.session.begin(question, drawn.number(self.key, name, self.seed), cpu, wall)
        return Student(self.session)

    def _end(self, path: Path, name: str) -> None:
        """End the running process, if any; add up its CPU time, and keep what it printed under `name`."""
        assert self.session is not None
        ended = self.session.end()
        self._cpu += ended.cpu
        self._printed[path, name] = ended.output
        self._about[path, name] = evidence.running().about

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool:
        """Run one check with pytest's own machinery and record how it ended."""
        if self.broken is not None:
            return True
        assert self.session is not None
        began, losses = time.monotonic(), self.session.losses
        error, left = self._attempt(item)
        lost = isinstance(error, StudentFault) and losses < self.session.losses
        if lost and self.reruns < RETRIES:  # possibly the machine's fault
            self.reruns += 1
            _phase(item, "teardown", nextitem=None)  # shared fixtures run again too
            losses = self.session.losses
            error, left = self._attempt(item)
        kept = losses == self.session.losses  # otherwise the next check runs its shared fixtures again
        torn = _phase(item, "teardown", nextitem=nextitem if kept else None)
        self._record(item, error or torn, left, time.monotonic() - began)
        return True

    def _attempt(self, item: pytest.Item) -> tuple[BaseException | None, Evidence]:
        """Run one check once, without teardown; return what it raised and the evidence it left."""
        self._cpu = 0.0
        item._initrequest()  # type: ignore[attr-defined]
        with evidence.collected() as left:
            names = item.fixturenames  # type: ignore[attr-defined]
            left.about = "".join(self._about.get((item.path, name), "") for name in names)
            error = _phase(item, "setup")
            left.compared = False  # by the check itself
            error = error or _phase(item, "call")
        try:
            self._end(item.path, item.name)
        except Exception as failure:
            error = error if error is not None and not isinstance(error, StudentFault) else failure
        return error, left

    def _record(self, item: pytest.Item, error: BaseException | None, left: Evidence, seconds: float) -> None:
        rule = self.rules[item.nodeid]
        self._left[rule.id] = left
        if isinstance(error, AssertionError):
            error = Mismatch(rule.title, str(error))
        if left.exhibits and rule.visibility == "hidden":
            error = SuiteError(f"{rule.id}: a hidden check showed a picture; move it to a public one")
        if error is not None and not isinstance(error, StudentFault):
            self.broken = _broken(rule, error)
            return
        facts = _passed(rule) if error is None else _lost(error)
        times = {"seconds": round(seconds, 4), "cpu_seconds": round(self._cpu, 4)}
        if error is not None:
            names = (*item.fixturenames, item.name)  # type: ignore[attr-defined]
            facts["printed"] = _shortened("".join(self._printed.get((item.path, n), "") for n in names))
        seen = {"margin": _largest(left.margins), "exhibits": tuple(left.exhibits)}
        self.results.append(rule.result(**facts, **times, **seen))


def _phase(item: pytest.Item, when: Literal["setup", "call", "teardown"], **how: Any) -> BaseException | None:
    """Run one phase of a check by pytest's own hooks and return what it raised, without a report."""
    hook = getattr(item.ihook, f"pytest_runtest_{when}")
    stops = (KeyboardInterrupt, pytest.exit.Exception)
    call = pytest.CallInfo.from_call(lambda: hook(item=item, **how), when, stops)
    return call.excinfo.value if call.excinfo is not None else None


def _largest(margins: list[float]) -> float | None:
    """Return the largest margin that is a number, to four digits; None if nothing was compared."""
    numbers = [min(margin, MOST_MARGIN) for margin in margins if not math.isnan(margin)]
    return float(f"{max(numbers):.4g}") if numbers else None


def _shortened(text: str) -> str:
    """Return the beginning and the end of a long text."""
    half = MOST_PRINTED // 2
    return text if len(text) <= MOST_PRINTED else f"{text[:half]}\n…\n{text[-half:]}"


def _passed(rule: Rule) -> dict[str, Any]:
    return {"outcome": "passed", "points": rule.points}


def _lost(fault: StudentFault) -> dict[str, Any]:
    place = None if fault.place is None else Place(*fault.place)
    facts = Fault(fault.what, fault.cause, place, fault.detail)
    return {"outcome": fault.outcome, "points": 0, "fault": facts}


def _broken(rule: Rule, error: BaseException) -> Exception:
    from autograder.errors import KitError

    if isinstance(error, KitError):
        return error
    broken = SuiteError(f"the check {rule.id} has a bug: {type(error).__name__}: {error}")
    broken.__cause__ = error
    return broken


def _forget_other_suites(suite: Path) -> None:
    """Remove another assignment's checks from sys.modules: pytest identifies modules by name alone."""
    for name, module in list(sys.modules.items()):
        if not name.rpartition(".")[2].startswith("test_"):
            continue
        file = Path(getattr(module, "__file__", None) or "")
        if file.parent.name in ("public", "hidden") and file.parent.parent != suite:
            del sys.modules[name]


def _let_helpers_be_imported(suite: Path) -> None:
    """Make `autograder.suites.NAME` import from the folder `suite`, wherever that is."""
    suites: Any = importlib.import_module("autograder.suites")  # by name: suites import the judge
    place, whole = str(suite.parent), f"{suites.__name__}.{suite.name}"
    suites.__path__[:] = [place, *(other for other in suites.__path__ if other != place)]
    for name, module in list(sys.modules.items()):
        helper = name == whole or name.startswith(f"{whole}.")
        if helper and not Path(getattr(module, "__file__", None) or "").is_relative_to(suite):
            del sys.modules[name]


def run(
    assignment: Assignment,
    session: Session | None,
    visibilities: tuple[Visibility, ...],
    only: Collection[str] = (),
    seed: int = 0,
) -> tuple[list[Rule], list[CheckResult]]:
    """Run the suites against a session; returns the rules, and the results as `sorted_results` has them.

    Without a session, only collects the rules; with `only`, runs only these checks or questions. `seed`
    changes every random number that the submission draws (0 in grading). Raises SuiteError or another
    KitError: the kit is at fault.
    """
    folders = [assignment.suite / visibility for visibility in visibilities]
    plugin = JudgePlugin(assignment, session, len(visibilities) == 2, only, seed)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    _forget_other_suites(assignment.suite)
    _let_helpers_be_imported(assignment.suite)
    ini = Path(__file__).with_name("suite.ini")
    words = [*OPTIONS, "-c", str(ini), "--rootdir", str(assignment.suite), *map(str, folders)]
    with threadpool_limits(1):  # for small matrices, a second thread only spins and changes last digits
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
