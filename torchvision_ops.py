"""Let torchvision import beside a CPU-only torch: it registers the two operator schemas that are then
missing.

torchvision's wheel holds compiled operators (`_C`) that may be linked against the GPU build of torch.
Beside a CPU-only torch they cannot load, and `import torchvision` ends in `operator torchvision::nms
does not exist`, because its pure Python half describes two operators that nobody has declared.
Declaring them is enough for `datasets` and `transforms`; calling `nms` itself still fails, as it must.
Where the compiled operators load, nothing is done.

Import this module before torchvision:

    import torchvision_ops  # noqa: F401
    from torchvision import datasets
"""

import importlib.machinery
import importlib.util
import os
import sys
from pathlib import Path

import torch

__all__ = ["SCHEMAS", "register"]

SCHEMAS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)

_library: list[torch.library.Library] = []  # a declaration lives as long as the object that made it


def register() -> bool:
    """Declare the operators that torchvision lacks; True when this call declared them.

    Does nothing where torchvision is not installed, where its compiled operators load, or the second time.
    """
    if _declared() or _compiled_operators_load():
        return False
    library = torch.library.Library("torchvision", "FRAGMENT")
    for schema in SCHEMAS:
        library.define(schema)
    _library.append(library)
    return True


def _declared() -> bool:
    return hasattr(torch.ops.torchvision, "nms")


def _compiled_operators_load() -> bool:
    """Whether torchvision's own shared library loads here (True also where there is no torchvision to
    help)."""
    spec = importlib.util.find_spec("torchvision")
    if spec is None or not spec.submodule_search_locations:
        return True
    folder = Path(spec.submodule_search_locations[0])
    files = [folder / f"_C{suffix}" for suffix in importlib.machinery.EXTENSION_SUFFIXES]
    return any(_loads(file) for file in files if file.exists())


def _loads(file: Path) -> bool:
    if sys.platform == "win32":
        os.add_dll_directory(str(file.parent))
    try:
        torch.ops.load_library(str(file))
    except OSError:
        return False
    return True


register()
