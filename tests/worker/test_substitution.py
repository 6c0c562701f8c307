"""A stand-in is reached by every way in which student code holds an answer to another question.

In the answer's own question nothing is changed: the objects are the student's, and afterwards they are again.
"""

from __future__ import annotations

import builtins
import copy
import functools
import inspect
import pickle
import sys
import types
from collections.abc import Iterator

import pytest
import torch

from autograder.records.places import PACKAGE
from autograder.worker import loader
from autograder.worker.child import Child
from autograder.worker.substitution import Definitions, Substitution
from autograder.worker.warm import build_standins

NAMES = ["AutoencoderWithAnalysis", "mse_loss", "bce_loss", "mae_loss"]
KINDS = {"AutoencoderWithAnalysis": "SmallAutoencoder", "mse_loss": "mse_loss", "mae_loss": "mae_loss"}
X_HAT, X = torch.full((2, 4), 3.0), torch.full((2, 4), 1.0)  # mean 4, sum over pixels 16
RIGHT, WRONG = 4.0, 16.0
WRONG_LOSS = "def mse_loss(x_hat, x):\n    return ((x_hat - x) ** 2).sum(dim=1).mean()\n"
MODEL = """
class AutoencoderWithAnalysis(nn.Module):
    \"\"\"The student's model.\"\"\"
    scale = 2
    def __init__(self, input_dim=784, latent_dim=32, dropout=0.0):
        super().__init__()
        self.only = nn.Linear(input_dim, latent_dim)
        self.dropout = dropout
    def encode(self, x):
        return self.only(x)
    def forward(self, x):
        return "mine", self.encode(x)
    def helper(self):
        return "helped"
"""
IMPORTS = "import functools, types, torch\nfrom torch import nn\nimport torch.nn.functional as F\n"


@pytest.fixture(autouse=True)
def clean_builtins(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("tqdm.notebook", "standins", "submission"):
        monkeypatch.setitem(sys.modules, name, sys)  # so that the original is restored
    yield
    for name in ("get_ipython", "display"):
        if hasattr(builtins, name):
            delattr(builtins, name)


class Loaded:
    """A submission, and the stand-ins that replace its answers between `replace` and `restore`."""

    def __init__(self, *cells: str) -> None:
        definitions = Definitions(NAMES)
        texts = [["cell 0", IMPORTS, 1], *([f"cell {n}", text, 1] for n, text in enumerate(cells, 1))]
        self.module, self.notes, *_ = loader.load("submission", texts, definitions)
        self.names = vars(self.module)
        standins = build_standins((PACKAGE / "suites/latent_space/standins.py").read_text())
        self.standins = {name: getattr(standins, kind) for name, kind in KINDS.items()}
        self.substitution = Substitution(self.names, definitions)

    def __enter__(self) -> Loaded:
        self.substitution.replace(self.standins)
        return self

    def __exit__(self, *_: object) -> None:
        self.substitution.restore()


DIRECT = "def use(x_hat, x):\n    return mse_loss(x_hat, x)\n"
ALIAS = "c = mse_loss\ndef use(a, b): return c(a, b)"
TORCHS = "mse_loss = F.l1_loss\n"
WAYS = {  # how student code defines the loss (wrongly) and reaches it
    "by its name": WRONG_LOSS + DIRECT,
    "an alias": WRONG_LOSS + "criterion = mse_loss\ndef use(a, b): return criterion(a, b)",
    "a default argument": WRONG_LOSS + "def use(a, b, loss=mse_loss): return loss(a, b)",
    "a keyword-only default": WRONG_LOSS + "def use(a, b, *, loss=mse_loss): return loss(a, b)",
    "a partial": WRONG_LOSS + "loss = functools.partial(mse_loss)\ndef use(a, b): return loss(a, b)",
    "a table": WRONG_LOSS + "LOSSES = {'MSE': mse_loss}\ndef use(a, b): return LOSSES['MSE'](a, b)",
    "a list of tuples": WRONG_LOSS + "ALL = [('MSE', mse_loss)]\ndef use(a, b): return ALL[0][1](a, b)",
    "a class attribute": WRONG_LOSS
    + "class Trainer:\n    loss = staticmethod(mse_loss)\ndef use(a, b): return Trainer.loss(a, b)",
    "an instance attribute": WRONG_LOSS
    + "class T:\n    def __init__(self): self.loss = mse_loss\nt = T()\ndef use(a, b): return t.loss(a, b)",
    "a namespace": WRONG_LOSS
    + "config = types.SimpleNamespace(loss=mse_loss)\ndef use(a, b): return config.loss(a, b)",
    "a closure": WRONG_LOSS
    + "def make(loss):\n    def inner(a, b): return loss(a, b)\n    return inner\nuse = make(mse_loss)",
    "a registry by decorator": "R = {}\ndef register(f):\n    R['m'] = f\n    return f\n@register\n"
    + WRONG_LOSS
    + "def use(a, b): return R['m'](a, b)",
    "a registry whose decorator returns another function": "R = {}\ndef register(f):\n    R['m'] = f\n"
    "    return lambda *args: f(*args)\n@register\n" + WRONG_LOSS + "def use(a, b): return R['m'](a, b)",
    "a wrapper by decorator": "def timed(f):\n    @functools.wraps(f)\n    def timer(*a): return f(*a)\n"
    "    return timer\n@timed\n" + WRONG_LOSS + "criterion = mse_loss\ndef use(a, b): return criterion(a, b)",
    "a decorator that makes it wrong": "def summed(f):\n    return lambda a, b: f(a, b) * 4\n@summed\n"
    "def mse_loss(x_hat, x): return ((x_hat - x) ** 2).mean()\n" + ALIAS,
    "an alias made before the definition was repeated": WRONG_LOSS
    + "criterion = mse_loss\n"
    + WRONG_LOSS
    + "def use(a, b): return criterion(a, b)",
    "a definition in if": "if True:\n    def mse_loss(a, b): return ((a - b) ** 2).sum(1).mean()\n" + ALIAS,
    "a definition in try": "try:\n    from no_such import mse_loss\nexcept ImportError:\n"
    "    def mse_loss(a, b): return ((a - b) ** 2).sum(1).mean()\n" + ALIAS,
    "a definition in a timed cell": "get_ipython().run_cell_magic('time', '', '''@(lambda f: [f])\n"
    + WRONG_LOSS
    + "c = mse_loss[0]''')\ndef use(a, b): return c(a, b)",
    "a lambda": "mse_loss = lambda a, b: ((a - b) ** 2).sum(1).mean()\n" + ALIAS,
    "a function made by another": "def make(k):\n    def f(a, b): return ((a - b) ** 2).mean() * k\n"
    "    return f\nmse_loss = make(4)\n" + ALIAS,
    "a helper of another name": "def loss(a, b): return ((a - b) ** 2).sum(1).mean()\nmse_loss = loss\n"
    "def use(a, b): return loss(a, b)",
    "a module": "class Sum(nn.Module):\n    def forward(self, a, b): return ((a - b) ** 2).sum(1).mean()\n"
    "mse_loss = Sum()\n" + ALIAS,
    "torch's module": "class K:\n    loss = nn.MSELoss(reduction='sum')\nmse_loss = K.loss\n"
    "def use(a, b): return K.loss(a, b) if hasattr(K.loss, 'reduction') else None",
    "a callable instance": "class Sum:\n    def __call__(self, a, b): return ((a - b) ** 2).sum(1).mean()\n"
    "mse_loss = Sum()\n" + ALIAS,
    "a method bound at import": "class L:\n    def mse(self, a, b): return ((a - b) ** 2).sum(1).mean()\n"
    "l = L()\nmse_loss = l.mse\nc = l.mse\ndef use(a, b): return c(a, b)",
    "one method bound to two instances": "class L:\n    def __init__(self, p): self.p = p\n"
    "    def loss(self, a, b): return ((a - b).abs() ** self.p).sum(1).mean()\nsquare, plain = L(2), L(1)\n"
    "mse_loss, mae_loss = square.loss, plain.loss\nc = square.loss\ndef use(a, b): return c(a, b)",
    "a partial of torch's function": "mse_loss = functools.partial(F.mse_loss, reduction='sum')\n" + ALIAS,
    "torch's function, by name": TORCHS + DIRECT,
    "torch's function, by an alias": TORCHS + ALIAS,
    "torch's function, in a table": TORCHS + "T = {'a': [mse_loss]}\ndef use(a, b): return T['a'][0](a, b)",
    "torch's function, as a default": "mse_loss = F.l1_loss\ndef use(a, b, loss=mse_loss): return loss(a, b)",
    "torch's function, in a default's tuple": "mse_loss = F.l1_loss\n"
    "def use(a, b, losses=('MSE', mse_loss)): return losses[1](a, b)",
    "torch's function, in a closure": TORCHS + "def make(f):\n    def inner(a, b): return f(a, b)\n"
    "    return inner\nuse = make(mse_loss)",
    "torch's function, in a partial": "mse_loss = F.l1_loss\n"
    "p = functools.partial(lambda loss, a, b: loss(a, b), mse_loss)\ndef use(a, b): return p(a, b)",
    "torch's function, in a class": "mse_loss = F.l1_loss\nclass T:\n    loss = staticmethod(mse_loss)\n"
    "def use(a, b): return T.loss(a, b)",
    "torch's function, in an instance": "mse_loss = F.l1_loss\nclass T: pass\nt = T()\nt.loss = mse_loss\n"
    "def use(a, b): return t.loss(a, b)",
    "a scripted function": "def f(a: torch.Tensor, b: torch.Tensor): return ((a - b) ** 2).sum(1).mean()\n"
    "mse_loss = torch.jit.script(f)\nT = {'m': mse_loss}\ndef use(a, b): return T['m'](a, b)",
    "its module's attribute": WRONG_LOSS
    + "import sys\nme = sys.modules[__name__]\ndef use(a, b): return me.mse_loss(a, b)",
    "an import from its own module": WRONG_LOSS
    + "from submission import mse_loss as m\ndef use(a, b): return m(a, b)",
    "globals()": WRONG_LOSS + "def use(a, b): return globals()['mse_loss'](a, b)",
}


@pytest.mark.parametrize("way", WAYS)
def test_a_stand_in_is_reached_and_afterwards_the_own_object_again(way: str) -> None:
    loaded = Loaded(WAYS[way])
    assert loaded.notes == []
    before = dict(loaded.names)
    mine = float(loaded.names["use"](X_HAT, X))
    assert mine != RIGHT
    with loaded:
        assert float(loaded.names["use"](X_HAT, X)) == RIGHT
        assert float(loaded.names["mse_loss"](X_HAT, X)) == RIGHT
    assert float(loaded.names["use"](X_HAT, X)) == mine
    assert all(loaded.names[name] is value for name, value in before.items())


def test_torchs_own_functions_are_never_changed() -> None:
    code = torch.nn.functional.l1_loss.__code__
    with Loaded("mse_loss = F.l1_loss\ncriterion = nn.MSELoss\n"):
        assert torch.nn.functional.l1_loss.__code__ is code
        assert float(torch.nn.functional.l1_loss(X_HAT, X)) == 2.0
        assert float(torch.nn.MSELoss(reduction="sum")(X_HAT, X)) == 32.0


def test_one_object_under_two_names_answers_as_each_of_them() -> None:
    with Loaded("def loss(a, b): return 0\nmse_loss = mae_loss = loss\n") as loaded:
        assert float(loaded.names["mse_loss"](X_HAT, X)) == 4.0
        assert float(loaded.names["mae_loss"](X_HAT, X)) == 2.0
    assert loaded.names["mse_loss"] is loaded.names["loss"]


def test_a_name_that_the_submission_lacks_is_added_and_removed() -> None:
    loaded = Loaded("def use(a, b): return mse_loss(a, b)")
    with loaded:
        assert float(loaded.names["use"](X_HAT, X)) == RIGHT
    assert "mse_loss" not in loaded.names


def test_a_number_under_the_name_of_a_loss_is_replaced() -> None:
    loaded = Loaded("mse_loss = 3.0\nothers = [3.0]\n" + DIRECT)
    with loaded:
        assert float(loaded.names["use"](X_HAT, X)) == RIGHT
        assert loaded.names["others"] == [3.0]
    assert loaded.names["mse_loss"] == 3.0


OPTIONS = {  # how a student extends the loss, how it is called, and whose value comes back
    "a default given": ("per_image=False", "mse_loss(a, b, per_image=False)", RIGHT),
    "a default given by position": ("per_image=False", "mse_loss(a, b, False)", RIGHT),
    "an own option": ("per_image=False", "mse_loss(a, b, per_image=True)", WRONG),
    "an own option by position": ("per_image=False", "mse_loss(a, b, True)", WRONG),
    "torch's option": ("reduction='mean'", "mse_loss(a, b, reduction='sum')", 32.0),
    "an own value of torch's option": ("reduction='mean'", "mse_loss(a, b, reduction='pixels')", WRONG),
    "the names of the docstring": ("per_image=False", "mse_loss(x=b, x_hat=a)", RIGHT),
    "any options": ("**options", "mse_loss(a, b, verbose=1)", WRONG),
}


@pytest.mark.parametrize("case", OPTIONS)
def test_a_call_that_the_stand_in_does_not_know_goes_to_the_own_loss(case: str) -> None:
    option, call, value = OPTIONS[case]
    source = f"def mse_loss(x_hat, x, {option}):\n    return ((x_hat - x) ** 2).sum(1).mean()\n"
    with Loaded(source + f"def use(a, b): return {call}") as loaded:
        assert float(loaded.names["use"](X_HAT, X)) == value


def test_own_names_of_the_two_tensors_are_understood() -> None:
    source = "def mse_loss(recon, target): return (recon - target).sum()\n"
    with Loaded(source + "def use(a, b): return mse_loss(target=b, recon=a)") as loaded:
        assert float(loaded.names["use"](X_HAT, X)) == RIGHT


def test_an_own_option_of_an_instance_or_a_method_reaches_it() -> None:
    source = """
class Sum(nn.Module):
    def forward(self, a, b, scale=1): return scale * ((a - b) ** 2).sum(1).mean()
mse_loss = Sum()
class L:
    def mae(self, a, b, scale=1): return scale * (a - b).abs().sum(1).mean()
mae_loss = L().mae
"""
    with Loaded(source) as loaded:
        assert float(loaded.names["mse_loss"](X_HAT, X, scale=2)) == 2 * WRONG
        assert float(loaded.names["mae_loss"](X_HAT, X, scale=3)) == 3 * 8.0


MODELS = {  # how student code reaches the model
    "by its name": "def make(): return AutoencoderWithAnalysis(5, 3)",
    "an alias": "Model = AutoencoderWithAnalysis\ndef make(): return Model(5, 3)",
    "a default argument": "def make(model=AutoencoderWithAnalysis): return model(5, latent_dim=3)",
    "a partial": "Model = functools.partial(AutoencoderWithAnalysis, 5)\n"
    "def make(): return Model(latent_dim=3)",
    "a default that the student added": "def make(): return AutoencoderWithAnalysis(5, 3, dropout=0.0)",
    "a subclass": "class Wide(AutoencoderWithAnalysis):\n    def __init__(self):\n"
    "        super().__init__(5, 3)\n        self.extra = 1\ndef make(): return Wide()",
    "a subclass by the old super": "class Wide(AutoencoderWithAnalysis):\n    def __init__(self):\n"
    "        super(Wide, self).__init__(input_dim=5, latent_dim=3)\ndef make(): return Wide()",
    "a subclass that calls the base by name": "class Wide(AutoencoderWithAnalysis):\n"
    "    def __init__(self):\n        AutoencoderWithAnalysis.__init__(self, 5, 3)\n"
    "def make(): return Wide()",
    "a table": "MODELS = {'a': AutoencoderWithAnalysis}\ndef make(): return MODELS['a'](5, 3)",
}


@pytest.mark.parametrize("way", MODELS)
def test_the_stand_in_model_is_reached_and_is_an_instance_of_the_own_class(way: str) -> None:
    loaded = Loaded(MODEL, MODELS[way])
    assert loaded.names["make"]()(torch.zeros(2, 5))[0] == "mine"
    own = loaded.names["AutoencoderWithAnalysis"]
    held = dict(vars(own))
    with loaded:
        model = loaded.names["make"]()
        assert isinstance(model, own)
        assert isinstance(model, loaded.standins["AutoencoderWithAnalysis"])
        x_hat, z = model(torch.zeros(2, 5))
        assert (x_hat.shape, z.shape) == ((2, 5), (2, 3))
        assert "only.weight" not in model.state_dict()
        assert (model.helper(), model.scale) == ("helped", 2)
        assert copy.deepcopy(model)(torch.zeros(1, 5))[1].shape == (1, 3)
    assert loaded.names["make"]()(torch.zeros(2, 5))[0] == "mine"
    assert dict(vars(own)) == held
    assert own.__bases__ == (torch.nn.Module,)


def test_a_model_with_own_arguments_and_one_made_before_stay_the_students() -> None:
    loaded = Loaded(MODEL, "before = AutoencoderWithAnalysis(5, 3)")
    with loaded:
        assert loaded.names["before"](torch.zeros(1, 5))[0] == "mine"
        own = loaded.names["AutoencoderWithAnalysis"](5, 3, dropout=0.5)
        assert list(own.state_dict()) == ["only.weight", "only.bias"]
        assert own(torch.zeros(1, 5))[0] == "mine"


def test_a_model_with_a_base_class_of_the_students_is_replaced_and_old_instances_work() -> None:
    source = """
class Base(nn.Module):
    kind = "base"
    def __init__(self, width):
        super().__init__()
        self.layer = nn.Linear(width, 1)
    def forward(self, x):
        return "base", self.layer(x)
class AutoencoderWithAnalysis(Base):
    def __init__(self, input_dim=784, latent_dim=32):
        super().__init__(input_dim)
    def encode(self, x):
        return super().forward(x)[1]
before = AutoencoderWithAnalysis(5, 3)
"""
    loaded = Loaded(source)
    own = loaded.names["AutoencoderWithAnalysis"]
    with loaded:
        assert own(5, 3)(torch.zeros(2, 5))[1].shape == (2, 3)
        assert own(5, 3).kind == "base"
        assert loaded.names["before"](torch.zeros(2, 5))[0] == "base"
        assert loaded.names["before"].encode(torch.zeros(2, 5)).shape == (2, 1)
    assert own.__bases__ == (loaded.names["Base"],)


@pytest.mark.parametrize(
    "source",
    [
        "class AutoencoderWithAnalysis:\n    pass\n",  # Python cannot change its bases
        "class AutoencoderWithAnalysis(nn.Module):\n    def __new__(cls, *a): return object.__new__(cls)\n",
        "class Meta(type):\n    def __setattr__(cls, n, v): raise RuntimeError\n"
        "class AutoencoderWithAnalysis(nn.Module, metaclass=Meta):\n    pass\n",
        "AutoencoderWithAnalysis = nn.Linear\n",
    ],
)
def test_a_class_that_cannot_be_changed_is_replaced_wherever_it_is_held(source: str) -> None:
    loaded = Loaded(source, "Model = AutoencoderWithAnalysis\nTABLE = [Model]\n")
    own = loaded.names["Model"]
    with loaded:
        for model in (
            loaded.names["AutoencoderWithAnalysis"],
            loaded.names["Model"],
            loaded.names["TABLE"][0],
        ):
            assert model is loaded.standins["AutoencoderWithAnalysis"]
    assert loaded.names["AutoencoderWithAnalysis"] is own
    assert loaded.names["TABLE"] == [own]


def test_a_function_that_builds_the_model_is_replaced() -> None:
    source = "def AutoencoderWithAnalysis(input_dim=784, latent_dim=32): return None\n"
    source += "M = AutoencoderWithAnalysis\n"
    with Loaded(source) as loaded:
        assert loaded.names["M"](5, 3)(torch.zeros(1, 5))[1].shape == (1, 3)


# --- in the answer's own question, nothing is different -----------------------------------------------------


def test_source_signature_docstring_and_name_are_the_students() -> None:
    decorated = "@functools.lru_cache\n@functools.cache\ndef mse_loss(x_hat, x):\n    return 0\n"
    plain = 'if True:\n    def mae_loss(x_hat, x):\n        "Mine."\n        return 0\n'
    loaded = Loaded(decorated, plain, MODEL)
    mae, model = loaded.names["mae_loss"], loaded.names["AutoencoderWithAnalysis"]
    assert inspect.getsource(mae) == plain.removeprefix("if True:\n")
    assert mae.__code__.co_firstlineno == 2
    assert (mae.__doc__, mae.__name__, str(inspect.signature(mae))) == ("Mine.", "mae_loss", "(x_hat, x)")
    assert inspect.getsource(loaded.names["mse_loss"]) == decorated
    with loaded:
        assert (mae.__doc__, mae.__name__, mae.__module__) == ("Mine.", "mae_loss", "submission")
        assert "def mae_loss" in inspect.getsource(mae)
        assert model.__doc__ == "The student's model."


def test_objects_are_pickled_copied_and_scripted_as_before() -> None:
    source = (
        "def mse_loss(x_hat: torch.Tensor, x: torch.Tensor):\n    return ((x_hat - x) ** 2).sum(1).mean()\n"
    )
    loaded = Loaded(source, MODEL, "Pair = types.SimpleNamespace")
    mse, model = loaded.names["mse_loss"], loaded.names["AutoencoderWithAnalysis"](5, 3)
    for _ in range(2):
        assert pickle.loads(pickle.dumps(mse)) is mse
        assert type(pickle.loads(pickle.dumps(model))) is type(model)
        assert float(torch.jit.script(mse)(X_HAT, X)) == WRONG
        with loaded:
            assert pickle.loads(pickle.dumps(mse)) is mse
            assert copy.deepcopy(mse) is mse
            assert isinstance(model, loaded.names["AutoencoderWithAnalysis"])
            assert type(pickle.loads(pickle.dumps(model))) is type(model)
            torch.jit.script(mse)


def test_scripted_by_decorator_as_before() -> None:
    source = "@torch.jit.script\ndef mse_loss(a, b):\n    return ((a - b) ** 2).sum(1).mean()\n"
    assert float(Loaded(source).names["mse_loss"](X_HAT, X)) == WRONG


def test_the_submission_is_loaded_as_without_noting() -> None:
    source = MODEL + WRONG_LOSS + "@functools.lru_cache\ndef bce_loss(a, b): pass\nnumber: int = 3\n"
    plain, *_ = loader.load("submission", [["cell 0", IMPORTS, 1], ["cell 1", source, 1]])
    noted = Loaded(source)
    assert sorted(vars(plain)) == sorted(noted.names)
    for name in ("mse_loss",):
        mine, theirs = noted.names[name].__code__, vars(plain)[name].__code__
        assert (mine.co_code, mine.co_consts, list(mine.co_lines())) == (
            theirs.co_code,
            theirs.co_consts,
            list(theirs.co_lines()),
        )


def test_an_error_in_a_stand_in_is_placed_where_it_was_called() -> None:
    definitions = Definitions(NAMES)
    source = WRONG_LOSS + "def use():\n    return mse_loss(1, 2)\n"
    module, *_ = loader.load("submission", [["cell 1", source, 1]], definitions)
    standins = types.ModuleType("standins")
    exec("def mse_loss(x_hat, x): raise ValueError('no tensors')", vars(standins))
    child = Child(module, ["cell 1"], standins, definitions)
    child.substitute({"names": {"mse_loss": "mse_loss"}})
    with pytest.raises(ValueError, match="no tensors") as caught:
        vars(module)["use"]()
    assert loader.where(caught.value, ["cell 1"]) == ["cell 1", 4]


# --- what student code may try ------------------------------------------------------------------------------


def test_a_million_definitions_are_not_all_kept() -> None:
    definitions = Definitions(["mse_loss"])
    source = "for i in range(1000):\n    def mse_loss(a, b): return 0\n"
    module, *_ = loader.load("submission", [["cell 1", source, 1]], definitions)
    held = definitions.objects(["mse_loss"])["mse_loss"]
    assert len(held) == 50
    assert vars(module)["mse_loss"] is held[-1]


def test_no_name_leads_to_what_notes_definitions() -> None:
    before = set(dir(builtins))
    loaded = Loaded(WRONG_LOSS + "import builtins\nseen, added = sorted(globals()), sorted(dir(builtins))")
    plain = types.ModuleType("plain")
    plain.__file__ = "plain.py"
    exec(IMPORTS + WRONG_LOSS + "import builtins\nseen = sorted(globals())", vars(plain))
    assert loaded.names["seen"] == vars(plain)["seen"]
    assert set(loaded.names["added"]) - before == {"display", "get_ipython"}


HOSTILE = {
    "a callable that raises when looked at": "class Odd:\n    def __call__(self, *a): return 0\n"
    "    def __getattribute__(self, name): raise RuntimeError\nmse_loss = Odd()\n",
    "a class that refuses": "class Odd:\n    __slots__ = ()\n    def __call__(self, *a): return 0\n"
    "    def __setattr__(self, n, v): raise RuntimeError\nmse_loss = Odd()\n",
    "a function that wraps itself": WRONG_LOSS + "mse_loss.__wrapped__ = mse_loss\n",
    "a list that holds itself": "mse_loss = F.l1_loss\nmany = [mse_loss]\nmany.append(many)\n",
    "equal to everything": "class Odd:\n    def __call__(self, *a): return 0\n"
    "    def __eq__(self, other): return True\n    __hash__ = None\nmse_loss = Odd()\n",
    "a dict with a key that raises": "mse_loss = F.l1_loss\nclass K:\n    def __hash__(self): return 1\n"
    "    def __eq__(self, o): raise RuntimeError\ntable = {K(): mse_loss}\n",
}


@pytest.mark.parametrize("case", HOSTILE)
def test_odd_objects_do_not_hinder_the_stand_in(case: str) -> None:
    loaded = Loaded(HOSTILE[case] + DIRECT)
    assert loaded.notes == []
    with loaded:
        assert float(loaded.names["use"](X_HAT, X)) == RIGHT
    assert float(loaded.names["use"](X_HAT, X)) != RIGHT


def test_an_argument_whose_comparison_raises_goes_to_the_own_loss() -> None:
    source = "def mse_loss(x_hat, x, weight=None): return (weight * (x_hat - x)).sum()\n"
    with Loaded(source) as loaded:
        assert float(loaded.names["mse_loss"](X_HAT, X, torch.ones(2, 4))) == 16.0
        assert float(loaded.names["mse_loss"](X_HAT, X, None)) == RIGHT


def test_partials_keep_what_they_bound() -> None:
    loaded = Loaded("mse_loss = functools.partial(F.mse_loss, reduction='sum')\nmse_loss.note = 'mine'\n")
    own = loaded.names["mse_loss"]
    with loaded:
        assert own.note == "mine"
    assert (own.func, own.args, own.keywords) == (torch.nn.functional.mse_loss, (), {"reduction": "sum"})
    assert isinstance(own, functools.partial)
