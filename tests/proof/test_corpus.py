"""The sample submissions: every one builds, and says what it must get."""

import ast
from collections import Counter
from pathlib import Path

import pytest

from autograder.errors import AssignmentError
from autograder.proof import corpus
from autograder.sandbox.docker import DockerSandbox

QUESTIONS = {"model", "losses", "sweep", "arithmetic"}
SAMPLES = corpus.load()


def sample(folder: Path, text: str) -> corpus.Sample:
    solution = folder / "solutions" / "small"
    path = solution / "submissions" / "mistaken" / "made_up" / "expect.toml"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    (solution / "small.py").write_text("import math\nimport os\n")
    return corpus.load(solution / "submissions")[0]


HEAD = 'description = "x"\nstatus = "graded"\n'


@pytest.mark.parametrize("one", SAMPLES, ids=lambda one: one.id)
def test_every_sample_declares_an_expectation_and_builds(one: corpus.Sample) -> None:
    name, text = corpus.source(one)
    assert one.description.endswith(".")
    assert set(one.loses or ()) <= QUESTIONS
    assert one.kind != "mistaken" or len(one.loses or ()) == 1
    assert one.kind != "mistaken" or one.cause
    assert one.kind != "correct" or one.loses == ()
    if name.endswith(".py") and one.status == "graded":
        ast.parse(text)


def test_there_are_enough_samples_of_every_kind() -> None:
    count = {kind: sum(one.kind == kind for one in SAMPLES) for kind in corpus.KINDS}
    assert all(
        count[k] >= n for k, n in {"correct": 48, "mistaken": 110, "hostile": 5, "incomplete": 3}.items()
    )
    assert {q for one in SAMPLES if one.kind == "mistaken" for q in one.loses or ()} == QUESTIONS


def test_an_unparsable_file_is_to_be_rejected() -> None:
    (one,) = [s for s in SAMPLES if s.name == "syntax_error"]
    assert one.status == "rejected"
    with pytest.raises(SyntaxError):
        ast.parse(corpus.source(one)[1])


@pytest.mark.parametrize("find", ["no such text", "import"])
def test_an_edit_that_does_not_match_once_names_its_file(tmp_path: Path, find: str) -> None:
    bad = sample(tmp_path, f'{HEAD}loses = ["model"]\n[[edit]]\nfind = "{find}"\nreplace = ""\n')
    with pytest.raises(AssignmentError, match=r"made_up.expect\.toml: expected exactly one"):
        corpus.source(bad)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (HEAD, "expected either 'loses' or 'score'; declare one"),
        (HEAD + "loses = []\nscore = 3\n", "expected either 'loses' or 'score'; declare one"),
        (HEAD + "loses = []\nlooses = 3\n", "expected .*status, got looses"),
        (
            HEAD.replace("graded", "lost") + "loses = []\n",
            "expected status 'graded' or 'rejected', got 'lost'",
        ),
        ("loses = [", "TOMLDecodeError: .*; mend that entry"),
        ("score = 1", "KeyError: 'status'; mend that entry"),
    ],
)
def test_a_bad_expectation_names_its_file(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(AssignmentError, match=rf"made_up.expect\.toml: {told}"):
        sample(tmp_path, text)


def test_build_writes_a_folder_per_sample(tmp_path: Path) -> None:
    chosen = [one for one in SAMPLES if one.kind == "incomplete"]
    written = corpus.build(chosen, tmp_path)
    assert [path.parent.name for path in written] == [one.id for one in chosen]


def test_kind_limits_what_is_built(tmp_path: Path) -> None:
    assert corpus.main([str(tmp_path), "--kind", "hostile"]) == 0
    assert all(path.name.startswith("hostile-") for path in tmp_path.iterdir())


def test_where_there_is_no_wall_nothing_hostile_is_built(tmp_path: Path) -> None:
    assert corpus.main([str(tmp_path), "--harmless", "--most", "2"]) == 0
    assert {path.name.partition("-")[0] for path in tmp_path.iterdir()} == {
        "correct",
        "mistaken",
        "incomplete",
    }


def test_a_spread_takes_some_of_each_kind_from_first_to_last() -> None:
    samples = corpus.load()
    few = corpus.spread(samples, 3)
    kinds = Counter(sample.kind for sample in few)
    assert set(kinds) == set(corpus.KINDS)
    assert max(kinds.values()) == 3
    assert few == corpus.spread(samples, 3)
    assert {s.id for s in corpus.spread(samples, 10**6)} == {s.id for s in samples}


def test_without_an_engine_nothing_hostile_is_built_where_that_was_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    assert corpus.main([str(tmp_path / "out"), "--harmless-without-engine", "--most", "1"]) == 0
    assert not list((tmp_path / "out").glob("hostile-*"))


@pytest.mark.docker
def test_with_an_engine_it_is_built(docker: DockerSandbox, tmp_path: Path) -> None:
    assert corpus.main([str(tmp_path), "--harmless-without-engine", "--most", "1"]) == 0
    assert len(list(tmp_path.glob("hostile-*"))) == 1
