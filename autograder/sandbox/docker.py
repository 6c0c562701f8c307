"""The `docker` sandbox: one container per submission, shut on every side that Docker can shut.

The submission reaches the container over its standard input, so nothing is mounted; when this process
dies, the container's input ends, the worker ends, and the engine removes the container.
"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import uuid

from autograder.errors import SandboxError
from autograder.image import worker_image
from autograder.sandbox.pipes import PipeConnection
from autograder.sandbox.seam import WorkerJob

LABEL = "latentlab.worker"
USER = "65534:65534"  # nobody
ANSWER_SECONDS = 30.0  # for an engine to answer a question
NO_ENGINE = (
    "no Docker engine answers ({why}); install one (Docker Desktop, or your system's docker.io package), "
    "start it and let this user reach it, or use --sandbox process on work that you trust"
)


class DockerConnection(PipeConnection):
    """A container's standard streams, and its name for when it must be killed."""

    def __init__(self, process: subprocess.Popen[bytes], docker: str, name: str) -> None:
        self._docker = docker
        self.container = name
        super().__init__(process, self._kill_container)

    def _kill_container(self) -> None:
        command = [self._docker, "kill", self.container]
        with contextlib.suppress(subprocess.TimeoutExpired):  # an engine that hangs kills nothing
            subprocess.run(command, capture_output=True, check=False, timeout=ANSWER_SECONDS)
        self.process.kill()

    def failure(self) -> str | None:
        """Tell an engine that failed (the client's exit status 125, or no answer) from a dead worker."""
        try:
            status = self.process.wait(timeout=10.0)
        except subprocess.TimeoutExpired:
            return None
        if status == 125:
            return self.complaint() or "docker run failed"
        try:
            engine_version(self._docker)
        except SandboxError as error:
            return str(error)
        return None


class DockerSandbox:
    """Starts workers in fresh containers of `image`, by default the one built from this checkout."""

    name = "docker"
    address_space = False

    def __init__(self, image: str = "") -> None:
        self._docker = find_docker()
        self.image = image or worker_image()
        self._identity: str | None = None

    def identity(self) -> str:
        """Return the image's content address. Raises SandboxError when the image is not there."""
        if self._identity is None:
            self._identity = image_id(self._docker, self.image)
        return self._identity

    def start(self, job: WorkerJob) -> DockerConnection:
        """Start one container. What fails in the engine shows at the first frame, as `failure()`."""
        name = f"latentlab-{uuid.uuid4().hex}"
        process = subprocess.Popen(
            [self._docker, "run", *arguments(job, name), self.identity()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        return DockerConnection(process, self._docker, name)


def arguments(job: WorkerJob, name: str) -> list[str]:
    """Return the options of `docker run`: everything that a worker does not need is taken away."""
    limits = job.limits
    options = {
        "--name": name,
        "--label": LABEL,
        "--hostname": "worker",
        "--network": "none",
        "--cap-drop": "ALL",
        "--security-opt": "no-new-privileges",
        "--user": USER,
        "--workdir": "/tmp",
        "--tmpfs": f"/tmp:rw,nosuid,nodev,noexec,size={limits.scratch_mb}m,mode=1777",
        "--shm-size": "16m",
        "--memory": f"{limits.memory_mb}m",
        "--memory-swap": f"{limits.memory_mb}m",
        "--cpus": "1",
        "--pids-limit": str(limits.processes),
        "--log-driver": "none",
        "--pull": "never",
    }
    pairs = [part for option in options.items() for part in option]
    limited = ["core=0", f"fsize={limits.scratch_mb << 20}", "nofile=256"]
    ulimits = [part for limit in limited for part in ("--ulimit", limit)]
    return ["--rm", "--interactive", "--read-only", *pairs, *ulimits]


def find_docker() -> str:
    """Return the path of the docker client. Raises SandboxError when there is none."""
    docker = shutil.which("docker")
    if docker is None:
        raise SandboxError(NO_ENGINE.format(why="there is no docker command"))
    return docker


def engine_version(docker: str) -> str:
    """Return the engine's version. Raises SandboxError when none answers."""
    done = _ask(docker, "version", "--format", "{{.Server.Version}}")
    if done.returncode != 0:
        why = (done.stderr.strip().splitlines() or ["docker version failed"])[-1]
        raise SandboxError(NO_ENGINE.format(why=why))
    return done.stdout.strip()


def image_id(docker: str, image: str) -> str:
    """Return the content address of `image`. Raises SandboxError when it is not there, or no engine is."""
    done = _ask(docker, "image", "inspect", "--format", "{{.Id}}", image)
    if done.returncode != 0:
        engine_version(docker)
        raise SandboxError(f"the image {image} is not on this machine; build it with `make image`")
    return done.stdout.strip()


def _ask(docker: str, *words: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            [docker, *words], capture_output=True, text=True, timeout=ANSWER_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise SandboxError(NO_ENGINE.format(why=f"docker {words[0]} hangs")) from None
