"""Training without torch's compiler: the same numbers, and the original code for anyone who compiles."""

from __future__ import annotations

import subprocess
import sys

TRAIN = """
import sys, torch
from autograder.worker.shortcuts import compiler

def train(kind, **options):
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(8, 16), torch.nn.ReLU(), torch.nn.Linear(16, 8))
    optimizer, images = kind(model.parameters(), lr=0.01, **options), torch.rand(32, 8)
    def closure():
        optimizer.zero_grad()
        loss = ((model(images) - images) ** 2).mean()
        loss.backward()
        return loss
    for _ in range(5):
        optimizer.step(closure)
    optimizer.load_state_dict(optimizer.state_dict())
    optimizer.add_param_group({"params": torch.nn.Linear(1, 1).parameters()})
    return torch.cat([p.flatten() for p in model.parameters()]).detach().numpy().tobytes().hex()

def imported():
    return "torch._dynamo" in sys.modules
"""
SPARED = TRAIN + "torch.set_num_threads(1); compiler.spare_the_compiler()\n"


def answer(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return done.stdout


def test_every_optimizer_computes_the_same_without_the_compiler() -> None:
    program = """
base = torch.optim.Optimizer
for kind in (k for k in vars(torch.optim).values() if isinstance(k, type) and issubclass(k, base)):
    if kind.__name__ not in ("Optimizer", "SparseAdam", "Muon"):  # these need sparse gradients, matrices only
        print(kind.__name__, train(kind))
print(train(torch.optim.Adam, fused=True), train(torch.optim.SGD, momentum=0.9, foreach=True))
"""
    spared = answer(SPARED + program + "assert not imported()")
    assert spared.count("\n") > 12
    assert spared == answer(TRAIN + "torch.set_num_threads(1)\n" + program + "assert imported()")


def test_compiling_restores_torchs_original_code() -> None:
    program = """
compiler.spare_the_compiler()  # a second time, as a kept worker does
spared = train(torch.optim.Adam)
code = torch.optim.Adam.step.__wrapped__.__code__, torch.optim.SGD.step.__code__
double = torch.compile(lambda x: 2 * x, backend="eager")
assert double(torch.ones(1)).item() == 2 and imported()
assert torch.optim.SGD.step.__code__ != code[1] and "_use_grad" in repr(torch.optim.SGD.step.__code__)
assert not hasattr(torch.optim.Optimizer.zero_grad.__wrapped__, compiler.MARK)
assert train(torch.optim.Adam) == spared
assert not any(type(finder).__module__ == compiler.__name__ for finder in sys.meta_path)
print("as it is")
"""
    assert answer(SPARED + program) == "as it is\n"


def test_a_step_that_raises_leaves_the_gradient_mode_unchanged() -> None:
    program = """
optimizer = torch.optim.SGD([torch.ones(1, requires_grad=True)])
def closure():
    raise ValueError("the student's own")
try:
    optimizer.step(closure)
except ValueError as error:
    print(error, torch.is_grad_enabled())
"""
    assert answer(SPARED + program) == "the student's own True\n"


def test_a_worker_has_imported_what_its_children_would_import() -> None:
    program = """
import gc, sys
gc.disable()
from autograder.worker.warm import warm_up
warm_up(["numpy", "torch"], True)
print("torch._dynamo" in sys.modules, "numpy.random" in sys.modules)
print("torch._meta_registrations" in sys.modules)
print(gc.isenabled(), gc.get_freeze_count() > 10**5)
"""
    assert answer(program) == "False True\nFalse\nTrue True\n"


USE = """
import copy, io
from torch.utils.data import DataLoader, TensorDataset, random_split
torch.manual_seed(3)
images = TensorDataset(torch.arange(12.0))
generator = torch.Generator().manual_seed(5)
print(type(generator) is torch.Generator, isinstance(generator, torch.Generator), generator.initial_seed())
print(torch.randperm(5, generator=generator), torch.rand(2, generator=torch.Generator()))
print([batch for batch, in DataLoader(images, 4, shuffle=True)])
print([batch for batch, in DataLoader(images, 4, shuffle=True, generator=generator)])
print([list(part.indices) for part in random_split(images, [8, 4])])
print(torch.distributions.Normal(0.0, 1.0).sample((2,)), torch.nn.functional.dropout(torch.ones(4)))
x = torch.linspace(0, 1, 4, dtype=torch.float64)
print(torch.func.jvp(torch.sin, (x,), (x,)), torch.func.vmap(torch.sin)(x), torch.func.hessian(torch.sum)(x))
print(torch.jit.trace(torch.sin, x)(x), torch.fft.fft(x).abs(), torch.linalg.svdvals(x[:, None]))
print(torch.autograd.functional.jacobian(torch.exp, x), torch.nn.Linear(4, 3, device="meta").weight)
buffer = io.BytesIO()
torch.save(torch.nn.utils.parametrizations.weight_norm(torch.nn.Linear(2, 2)).state_dict(), buffer)
buffer.seek(0)
print(torch.load(buffer), copy.deepcopy(torch.nn.LSTM(2, 3))(torch.ones(1, 1, 2))[0])
"""


def test_what_students_use_works_in_a_worker_as_usual() -> None:
    warm = "from autograder.worker.warm import warm_up\nwarm_up(['numpy', 'torch'], True)\nimport torch\n"
    inside = answer(warm + USE)
    assert "True True 5" in inside
    assert inside == answer("import torch\ntorch.set_num_threads(1)\n" + USE)
