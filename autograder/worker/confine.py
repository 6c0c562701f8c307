"""Permanently restricts a worker in the `user` sandbox before any student code runs (Linux).

It forbids new privileges, limits processes and open files, and filters system calls: no sockets except
Unix sockets, no tracing, no shared memory or keys that outlive a process, no namespaces.
"""

from __future__ import annotations

import ctypes
import os
import resource
import struct

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, PR_SET_CHILD_SUBREAPER = 38, 22, 36
SECCOMP_MODE_FILTER = 2
LOAD, EQUAL, NOT_BELOW, RETURN = 0x20, 0x15, 0x35, 0x06  # the four instructions of the filter
ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | 1  # the latter as EPERM
ARCH_AT, NUMBER_AT, FIRST_ARGUMENT_AT = 4, 0, 16
X32 = 0x40000000  # numbers from here on are system calls of the x32 ABI
AF_UNIX = 1
MACHINES = {  # AUDIT_ARCH, the number of socket, and the numbers of the calls that are always refused:
    # shmget, semget, msgget, mq_open, ptrace, mount, unshare, setns, add_key, request_key, keyctl,
    # perf_event_open, bpf, process_vm_readv, process_vm_writev, userfaultfd, io_uring_setup, pidfd_getfd
    "x86_64": (
        0xC000003E,
        41,
        (29, 64, 68, 240, 101, 165, 272, 308, 248, 249, 250, 298, 321, 310, 311, 323, 425, 438),
    ),
    "aarch64": (
        0xC00000B7,
        198,
        (194, 190, 186, 180, 117, 40, 97, 268, 217, 218, 219, 241, 280, 270, 271, 282, 425, 438),
    ),
}


def confine(processes: int) -> None:
    """Restrict this process and all processes it will start. Raises OSError or KeyError if impossible."""
    resource.setrlimit(resource.RLIMIT_NPROC, (processes, processes))
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
    _prctl(PR_SET_CHILD_SUBREAPER, 1)  # the worker reaps the processes that a check leaves behind
    _prctl(PR_SET_NO_NEW_PRIVS, 1)
    code = program(*MACHINES[os.uname().machine])
    buffer = ctypes.create_string_buffer(code, len(code))
    header = struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(buffer))
    _prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.c_char_p(header))


def _prctl(option: int, value: int, more: ctypes.c_char_p | int = 0) -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(option, value, more, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), f"prctl {option} was refused, so this worker cannot be confined")


def program(architecture: int, socket: int, refused: tuple[int, ...]) -> bytes:
    """Return the filter in the kernel's format: eight bytes per instruction, with forward jumps."""
    last = len(refused) + 8  # the index of REFUSE; ALLOW is before it
    steps = [(LOAD, 0, 0, ARCH_AT), (EQUAL, 0, last - 2, architecture), (LOAD, 0, 0, NUMBER_AT)]
    steps.append((NOT_BELOW, last - 4, 0, X32))
    for number in refused:
        steps.append((EQUAL, last - len(steps) - 1, 0, number))
    steps.append((EQUAL, 0, 2, socket))
    steps.append((LOAD, 0, 0, FIRST_ARGUMENT_AT))
    steps.append((EQUAL, 0, 1, AF_UNIX))
    steps += [(RETURN, 0, 0, ALLOW), (RETURN, 0, 0, REFUSE)]
    return b"".join(struct.pack("HBBI", *step) for step in steps)
