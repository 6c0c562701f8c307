"""The `docker` sandbox: one container per submission, with every restriction that Docker offers.

The submission reaches the container over standard input, so nothing is mounted; when this process dies,
the container's input ends, the worker ends, and the engine removes the container.

Networking is disabled through the API; no option of `docker run` does this. As with `--network none`, the
container's network has only loopback, but the engine does not set it up, which would double the start time.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import uuid
from functools import partial
from typing import TYPE_CHECKING, Any

import autograder.wire as wire
from autograder.errors import SandboxError
from autograder.sandbox import engine
from autograder.sandbox.image import worker_image
from autograder.sandbox.seam import ConnectionEndedError, WorkerJob
from autograder.sandbox.streams import CLOSING_SECONDS, StreamConnection
from autograder.sandbox.switches import worker_flags

if TYPE_CHECKING:
    from docker import APIClient

LABEL = "latentlab.worker"
USER = "65534:65534"  # nobody
START_SECONDS = 60.0  # for an engine on a busy machine to create a container, to attach to it, or to start it
LEFT_BEHIND = "10m"  # the age from which a container that was never started counts as abandoned
PREFIX = struct.Struct(">B3xI")  # before each part of the output: its stream and its number of bytes
STDOUT, STDERR = 1, 2
NOT_BEGUN = "the engine has not started the container yet; see what keeps it busy, then grade again"


class DockerConnection(StreamConnection):
    """A container's standard streams. A thread creates and starts the container while the judge goes on; an
    error of the engine appears at the first frame, as `failure()`.
    """

    def __init__(self, image: str, job: WorkerJob) -> None:
        super().__init__()
        self.container = f"latentlab-{uuid.uuid4().hex}"
        self._image, self._job = image, job
        self._begun = threading.Event()  # the container runs, or never will
        self._client: APIClient | None = None
        self._attached: Any = None  # the library's stream, which closes the socket when it is deleted
        self._socket: socket.socket | None = None
        self._output = bytearray()  # standard output that was received and not read yet
        self.begin()

    # -- the reader's thread ------------------------------------------------------------------

    def _read_frames(self) -> None:
        try:
            with engine.answering():
                self._start()
        except Exception as error:  # not only SandboxError: no other code would report it
            self._why = str(error) or type(error).__name__
            self._hang_up()
        self._begun.set()
        super()._read_frames()

    def _start(self) -> None:
        self._client = client = engine.connect(START_SECONDS)
        client.post = partial(client.post, timeout=START_SECONDS)  # otherwise attaching waits forever
        client.create_container(self._image, **options(client, self._job), name=self.container)
        streams = {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}
        self._attached = client.attach_socket(self.container, streams)
        self._socket = self._attached._sock
        self._socket.settimeout(None)
        if self._closed.is_set():
            raise SandboxError("the connection was closed before the container started")
        client.start(self.container)
        client.timeout = engine.ANSWER_SECONDS

    def _read(self, count: int) -> bytes:
        return wire.exactly(self._take, count)

    def _take(self, count: int) -> bytes:
        """Return at most `count` bytes of standard output, none at its end."""
        while not self._output and self._take_part():
            pass
        taken = bytes(self._output[:count])
        del self._output[:count]
        return taken

    def _take_part(self) -> bool:
        """Receive one part of one of the container's streams; return False at the end."""
        prefix = self._receive(PREFIX.size)
        if len(prefix) < PREFIX.size:
            return False
        stream, size = PREFIX.unpack(prefix)
        part = self._receive(size) if stream in (STDOUT, STDERR) else b""
        if stream == STDOUT:
            self._output += part
        elif stream == STDERR:
            self._complained(part)
        else:
            self._why = "the engine sent data that belongs to no stream of the container"
        return not self._why and len(part) == size

    def _receive(self, count: int) -> bytes:
        return wire.exactly(self._socket.recv, count) if self._socket else b""

    # -- the judge's thread -------------------------------------------------------------------

    def _write(self, data: bytes) -> None:
        self._begun.wait()
        if self._socket is None:
            raise ConnectionEndedError()
        self._socket.sendall(data)

    def failure(self) -> str | None:
        """Return how the engine failed or that it does not answer; None if only the worker ended."""
        if self._why:
            return self._why
        try:
            engine.version()
        except SandboxError as error:
            return str(error)
        return None if self._begun.is_set() else NOT_BEGUN

    # -- its end ------------------------------------------------------------------------------

    def close(self) -> None:
        """End the worker by ending its input; a thread waits for it and kills it if it lingers."""
        if not self._closed.is_set():
            self._closed.set()
            threading.Thread(target=self._see_it_end).start()  # not a daemon: this process waits for it

    def _see_it_end(self) -> None:
        self._begun.wait()  # every answer of the engine takes at most START_SECONDS
        self._hang_up()
        if self._client is not None:
            with contextlib.suppress(SandboxError), engine.answering():
                self._client.wait(self.container, timeout=CLOSING_SECONDS)
            self._remove()  # in case it lingers or never started
            self._frame_reader.join(timeout=2.0)
            self._client.close()
        if self._socket is not None:
            self._attached.close()
            self._socket.close()

    def _hang_up(self) -> None:
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)  # readers and writers see the end

    def _kill(self) -> None:
        self._hang_up()  # first, because a hanging engine kills nothing
        self._remove()

    def _remove(self) -> None:
        """Kill the container, if it still exists, and remove it."""
        if self._client is not None:
            with contextlib.suppress(SandboxError), engine.answering():
                self._client.remove_container(self.container, force=True)


class DockerSandbox:
    """Starts workers in new containers of `image`, by default the one built from this checkout."""

    name = "docker"
    address_space = False

    def __init__(self, image: str = "") -> None:
        self.image = image or worker_image()
        self._identity = ""

    def identity(self) -> str:
        """Return the image's content address. Raises SandboxError if the image is missing."""
        if not self._identity:
            image_id = engine.image_id(self.image)
            if image_id is None:
                raise SandboxError(
                    f"the image {self.image} is not on this machine; build it with `autograder image`"
                )
            self._identity = image_id
        return self._identity

    def start(self, job: WorkerJob) -> DockerConnection:
        """Start one container. An error of the engine appears at the first frame, as `failure()`."""
        return DockerConnection(self.identity(), job)

    def sweep(self) -> None:
        """Remove the containers of judges that were killed between creating and starting a container.

        Raises SandboxError, after which grading can still go on.
        """
        with engine.client() as client:
            client.prune_containers({"label": LABEL, "until": LEFT_BEHIND})


def options(client: APIClient, job: WorkerJob) -> dict[str, Any]:
    """Return the options of a container, without any right that a worker does not need."""
    from docker.types import LogConfig, Ulimit

    limits = job.limits
    scratch = limits.scratch_mb << 20
    ulimits = {"core": 0, "fsize": scratch, "nofile": 256}
    host = client.create_host_config(
        auto_remove=True,
        read_only=True,
        network_mode="none",
        cap_drop=["ALL"],
        security_opt=["no-new-privileges"],
        tmpfs={"/tmp": f"rw,nosuid,nodev,noexec,size={limits.scratch_mb}m,mode=1777"},
        shm_size="16m",
        mem_limit=f"{limits.memory_mb}m",
        memswap_limit=f"{limits.memory_mb}m",
        nano_cpus=10**9,
        pids_limit=limits.processes,
        log_config=LogConfig(type=LogConfig.types.NONE),
        ulimits=[Ulimit(name=name, soft=limit, hard=limit) for name, limit in ulimits.items()],
    )
    return {
        "command": worker_flags(),
        "host_config": host,
        "network_disabled": True,
        "labels": [LABEL],
        "hostname": "worker",
        "user": USER,
        "working_dir": "/tmp",
        "stdin_open": True,
        "use_config_proxy": False,  # pass no variable of the host
    }
