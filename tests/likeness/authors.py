"""Writes honest submissions to `latent_space`: each author draws an idiom at every point where people differ.

No two authors share a text. They do share idioms, as a class does: some are drawn often, some seldom, and the
three lines of a training step are everybody's. Nothing here is run, so only its shape has to be right.
"""

# ruff: noqa: E501 - an idiom is easier to read in one line
from __future__ import annotations

import ast
import random
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

TEMPLATE = Path(__file__).parents[2] / "assignments/latent_space/latent_space.py"
NAMES = {
    "opt": ("optimizer", "optim", "opt", "adam", "optimiser"),
    "net": ("model", "net", "ae", "autoencoder", "m"),
    "imgs": ("images", "x", "batch", "imgs", "data", "xb"),
    "flat": ("flat", "inputs", "x_flat", "xs", "v"),
    "rec": ("recon", "out", "x_rec", "reconstruction", "output", "pred"),
    "lat": ("z", "latent", "code", "lat", "h"),
    "loss": ("loss", "l", "cost", "batch_loss", "err"),
    "tot": ("total", "running", "epoch_loss", "acc", "s"),
    "cnt": ("count", "n", "seen", "num", "samples"),
    "res": ("results", "out_dict", "res", "summary", "table"),
    "hist": ("history", "train_losses", "curve", "losses_per_epoch", "hs"),
    "fn": ("loss_fn", "criterion", "f", "objective", "loss_function"),
    "lab": ("labels", "y", "targets", "lbl", "ys"),
    "eps": ("eps", "tiny", "EPS", "delta", "small"),
}
DEFINED = (
    *("AutoencoderWithAnalysis", "mse_loss", "bce_loss", "mae_loss", "compare_loss_functions"),
    *("find_optimal_latent_dim", "find_elbow", "class_centroids", "latent_arithmetic", "decode_arithmetic"),
)


@dataclass
class Author:
    """One person's habits: names and idioms, drawn once; `parts` is what they wrote, by definition."""

    seed: int
    random: random.Random = field(init=False)
    names: dict[str, str] = field(init=False)
    keeps_docs: bool = field(init=False)

    def __post_init__(self) -> None:
        self.random = random.Random(f"author {self.seed}")
        self.names = {key: self.random.choice(words) for key, words in NAMES.items()}
        self.keeps_docs = self.random.random() < 0.6

    def pick(self, *options: str) -> str:
        """One of the idioms; earlier ones are more usual."""
        weights = [1 / (place + 1) for place in range(len(options))]
        return self.random.choices(options, weights)[0]

    def maybe(self, text: str, chance: float = 0.3) -> str:
        return text if self.random.random() < chance else ""

    def fill(self, text: str) -> str:
        """`text` with this author's names for $opt, $net, …"""
        for key, name in self.names.items():
            text = text.replace(f"${key}", name)
        return text

    def parts(self) -> dict[str, str]:
        """The source of every definition, helpers of it included."""
        made = {name: self.fill(WRITERS[name](self)) for name in DEFINED}
        return {name: _tidy(source) for name, source in made.items()}


def _tidy(source: str) -> str:
    lines = [line.rstrip() for line in source.splitlines()]
    return "\n".join(line for line in lines if line) + "\n"


def block(text: str, depth: int) -> str:
    """`text`, indented by `depth` levels."""
    return textwrap.indent(textwrap.dedent(text).strip("\n"), "    " * depth)


def the_model(a: Author) -> str:
    sup = a.pick(
        "super().__init__()", "super(AutoencoderWithAnalysis, self).__init__()", "nn.Module.__init__(self)"
    )
    keep = [a.maybe("self.input_dim = input_dim", 0.5), "self.latent_dim = latent_dim"]
    a.random.shuffle(keep)
    head = [sup, *keep] if a.random.random() < 0.7 else [*keep[:0], sup, *keep[::-1]]
    way = a.random.choice((_sequential, _sequential, _by_layer, _module_list, _by_helper, _by_sizes))
    helper, init, encode, decode = way(a)
    forward = a.pick(
        "$lat = self.encode(x)\nreturn self.decode($lat), $lat",
        "$lat = self.encode(x)\n$rec = self.decode($lat)\nreturn $rec, $lat",
        "$lat = self.encode(x)\n$rec = self.decode($lat)\nreturn ($rec, $lat)",
        "encoded = self.encode(x)\ndecoded = self.decode(encoded)\nassert decoded.shape == x.shape\nreturn decoded, encoded",
        "return self.decode($lat := self.encode(x)), $lat",
        "pair = [self.encode(x)]\npair.insert(0, self.decode(pair[0]))\nreturn tuple(pair)",
    )
    extra = a.maybe(
        a.pick(
            "def n_parameters(self):\n    return sum(p.numel() for p in self.parameters())",
            "def extra_repr(self):\n    return f'latent_dim={self.latent_dim}'",
            "def count(self):\n    total = 0\n    for p in self.parameters():\n        if p.requires_grad:\n            total += p.numel()\n    return total",
            "@property\ndef ratio(self):\n    return self.decoder_out() / max(1, self.latent_dim)\ndef decoder_out(self):\n    return list(self.parameters())[-1].shape[0]",
        ),
        0.4,
    )
    return "\n".join(
        [
            helper,
            "class AutoencoderWithAnalysis(nn.Module):",
            "    def __init__(self, input_dim: int = 784, latent_dim: int = 32) -> None:",
            block("\n".join([*head, init]), 2),
            "    def encode(self, x: Tensor) -> Tensor:",
            block(encode, 2),
            "    def decode(self, z: Tensor) -> Tensor:",
            block(decode, 2),
            "    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:",
            block(forward, 2),
            block(extra, 1) if extra else "",
        ]
    )


def _sequential(a: Author) -> tuple[str, str, str, str]:
    relu = a.pick("nn.ReLU()", "nn.ReLU(inplace=True)", "torch.nn.ReLU()")
    lin = a.pick("nn.Linear", "torch.nn.Linear")
    enc, dec = a.pick("encoder", "enc", "down"), a.pick("decoder", "dec", "up")
    dec = {"encoder": "decoder", "enc": "dec"}.get(enc, dec)
    first, second = a.pick("256", "hidden[0]", "2 * width", "h1"), ""
    second = {"256": "128", "hidden[0]": "hidden[1]", "2 * width": "width", "h1": "h2"}[first]
    before = {"hidden[0]": "hidden = (256, 128)", "2 * width": "width = 128", "h1": "h1, h2 = 256, 128"}.get(
        first, ""
    )
    init = (
        f"{before}\nself.{enc} = nn.Sequential({lin}(input_dim, {first}), {relu}, {lin}({first}, {second}), {relu}, "
        f"{lin}({second}, latent_dim))\n"
        f"self.{dec} = nn.Sequential({lin}(latent_dim, {second}), {relu}, {lin}({second}, {first}), {relu}, "
        f"{lin}({first}, input_dim), {a.pick('nn.Sigmoid()', 'torch.nn.Sigmoid()')})"
    )
    look = a.pick(
        "",
        "$lat = self.{}(x)\nreturn $lat",
        "assert x.dim() == 2\nreturn self.{}(x)",
        "return self.{}.forward(x)",
    )
    encode = look.format(enc) or f"return self.{enc}(x)"
    decode = a.pick(
        f"return self.{dec}(z)",
        f"$rec = self.{dec}(z)\nreturn $rec",
        f"for layer in self.{dec}:\n    z = layer(z)\nreturn z",
    )
    return "", init, encode, decode


def _by_layer(a: Author) -> tuple[str, str, str, str]:
    n = a.pick("fc", "lin", "layer", "l")
    relu = a.pick(
        "F.relu({})",
        "torch.relu({})",
        "{}.relu()",
        "nn.functional.relu({})",
        "self.act({})",
        "{}.clamp(min=0)",
    )
    sig = a.pick("torch.sigmoid({})", "{}.sigmoid()", "F.sigmoid({})", "1 / (1 + torch.exp(-{}))")
    sizes = [
        "(input_dim, 256)",
        "(256, 128)",
        "(128, latent_dim)",
        "(latent_dim, 128)",
        "(128, 256)",
        "(256, input_dim)",
    ]
    init = "\n".join(f"self.{n}{i} = nn.Linear{size}" for i, size in enumerate(sizes, 1))
    init += "\nself.act = nn.ReLU()" if "self.act" in relu else ""
    nest = a.random.random() < 0.4
    if nest:
        one, two = relu.format(f"self.{n}1(x)"), relu.format(f"self.{n}4(z)")
        encode = f"return self.{n}3({relu.format(f'self.{n}2({one})')})"
        decode = f"return {sig.format(f'self.{n}6(' + relu.format(f'self.{n}5({two})') + ')')}"
    else:
        h, g = a.pick("x", "h", "hidden"), a.pick("z", "h", "y")
        encode = f"{h} = {relu.format(f'self.{n}1(x)')}\n{h} = {relu.format(f'self.{n}2({h})')}\nreturn self.{n}3({h})"
        decode = f"{g} = {relu.format(f'self.{n}4(z)')}\n{g} = {relu.format(f'self.{n}5({g})')}\nreturn {sig.format(f'self.{n}6({g})')}"
    helper = "import torch.nn.functional as F" if "F." in relu + sig else ""
    return helper, init, encode, decode


def _module_list(a: Author) -> tuple[str, str, str, str]:
    init = a.pick(
        "sizes = [input_dim, 256, 128, latent_dim]\nself.down = nn.ModuleList(nn.Linear(a, b) for a, b in zip(sizes, sizes[1:]))\nsizes.reverse()\nself.up = nn.ModuleList(nn.Linear(a, b) for a, b in zip(sizes, sizes[1:]))",
        "dims = (input_dim, 256, 128, latent_dim)\nself.down = nn.ModuleList()\nself.up = nn.ModuleList()\nfor i in range(3):\n    self.down.append(nn.Linear(dims[i], dims[i + 1]))\nfor i in range(3, 0, -1):\n    self.up.append(nn.Linear(dims[i], dims[i - 1]))",
        "self.down = nn.ModuleList([nn.Linear(input_dim, 256), nn.Linear(256, 128), nn.Linear(128, latent_dim)])\nself.up = nn.ModuleList([nn.Linear(latent_dim, 128), nn.Linear(128, 256), nn.Linear(256, input_dim)])",
    )
    encode = a.pick(
        "for layer in self.down[:-1]:\n    x = torch.relu(layer(x))\nreturn self.down[-1](x)",
        "for i, layer in enumerate(self.down):\n    x = layer(x)\n    if i < len(self.down) - 1:\n        x = torch.relu(x)\nreturn x",
        "*hidden, last = self.down\nfor layer in hidden:\n    x = layer(x).relu()\nreturn last(x)",
    )
    decode = a.pick(
        "for layer in self.up[:-1]:\n    z = torch.relu(layer(z))\nreturn torch.sigmoid(self.up[-1](z))",
        "for i in range(len(self.up)):\n    z = self.up[i](z)\n    z = torch.sigmoid(z) if i == len(self.up) - 1 else torch.relu(z)\nreturn z",
        "h = z\nfor layer in list(self.up)[:2]:\n    h = layer(h).clamp_min(0)\nreturn self.up[2](h).sigmoid()",
    )
    return "", init, encode, decode


def _by_helper(a: Author) -> tuple[str, str, str, str]:
    helper = a.pick(
        "def mlp(sizes, last=None):\n    layers = []\n    for a, b in zip(sizes[:-1], sizes[1:]):\n        layers += [nn.Linear(a, b), nn.ReLU()]\n    layers.pop()\n    if last is not None:\n        layers.append(last)\n    return nn.Sequential(*layers)",
        "def block(n_in, n_out, activation=nn.ReLU):\n    return nn.Sequential(nn.Linear(n_in, n_out), activation())",
        "def make_layers(*dims):\n    parts = []\n    for i in range(1, len(dims)):\n        parts.append(nn.Linear(dims[i - 1], dims[i]))\n        if i + 1 < len(dims):\n            parts.append(nn.ReLU())\n    return parts",
    )
    init = {
        "def m": "self.encoder = mlp((input_dim, 256, 128, latent_dim))\nself.decoder = mlp((latent_dim, 128, 256, input_dim), nn.Sigmoid())",
        "def b": "self.encoder = nn.Sequential(block(input_dim, 256), block(256, 128), nn.Linear(128, latent_dim))\nself.decoder = nn.Sequential(block(latent_dim, 128), block(128, 256), block(256, input_dim, nn.Sigmoid))",
    }[helper[:5]]
    if helper.startswith("def make"):
        init = "self.encoder = nn.Sequential(*make_layers(input_dim, 256, 128, latent_dim))\nself.decoder = nn.Sequential(*make_layers(latent_dim, 128, 256, input_dim), nn.Sigmoid())"
    return (
        helper,
        init,
        a.pick("return self.encoder(x)", "$lat = self.encoder(x)\nreturn $lat"),
        a.pick("return self.decoder(z)", "$rec = self.decoder(z)\nreturn $rec"),
    )


def _by_sizes(a: Author) -> tuple[str, str, str, str]:
    init = a.pick(
        "layers = []\nprevious = input_dim\nfor width in (256, 128):\n    layers.append(nn.Linear(previous, width))\n    layers.append(nn.ReLU())\n    previous = width\nlayers.append(nn.Linear(previous, latent_dim))\nself.encoder = nn.Sequential(*layers)\nlayers = []\nprevious = latent_dim\nfor width in (128, 256):\n    layers.append(nn.Linear(previous, width))\n    layers.append(nn.ReLU())\n    previous = width\nlayers.extend([nn.Linear(previous, input_dim), nn.Sigmoid()])\nself.decoder = nn.Sequential(*layers)",
        "from collections import OrderedDict\nself.encoder = nn.Sequential(OrderedDict([('in', nn.Linear(input_dim, 256)), ('r1', nn.ReLU()), ('mid', nn.Linear(256, 128)), ('r2', nn.ReLU()), ('out', nn.Linear(128, latent_dim))]))\nself.decoder = nn.Sequential(OrderedDict([('in', nn.Linear(latent_dim, 128)), ('r1', nn.ReLU()), ('mid', nn.Linear(128, 256)), ('r2', nn.ReLU()), ('out', nn.Linear(256, input_dim)), ('squash', nn.Sigmoid())]))",
        "self.encoder = nn.Sequential()\nfor k, (i, o) in enumerate([(input_dim, 256), (256, 128), (128, latent_dim)]):\n    self.encoder.add_module(f'linear{k}', nn.Linear(i, o))\n    if k < 2:\n        self.encoder.add_module(f'relu{k}', nn.ReLU())\nself.decoder = nn.Sequential()\nfor k, (i, o) in enumerate([(latent_dim, 128), (128, 256), (256, input_dim)]):\n    self.decoder.add_module(f'linear{k}', nn.Linear(i, o))\n    self.decoder.add_module(f'act{k}', nn.ReLU() if k < 2 else nn.Sigmoid())",
    )
    return (
        "",
        init,
        "return self.encoder(x)",
        a.pick("return self.decoder(z)", "return self.decoder.forward(z)"),
    )


def mse(a: Author) -> str:
    body = a.pick(
        "return ((x_hat - x) ** 2).mean()",
        "return torch.mean((x_hat - x) ** 2)",
        "return (x_hat - x).pow(2).mean()",
        "return torch.square(x_hat - x).mean()",
        "diff = x_hat - x\nreturn (diff * diff).sum() / diff.numel()",
        "return nn.functional.mse_loss(x_hat, x)",
        "squared = (x - x_hat).square()\nreturn squared.flatten().mean()",
        "err = torch.sub(x_hat, x)\nreturn torch.dot(err.flatten(), err.flatten()) / err.numel()",
    )
    return "def mse_loss(x_hat: Tensor, x: Tensor) -> Tensor:\n" + block(body, 1)


def bce(a: Author) -> str:
    e = a.pick("1e-7", "1e-8", "torch.finfo(x_hat.dtype).eps", "1e-6", "1e-12")
    body = a.pick(
        f"$eps = {e}\np = x_hat.clamp($eps, 1 - $eps)\nreturn -(x * torch.log(p) + (1 - x) * torch.log(1 - p)).mean()",
        f"x_hat = torch.clamp(x_hat, min={e}, max=1 - {e})\nreturn -torch.mean(x * x_hat.log() + (1 - x) * (1 - x_hat).log())",
        "return nn.functional.binary_cross_entropy(x_hat, x)",
        f"$eps = {e}\npos = x * torch.log(x_hat + $eps)\nneg = (1.0 - x) * torch.log(1.0 - x_hat + $eps)\nreturn -(pos + neg).mean()",
        f"q = torch.stack([x_hat, 1 - x_hat]).clamp(min={e})\nw = torch.stack([x, 1 - x])\nreturn -(w * q.log()).sum(0).mean()",
        f"safe = x_hat * (1 - 2 * {e}) + {e}\nlogit = torch.log(safe) - torch.log1p(-safe)\nreturn nn.functional.binary_cross_entropy_with_logits(logit, x)",
        "log_p = torch.log(x_hat).clamp(min=-100)\nlog_q = torch.log1p(-x_hat).clamp(min=-100)\nterms = torch.lerp(log_q, log_p, x)\nreturn terms.mean().neg()",
        f"$tot = x_hat.new_zeros(())\nfor target, p in ((x, x_hat), (1 - x, 1 - x_hat)):\n    $tot = $tot - (target * p.clamp(min={e}).log()).mean()\nreturn $tot",
    )
    return "def bce_loss(x_hat: Tensor, x: Tensor) -> Tensor:\n" + block(body, 1)


def mae(a: Author) -> str:
    body = a.pick(
        "return torch.abs(x_hat - x).mean()",
        "return (x_hat - x).abs().mean()",
        "return torch.mean(torch.abs(x_hat - x))",
        "return nn.functional.l1_loss(x_hat, x)",
        "diff = x - x_hat\nreturn torch.where(diff > 0, diff, -diff).mean()",
        "n = x.numel()\nreturn (x_hat - x).abs().sum() / n",
        "return (torch.maximum(x_hat, x) - torch.minimum(x_hat, x)).mean()",
        "d = (x_hat - x).flatten()\nreturn (d * d.sign()).mean()",
    )
    return "def mae_loss(x_hat: Tensor, x: Tensor) -> Tensor:\n" + block(body, 1)


def step(a: Author, flat: str, fn: str, net: str = "$net", opt: str = "$opt") -> str:
    """The body of the loop over batches, up to the step: everybody writes much the same."""
    zero = a.pick(f"{opt}.zero_grad()", f"{opt}.zero_grad(set_to_none=True)", f"{net}.zero_grad()")
    run = a.pick(f"$rec, _ = {net}({flat})", f"$rec, $lat = {net}({flat})", f"$rec = {net}({flat})[0]")
    call = f"$loss = {fn}($rec, {flat})"
    rows = [zero, run, call] if a.random.random() < 0.5 else [run, call, zero]
    return "\n".join([*rows, "$loss.backward()", f"{opt}.step()"])


def to_flat(a: Author, imgs: str = "$imgs") -> tuple[str, str]:
    """(lines that make flat images, their name)."""
    shape = a.pick(
        "flatten(1)",
        "view($imgs.size(0), -1)",
        "reshape(len($imgs), -1)",
        "flatten(start_dim=1)",
        "view($imgs.shape[0], -1)",
    )
    return a.random.choice(
        (
            (f"$flat = $imgs.{shape}.to(device)", "$flat"),
            (f"$imgs = $imgs.to(device)\n$flat = $imgs.{shape}", "$flat"),
            (f"$imgs = $imgs.{shape}.to(device)", "$imgs"),
            (f"$flat = $imgs.to(device).{shape}", "$flat"),
        )
    )


def epoch_loop(a: Author, fn: str, hist: str | None) -> str:
    """Lines that train $net for `epochs` and, if there is a `hist`, append the epoch's mean to it."""
    lines, flat = to_flat(a)
    body = step(a, flat, fn)
    loop = a.pick(
        "for $imgs, _ in train_loader:",
        "for $imgs, $lab in train_loader:",
        "for batch_data in train_loader:\n    $imgs = batch_data[0]",
        "for i, ($imgs, _) in enumerate(train_loader):",
    )
    epoch = a.pick("for epoch in range(epochs):", "for _ in range(epochs):", "for e in range(1, epochs + 1):")
    adam = a.pick(
        "torch.optim.Adam($net.parameters(), lr=lr)",
        "torch.optim.Adam($net.parameters(), lr)",
        "torch.optim.Adam(params=$net.parameters(), lr=lr)",
    )
    mode = a.pick("$net.train()", "$net.train(True)")
    top = a.random.random() < 0.5
    parts = [f"$opt = {adam}", mode if top else "", epoch, "" if top else block(mode, 1)]
    if hist is None:
        return "\n".join([*parts, block(loop, 1), block(lines + "\n" + body, 2)])
    weigh = a.random.choice(
        (
            (
                "$tot, $cnt = 0.0, 0",
                f"$tot += $loss.item() * len({flat})\n$cnt += len({flat})",
                "$tot / $cnt",
            ),
            (
                "$tot = 0.0\n$cnt = 0",
                f"$tot += $loss.item() * {flat}.size(0)\n$cnt += {flat}.size(0)",
                "$tot / $cnt",
            ),
            ("$tot = 0", f"$tot += $loss.item() * {flat}.shape[0]", "$tot / len(train_loader.dataset)"),
            ("$tot = 0.0", "$tot += float($loss)", "$tot / len(train_loader)"),
            ("values = []", "values.append($loss.item())", "sum(values) / len(values)"),
            (
                "values, sizes = [], []",
                f"values.append($loss.detach())\nsizes.append(len({flat}))",
                "float(np.average([float(v) for v in values], weights=sizes))",
            ),
            ("values = []", f"values += [$loss.item()] * len({flat})", "float(np.mean(values))"),
        )
    )
    say = a.maybe(
        a.pick(
            "print(f'epoch {epoch}: {mean:.4f}')",
            "if epoch % 5 == 0:\n    print('epoch', epoch, 'loss', mean)",
            "print(mean)",
        ),
        0.25,
    )
    tail = (
        f"mean = {weigh[2]}\n{say}\n{hist}.append(mean)"
        if say and "epoch" in epoch.split()[1]
        else f"{hist}.append({weigh[2]})"
    )
    return "\n".join(
        [
            *parts,
            block(weigh[0], 1),
            block(loop, 1),
            block(lines + "\n" + body + "\n" + weigh[1], 2),
            block(tail, 1),
        ]
    )


def first_ten(a: Author) -> str:
    """Lines that set `ten` to the first ten flat images of test_loader."""
    return a.random.choice(
        (
            "ten = torch.cat([$imgs.flatten(1) for $imgs, _ in test_loader])[:10].to(device)",
            "rows = []\nfor $imgs, _ in test_loader:\n    rows.append($imgs.flatten(1))\n    if sum(len(r) for r in rows) >= 10:\n        break\nten = torch.cat(rows)[:10].to(device)",
            "kept = []\nfor $imgs, _ in test_loader:\n    for one in $imgs:\n        if len(kept) < 10:\n            kept.append(one.flatten())\nten = torch.stack(kept).to(device)",
            "parts, have = [], 0\nfor $imgs, $lab in test_loader:\n    take = $imgs[: 10 - have].flatten(1)\n    parts.append(take)\n    have += len(take)\n    if have == 10:\n        break\nten = torch.cat(parts).to(device)",
            "from itertools import chain, islice\nten = torch.stack(list(islice(chain.from_iterable(b for b, _ in test_loader), 10))).flatten(1).to(device)",
            "ten = torch.empty(0)\nit = iter(test_loader)\nwhile len(ten) < 10:\n    try:\n        more = next(it)[0]\n    except StopIteration:\n        break\n    more = more.reshape(more.size(0), -1)\n    ten = more if ten.numel() == 0 else torch.cat((ten, more))\nten = ten[:10].to(device)",
        )
    )


def compare(a: Author) -> str:
    head = "def compare_loss_functions(model_class, train_loader, test_loader, device, epochs: int = 10, lr: float = 1e-3):"
    pairs = a.random.choice(
        (
            ("for name, $fn in {'MSE': mse_loss, 'BCE': bce_loss, 'L1': mae_loss}.items():", ""),
            ("for name, $fn in (('MSE', mse_loss), ('BCE', bce_loss), ('L1', mae_loss)):", ""),
            ("for name, $fn in zip(['MSE', 'BCE', 'L1'], [mse_loss, bce_loss, mae_loss]):", ""),
            (
                "for name in functions:\n    $fn = functions[name]",
                "functions = {'MSE': mse_loss, 'BCE': bce_loss, 'L1': mae_loss}",
            ),
            (
                "for name, $fn in functions.items():",
                "functions = dict(MSE=mse_loss, BCE=bce_loss, L1=mae_loss)",
            ),
        )
    )
    make = a.pick(
        "$net = model_class().to(device)",
        "$net = model_class()\n$net.to(device)",
        "$net = model_class()\n$net = $net.to(device)",
    )
    ten, early = first_ten(a), a.random.random() < 0.5
    predict = a.random.choice(
        (
            "$net.eval()\nwith torch.no_grad():\n    $rec = $net(ten)[0].cpu()",
            "$net.eval()\nwith torch.no_grad():\n    $rec, _ = $net(ten)",
            "with torch.no_grad():\n    $net.eval()\n    $rec = $net.decode($net.encode(ten))",
            "$net.train(False)\n$rec = $net(ten)[0].detach().cpu()",
            "$net.eval()\nwith torch.inference_mode():\n    $rec, $lat = $net(ten)\n$rec = $rec.cpu().clone()",
        )
    )
    store = a.random.choice(
        (
            "$res[name] = {'model': $net, 'train_losses': $hist, 'reconstructions': $rec.cpu()}",
            "$res[name] = dict(model=$net, train_losses=$hist, reconstructions=$rec.detach().cpu())",
            "entry = {}\nentry['model'] = $net\nentry['train_losses'] = $hist\nentry['reconstructions'] = $rec.detach().to('cpu')\n$res[name] = entry",
            "$res.update({name: {'model': $net, 'train_losses': $hist, 'reconstructions': $rec.cpu().detach()}})",
        )
    )
    if a.random.random() < 0.4:
        helper = a.pick("train_one", "fit", "train_model", "run_training")
        order = a.pick(
            "$net, train_loader, $fn, device, epochs, lr",
            "$net, $fn, train_loader, epochs, lr, device",
            "$net, train_loader, device, $fn, lr, epochs",
        )
        train = (
            f"def {helper}({order}):\n"
            + block("$hist = []\n" + epoch_loop(a, "$fn", "$hist") + "\nreturn $hist", 1)
            + "\n"
        )
        inner = f"{make}\n$hist = {helper}({order})"
    else:
        train, inner = "", make + "\n$hist = []\n" + epoch_loop(a, "$fn", "$hist")
    inner += ("\n" if early else f"\n{ten}\n") + predict + "\n" + store
    return "\n".join(
        [
            train,
            head,
            block(pairs[1], 1) if pairs[1] else "",
            "    $res = {}",
            block(ten, 1) if early else "",
            block(pairs[0], 1),
            block(inner, 2),
            "    return $res",
        ]
    )


def sweep(a: Author) -> str:
    head = "def find_optimal_latent_dim(train_loader, test_loader, device, dims=(2, 4, 8, 16, 32, 64, 128, 256), epochs: int = 15, lr: float = 1e-3, model_class=AutoencoderWithAnalysis):"
    k = a.pick("k", "dim", "d", "latent_dim")
    lines, flat = to_flat(a)
    measure = a.random.choice(
        (
            f"$tot, $cnt = 0.0, 0\nwith torch.no_grad():\n    for $imgs, _ in test_loader:\n{block(lines, 2)}\n        $rec, _ = $net({flat})\n        $tot += (($rec - {flat}) ** 2).sum().item()\n        $cnt += {flat}.numel()\nerror = $tot / $cnt",
            f"$tot = 0.0\n$cnt = 0\nwith torch.no_grad():\n    for $imgs, $lab in test_loader:\n{block(lines, 2)}\n        $rec = $net({flat})[0]\n        $tot += mse_loss($rec, {flat}).item() * {flat}.size(0)\n        $cnt += {flat}.size(0)\nerror = $tot / $cnt",
            f"errors = []\nfor $imgs, _ in test_loader:\n{block(lines, 1)}\n    with torch.no_grad():\n        $rec, $lat = $net({flat})\n    errors.append(($rec - {flat}).square().mean(dim=1))\nerror = torch.cat(errors).mean().item()",
            "with torch.no_grad():\n    everything = torch.cat([$imgs for $imgs, _ in test_loader]).flatten(1).to(device)\n    error = float(mse_loss($net(everything)[0], everything))",
            f"per_image = []\nwith torch.inference_mode():\n    for $imgs, _ in test_loader:\n{block(lines, 2)}\n        for row, truth in zip($net({flat})[0], {flat}):\n            per_image.append(float(((row - truth) ** 2).mean()))\nerror = float(np.mean(per_image))",
            f"with torch.no_grad():\n    batches = []\n    for $imgs, _ in test_loader:\n{block(lines, 2)}\n        batches.append((len({flat}), mse_loss($net({flat})[0], {flat}).item()))\nerror = sum(n * v for n, v in batches) / sum(n for n, _ in batches)",
        )
    )
    store = a.random.choice(
        (
            f"$res.append({{'dim': {k}, 'error': error}})",
            f"entry = {{'dim': {k}, 'error': error}}\n$res.append(entry)",
            f"$res += [{{'dim': int({k}), 'error': float(error)}}]",
            f"$res.append(dict(dim={k}, error=error))",
        )
    )
    make = a.pick(
        f"$net = model_class(latent_dim={k}).to(device)",
        f"$net = model_class(latent_dim={k})\n$net.to(device)",
    )
    body = "\n".join(
        [
            make,
            epoch_loop(a, "mse_loss", None),
            a.pick("$net.eval()", "$net = $net.eval()", "$net.train(False)"),
            measure,
            store,
            a.maybe(f"print(f'{{{k}}}: {{error:.5f}}')", 0.3),
        ]
    )
    return "\n".join([head, "    $res = []", f"    for {k} in dims:", block(body, 2), "    return $res"])


def elbow(a: Author) -> str:
    body = a.random.choice(
        (
            "x = np.log2(np.array(dims, dtype=float))\ny = np.array(errors, dtype=float)\nline = y[0] + (y[-1] - y[0]) * (x - x[0]) / (x[-1] - x[0])\nreturn dims[int(np.argmax(line - y))]",
            "xs = [np.log(d) for d in dims]\nslope = (errors[-1] - errors[0]) / (xs[-1] - xs[0])\nbest, best_gap = dims[0], -1.0\nfor d, x, e in zip(dims, xs, errors):\n    gap = errors[0] + slope * (x - xs[0]) - e\n    if gap > best_gap:\n        best, best_gap = d, gap\nreturn best",
            "import math\nlogs = list(map(math.log, dims))\nt = [(v - logs[0]) / (logs[-1] - logs[0]) for v in logs]\ngaps = [(1 - u) * errors[0] + u * errors[-1] - e for u, e in zip(t, errors)]\nreturn dims[gaps.index(max(gaps))]",
            "p = np.stack([np.log10(dims), np.asarray(errors)], axis=1)\ndirection = p[-1] - p[0]\ndirection = direction / np.linalg.norm(direction)\nrel = p - p[0]\nfoot = np.outer(rel @ direction, direction)\nfar = np.linalg.norm(rel - foot, axis=1)\nreturn int(dims[far.argmax()])",
            "x = torch.tensor([float(d) for d in dims]).log()\ny = torch.tensor([float(e) for e in errors])\ncross = (x[-1] - x[0]) * (y[0] - y) - (x[0] - x) * (y[-1] - y[0])\nreturn dims[int(cross.argmax())]",
            "x = np.log(np.asarray(dims, float))\nm, b = np.polyfit([x[0], x[-1]], [errors[0], errors[-1]], 1)\nbelow = m * x + b - np.asarray(errors, float)\norder = np.argsort(below)\nreturn int(np.asarray(dims)[order[-1]])",
            "n = len(dims)\nif n < 3:\n    return dims[0]\nstart, end = np.log2(dims[0]), np.log2(dims[n - 1])\ndistances = np.zeros(n)\nfor i in range(n):\n    share = (np.log2(dims[i]) - start) / (end - start)\n    distances[i] = errors[0] - share * (errors[0] - errors[n - 1]) - errors[i]\nreturn dims[np.argmax(distances)]",
        )
    )
    return "def find_elbow(dims, errors) -> int:\n" + block(body, 1)


def centroids(a: Author) -> str:
    lines, flat = to_flat(a)
    body = a.random.choice(
        (
            f"zs, ys = [], []\nfor $imgs, $lab in loader:\n{block(lines, 1)}\n    zs.append($net.encode({flat}))\n    ys.append($lab)\nzs, ys = torch.cat(zs), torch.cat(ys).to(device)\nreturn torch.stack([zs[ys == c].mean(0) for c in range(n_classes)])",
            f"sums, counts = None, torch.zeros(n_classes, device=device)\nfor $imgs, $lab in loader:\n{block(lines, 1)}\n    $lat = $net.encode({flat})\n    if sums is None:\n        sums = torch.zeros(n_classes, $lat.size(1), device=device)\n    sums.index_add_(0, $lab.to(device), $lat)\n    counts += torch.bincount($lab, minlength=n_classes).to(device)\nreturn sums / counts[:, None]",
            f"groups = {{c: [] for c in range(n_classes)}}\nfor $imgs, $lab in loader:\n{block(lines, 1)}\n    for $lat, label in zip($net.encode({flat}), $lab):\n        groups[int(label)].append($lat)\nrows = []\nfor c in range(n_classes):\n    rows.append(torch.stack(groups[c]).mean(dim=0) if groups[c] else torch.full_like($lat, float('nan')))\nreturn torch.stack(rows)",
            f"latents = []\nwanted = []\nfor $imgs, $lab in loader:\n{block(lines, 1)}\n    latents.append($net.encode({flat}).cpu())\n    wanted.append($lab.cpu())\nlatents = torch.cat(latents)\nhot = nn.functional.one_hot(torch.cat(wanted), n_classes).to(latents.dtype)\nreturn (hot.T @ latents) / hot.sum(0).unsqueeze(1)",
            f"means = []\nfor c in range(n_classes):\n    chosen = []\n    for $imgs, $lab in loader:\n        mask = $lab == c\n        if mask.any():\n{block(lines, 3)}\n            chosen.append($net.encode({flat})[mask.to(device)])\n    means.append(torch.cat(chosen).mean(0))\nreturn torch.stack(means)",
            f"from collections import defaultdict\ntable = defaultdict(lambda: [0, 0])\nfor $imgs, $lab in loader:\n{block(lines, 1)}\n    encoded = $net.encode({flat})\n    for c in $lab.unique().tolist():\n        rows = encoded[$lab.to(device) == c]\n        table[c][0] = table[c][0] + rows.sum(0)\n        table[c][1] += len(rows)\nwidth = encoded.shape[1]\nout = torch.full((n_classes, width), float('nan'))\nfor c, (total, n) in table.items():\n    out[c] = (total / n).cpu()\nreturn out",
        )
    )
    mode = a.pick(
        "$net.to(device)\n$net.eval()",
        "$net.to(device).eval()",
        "$net.eval().to(device)",
        "$net = $net.to(device)\n$net.train(False)",
    )
    text = (
        "@torch.no_grad()\ndef class_centroids(model, loader, device, n_classes: int = 10) -> Tensor:\n"
        + block(mode + "\n" + body, 1)
    )
    return text.replace("$net", "model")


def arithmetic(a: Author) -> str:
    body = a.pick(
        "return centroids[a] + (centroids[b] - centroids[c])",
        "return centroids[a] + centroids[b] - centroids[c]",
        "z_a, z_b, z_c = centroids[a], centroids[b], centroids[c]\nreturn z_a + (z_b - z_c)",
        "direction = centroids[b] - centroids[c]\nreturn centroids[a] + direction",
        "return torch.add(centroids[a], torch.sub(centroids[b], centroids[c]))",
        "weights = centroids.new_zeros(len(centroids))\nfor i, sign in ((a, 1), (b, 1), (c, -1)):\n    weights[i] += sign\nreturn weights @ centroids",
        "picked = centroids[[a, b, c]]\nreturn picked[0] + picked[1] - picked[2]",
    )
    return (
        "def latent_arithmetic(centroids: Tensor, a: int = 3, b: int = 8, c: int = 0) -> Tensor:\n"
        + block(body, 1)
    )


def decode(a: Author) -> str:
    call = a.pick("latent_arithmetic(centroids, a, b, c)", "latent_arithmetic(centroids, a=a, b=b, c=c)")
    body = a.pick(
        f"model.to(device).eval()\n$lat = {call}.to(device)\nreturn model.decode($lat.unsqueeze(0)).squeeze(0)",
        f"model.eval()\n$lat = {call}\n$rec = model.decode($lat.to(device).unsqueeze(0))\nreturn $rec[0]",
        f"model = model.to(device)\nmodel.eval()\n$lat = {call}.to(device)[None]\nreturn model.decode($lat)[0]",
        f"model.eval().to(device)\n$lat = {call}.to(device)\n$rec = model.decode($lat.view(1, -1))\nreturn $rec.view(-1)",
        f"model.to(device).train(False)\n$lat = torch.stack([{call}]).to(device)\n($rec,) = model.decode($lat)\nreturn $rec.detach()",
        f"was = model.training\nmodel.to(device).eval()\ntry:\n    $rec = model.decode({call}.reshape(1, -1).to(device))\nfinally:\n    model.train(was)\nreturn $rec.flatten()",
    )
    return (
        "@torch.no_grad()\ndef decode_arithmetic(model, centroids: Tensor, device, a: int = 3, b: int = 8, c: int = 0) -> Tensor:\n"
        + block(body, 1)
    )


WRITERS = dict(
    zip(
        DEFINED, (the_model, mse, bce, mae, compare, sweep, elbow, centroids, arithmetic, decode), strict=True
    )
)


def filled(parts: dict[str, str], order: Sequence[str] = DEFINED, docs: bool = True) -> str:
    """The template with each definition replaced by the one in `parts`, the later ones in `order`."""
    text = TEMPLATE.read_text(encoding="utf-8")
    lines = text.split("\n")
    given = {
        node.name: node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef | ast.ClassDef)
    }
    places = [given[name] for name in DEFINED]
    for node, name in reversed(list(zip(places, order, strict=True))):
        first = min([node.lineno, *(d.lineno for d in node.decorator_list)]) - 1
        doc = ast.get_docstring(given[name])
        source = _with_doc(parts[name], name, doc) if docs and doc else parts[name]
        lines[first : node.end_lineno] = source.rstrip("\n").split("\n")
    return "\n".join(lines)


def _with_doc(source: str, name: str, doc: str) -> str:
    """`source` with the template's docstring put back below the head of the definition `name`."""
    node = next(n for n in ast.parse(source).body if getattr(n, "name", "") == name)
    lines = source.split("\n")
    at = node.body[0].lineno - 1  # type: ignore[attr-defined]
    lines[at:at] = textwrap.indent(f'"""{doc}\n"""', "    ").split("\n")
    return "\n".join(lines)
