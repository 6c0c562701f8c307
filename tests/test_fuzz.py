"""What fuzzing found stays here, and the fuzzers' targets read their own seeds."""

from __future__ import annotations

import io
import zipfile

import pytest
from fuzz import TARGETS

from autograder.errors import RejectedError
from autograder.intake.archive import files_of_zip


@pytest.mark.parametrize("target", TARGETS)
def test_a_target_reads_its_seeds_and_refuses_their_halves(target: str) -> None:
    read, seeds = TARGETS[target]
    for seed in seeds():
        read(seed)
        for cut in range(0, len(seed), 7):
            read(seed[:cut])


def test_a_zip_with_a_member_without_a_name_is_refused() -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr(zipfile.ZipInfo("x"), "")
    nameless = data.getvalue().replace(b"x", b"\0")
    with pytest.raises(RejectedError, match=r"a\.zip: a file in it has no name; zip the folder again"):
        files_of_zip("a.zip", nameless)
