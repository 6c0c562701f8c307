"""The system call filter, simulated for every machine: what it refuses, and that it allows the rest."""

from __future__ import annotations

import struct

import pytest

from autograder.worker import confine

AF_INET, AF_INET6, AF_NETLINK = 2, 10, 16


def verdict(code: bytes, architecture: int, number: int, argument: int = 0) -> int:
    """Run the filter as the kernel does."""
    data = struct.pack("<IIQQ", number, architecture, 0, argument)
    steps = [struct.unpack_from("HBBI", code, at) for at in range(0, len(code), 8)]
    at = loaded = 0
    while True:
        what, yes, no, value = steps[at]
        if what == confine.RETURN:
            return value
        if what == confine.LOAD:
            (loaded,) = struct.unpack_from("<I", data, value)
            at += 1
        else:
            true = loaded == value if what == confine.EQUAL else loaded >= value
            at += 1 + (yes if true else no)


@pytest.mark.parametrize("machine", confine.MACHINES)
def test_it_refuses_the_network_and_the_listed_calls_and_nothing_else(machine: str) -> None:
    architecture, socket, refused = confine.MACHINES[machine]
    code = confine.program(architecture, socket, refused)
    assert verdict(code, architecture, socket, confine.AF_UNIX) == confine.ALLOW
    for family in (AF_INET, AF_INET6, AF_NETLINK):
        assert verdict(code, architecture, socket, family) == confine.REFUSE
    passed = {number for number in range(500) if verdict(code, architecture, number) == confine.ALLOW}
    assert set(range(500)) - passed == {socket, *refused}


@pytest.mark.parametrize("machine", confine.MACHINES)
def test_it_refuses_the_calls_of_another_architecture(machine: str) -> None:
    architecture, socket, refused = confine.MACHINES[machine]
    code = confine.program(architecture, socket, refused)
    assert verdict(code, 0x40000003, 1) == confine.REFUSE
    assert verdict(code, architecture, confine.X32 + 1) == confine.REFUSE


def test_a_refusal_by_the_kernel_is_reported() -> None:
    with pytest.raises(OSError, match="prctl 99999 was refused, so this worker cannot be confined"):
        confine._prctl(99999, 0)
