"""Burglar's tools, for attacks on the channel to the grader; what comes before is wrong.py."""

import json
import os
import stat
import struct
import sys


def channels():
    """The open sockets of this process: among them the way to the grader."""
    found = []
    for number in range(3, 256):
        try:
            if stat.S_ISSOCK(os.fstat(number).st_mode):
                found.append(number)
        except OSError:
            pass
    return found


def frame(message, kind=b"R", body=b""):
    """A message as the grader's wire wants it."""
    header = json.dumps(message).encode()
    return struct.pack(">cII", kind, len(header), len(body)) + header + body


def request_number():
    """The number of the request that is being answered, from the frames above."""
    at = sys._getframe()
    while at is not None:
        if "number" in at.f_locals and "request" in at.f_locals:
            return at.f_locals["number"]
        at = at.f_back
    return 0
