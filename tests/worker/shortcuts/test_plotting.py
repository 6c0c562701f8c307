"""Plotting that is imported when it is used: nothing is missing or different for code that draws."""

from __future__ import annotations

import subprocess
import sys

import pytest

START = """
import sys
from autograder.worker.shortcuts.plotting import put_off_plotting
put_off_plotting()
def there():
    return "matplotlib.figure" in sys.modules
"""


def answer(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", START + program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_an_unused_import_does_not_import_figures() -> None:
    assert answer("import matplotlib.pyplot as plt, matplotlib\nprint(there(), plt.__name__)") == (
        "False matplotlib.pyplot\n"
    )


@pytest.mark.parametrize(
    "first_use",
    [
        "import matplotlib.pyplot as plt",
        "from matplotlib import pyplot as plt",
        "from matplotlib.pyplot import *\nimport matplotlib.pyplot as plt",
        "from matplotlib.pyplot import subplots\nimport matplotlib.pyplot as plt",
        "import matplotlib\nmatplotlib.use('Agg')\nimport matplotlib.pyplot as plt",
        "import matplotlib.colors\nimport matplotlib.pyplot as plt",
        "import matplotlib.pyplot as plt\nfrom matplotlib.figure import Figure\nassert Figure is plt.Figure",
        "import matplotlib as mpl\nmpl.rcParams['figure.dpi'] = 70\nimport matplotlib.pyplot as plt",
        "import matplotlib.pyplot as plt\nassert 'subplots' in dir(plt)",
        "from matplotlib import cm, colors\nfrom matplotlib.offsetbox import AnnotationBbox\n"
        "import matplotlib.pyplot as plt",
        "import pylab as plt",
        "import inspect, matplotlib.pyplot as plt\ninspect.getsource(plt.plot)",
    ],
)
def test_code_that_draws_has_all_of_pyplot(first_use: str) -> None:
    program = (
        first_use
        + """
fig, axes = plt.subplots(1, 2)
from matplotlib.colors import LogNorm
from matplotlib.ticker import MaxNLocator
axes[0].plot([0, 1], [1, 0]); axes[1].imshow([[0, 1], [1, 0]], cmap="gray", norm=LogNorm(1, 2))
axes[0].xaxis.set_major_locator(MaxNLocator())
fig.canvas.draw()
import matplotlib, types
print(there(), type(matplotlib) is type(matplotlib.pyplot) is types.ModuleType)
print(matplotlib.pyplot is sys.modules["matplotlib.pyplot"], len(plt.get_fignums()))
"""
    )
    assert answer(program) == "True True\nTrue 1\n"


def test_an_attribute_set_before_any_use_stays() -> None:
    assert answer("import matplotlib.pyplot as plt\nplt.show = len\nprint(plt.show is len, there())") == (
        "True True\n"
    )


def test_a_failed_first_use_is_tried_again_by_the_next() -> None:
    program = """
import matplotlib.pyplot as plt
sys.modules["matplotlib.figure"] = None
try:
    plt.figure
except ImportError as error:
    print(type(error).__name__)
del sys.modules["matplotlib.figure"]
print(callable(plt.figure))
"""
    assert answer(program) == "ModuleNotFoundError\nTrue\n"


def test_it_does_not_touch_a_module_that_is_imported_already() -> None:
    program = "import matplotlib.pyplot as plt; put_off_plotting(); import matplotlib.pyplot as b"
    before = "import matplotlib.pyplot as plt, sys\n" + START + "print(type(plt).__name__, there())"
    assert answer(program + "; print(there())") == "False\n"
    done = subprocess.run([sys.executable, "-c", before], capture_output=True, text=True, check=True)
    assert done.stdout == "module True\n"
