"""The sample submissions: each one builds, and declares what it must get."""

import ast
from collections import Counter
from pathlib import Path

import pytest

from autograder.errors import AssignmentError
from autograder.proof import corpus
from autograder.sandbox.docker import DockerSandbox

POINTS = {"model": 20, "losses": 25, "sweep": 25, "arithmetic": 20}
QUESTIONS = set(POINTS)
SAMPLES = corpus.load()


def sample(folder: Path, text: str, kind: str = "mistaken") -> corpus.Sample:
    solution = folder / "solutions" / "small"
    path = solution / "submissions" / kind / "made_up" / "expect.toml"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    (solution / "small.py").write_text("import math\nimport os\n")
    return corpus.load(solution / "submissions")[0]


HEAD = 'description = "x"\nstatus = "graded"\n'


@pytest.mark.parametrize("declared", SAMPLES, ids=lambda sample: sample.id)
def test_every_sample_declares_an_expectation_and_builds(declared: corpus.Sample) -> None:
    name, text = corpus.source(declared)
    assert declared.description.endswith(".")
    assert set(declared.loses or ()) <= QUESTIONS
    assert declared.kind != "mistaken" or len(declared.loses or ()) == 1
    assert declared.kind != "correct" or declared.loses == ()
    assert (declared.kind == "cheating") == bool(declared.most)
    assert all(0 <= points < POINTS[question] for question, points in declared.most.items())
    if name.endswith(".py") and declared.status == "graded" and declared.name != "syntax_error":
        ast.parse(text)


def test_most_mistakes_declare_a_cause() -> None:
    mistaken = [sample for sample in SAMPLES if sample.kind == "mistaken"]
    unnamed = [sample.name for sample in mistaken if not sample.cause]  # no check can tell what was done
    assert len(unnamed) <= 0.125 * len(mistaken), unnamed


def test_every_kind_has_enough_samples() -> None:
    count = {kind: sum(s.kind == kind for s in SAMPLES) for kind in corpus.KINDS}
    least = {"correct": 48, "mistaken": 110, "cheating": 69, "hostile": 5, "incomplete": 3}
    assert all(count[kind] >= n for kind, n in least.items())
    assert {q for s in SAMPLES if s.kind == "mistaken" for q in s.loses or ()} == QUESTIONS
    assert {q for s in SAMPLES for q in s.most} == QUESTIONS


@pytest.mark.parametrize(("name", "status"), [("syntax_error", "graded"), ("unreadable", "rejected")])
def test_python_cannot_read_the_files_that_stand_for_broken_work(name: str, status: str) -> None:
    (broken,) = [s for s in SAMPLES if s.name == name]
    assert broken.status == status
    with pytest.raises(SyntaxError):
        ast.parse(corpus.source(broken)[1])


@pytest.mark.parametrize("find", ["no such text", "import"])
def test_an_edit_that_does_not_match_once_names_its_file(tmp_path: Path, find: str) -> None:
    bad = sample(tmp_path, f'{HEAD}loses = ["model"]\n[[edit]]\nfind = "{find}"\nreplace = ""\n')
    with pytest.raises(AssignmentError, match=r"made_up.expect\.toml: expected exactly one"):
        corpus.source(bad)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEAD, "expected exactly one of 'loses' and 'score'; declare one"),
        (HEAD + "loses = []\nscore = 3\n", "expected exactly one of 'loses' and 'score'; declare one"),
        (HEAD + "loses = []\nlooses = 3\n", "expected .*status, got looses; remove it"),
        (
            HEAD.replace("graded", "lost") + "loses = []\n",
            "expected status 'graded' or 'rejected', got 'lost'",
        ),
        (
            HEAD + "loses = 'model'\n",
            r"expected loses to be a list of questions, got 'model'; write \['model'\]",
        ),
        (
            HEAD + "loses = []\nbase = 'none'\n",
            "expected base 'solution' or 'template', got 'none'; correct it",
        ),
        ("loses = [", "TOMLDecodeError: .*; fix that entry"),
        ("score = 1", "KeyError: 'status'; fix that entry"),
    ],
)
def test_a_bad_expectation_names_its_file(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(AssignmentError, match=rf"made_up.expect\.toml: {message}"):
        sample(tmp_path, text)


def test_every_bad_expectation_is_named(tmp_path: Path) -> None:
    for name in ("one", "two"):
        path = tmp_path / "mistaken" / name / "expect.toml"
        path.parent.mkdir(parents=True)
        path.write_text("loses = [")
    with pytest.raises(AssignmentError, match=r"(?s)one.expect\.toml: .*two.expect\.toml: "):
        corpus.load(tmp_path)


def test_the_first_edit_that_does_not_fit_is_found(tmp_path: Path) -> None:
    edits = "".join(f'[[edit]]\nfind = "{find}"\nreplace = "x"\n' for find in ("math", "x", "import"))
    found = corpus.misfit(sample(tmp_path, f"{HEAD}loses = []\n{edits}"))
    assert found is not None
    assert (found.number, found.edit.find, found.count) == (2, "import", 2)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected the most points .*, such as most = {model = 4}, got None; declare them"),
        ("most = {}\n", "expected the most points .*, got {}; declare them"),
        ("most = {model = '4'}\n", "expected the most points .*, got {'model': '4'}; declare them"),
        ("most = {model = 4}\nloses = ['model']\n", "expected base, description, .*, got loses; remove it"),
    ],
)
def test_a_cheat_declares_the_most_that_it_may_earn_and_nothing_else(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(AssignmentError, match=rf"made_up.expect\.toml: {message}"):
        sample(tmp_path, HEAD + text, "cheating")


def test_only_cheats_declare_a_most(tmp_path: Path) -> None:
    assert sample(tmp_path / "one", HEAD + "most = {model = 4}\n", "cheating").most == {"model": 4}
    with pytest.raises(AssignmentError, match="got most; remove it"):
        sample(tmp_path / "two", HEAD + "loses = []\nmost = {model = 4}\n")


def test_build_writes_a_folder_per_sample(tmp_path: Path) -> None:
    chosen = [s for s in SAMPLES if s.kind == "incomplete"]
    written = corpus.build(chosen, tmp_path)
    assert [path.parent.name for path in written] == [s.id for s in chosen]


def test_the_option_kind_limits_the_samples(tmp_path: Path) -> None:
    assert corpus.main([str(tmp_path), "--kind", "hostile"]) == 0
    assert all(path.name.startswith("hostile-") for path in tmp_path.iterdir())


def test_cheats_are_built_only_if_asked_for(tmp_path: Path) -> None:
    assert corpus.main([str(tmp_path / "all"), "--most", "1"]) == 0
    assert not list((tmp_path / "all").glob("cheating-*"))
    assert corpus.main([str(tmp_path / "cheats"), "--kind", "cheating", "--most", "1"]) == 0
    assert len(list((tmp_path / "cheats").glob("cheating-*"))) == 1


def test_the_option_harmless_leaves_out_hostile_samples(tmp_path: Path) -> None:
    assert corpus.main([str(tmp_path), "--harmless", "--most", "2"]) == 0
    assert {path.name.partition("-")[0] for path in tmp_path.iterdir()} == {
        "correct",
        "mistaken",
        "incomplete",
    }


def test_a_spread_takes_samples_of_each_kind_from_first_to_last() -> None:
    samples = corpus.load()
    few = corpus.spread(samples, 3)
    kinds = Counter(sample.kind for sample in few)
    assert set(kinds) == set(corpus.KINDS)
    assert max(kinds.values()) == 3
    assert few == corpus.spread(samples, 3)
    assert {s.id for s in corpus.spread(samples, 10**6)} == {s.id for s in samples}


def test_hostile_samples_can_be_left_out_if_no_engine_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    assert corpus.main([str(tmp_path / "out"), "--harmless-without-engine", "--most", "1"]) == 0
    assert not list((tmp_path / "out").glob("hostile-*"))


@pytest.mark.docker
def test_hostile_samples_are_built_if_an_engine_answers(docker: DockerSandbox, tmp_path: Path) -> None:
    assert corpus.main([str(tmp_path), "--harmless-without-engine", "--most", "1"]) == 0
    assert len(list(tmp_path.glob("hostile-*"))) == 1
