"""Runs the image as GitHub's runner runs a container action: podman with runc, else buildah."""

from __future__ import annotations

import functools
import resource
import subprocess
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.container.harness import IMAGE, attempt, call, environment

PODMAN = ("podman", "--runtime", "runc")


@functools.cache
def has_podman() -> bool:
    """Whether podman can run the image; else only buildah can, which isolates less."""
    name = f"probe-{uuid.uuid4().hex}"
    trial = attempt(*PODMAN, "run", "--name", name, "--rm", *_limits(), "--network=none", IMAGE)
    return trial.returncode == 0


def _limits() -> list[str]:
    """podman's own defaults may be above what this machine allows."""
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return ["--ulimit", f"nofile={files}:{files}", "--ulimit", "nproc=32768:32768"]


@dataclass(frozen=True)
class Ran:
    """What a container did; ``left`` are the paths that it left in its /tmp."""

    code: int
    output: str
    errors: str
    left: list[str]


@dataclass(frozen=True)
class Process:
    """A process of a container; ``pid`` is this machine's."""

    pid: int
    user: str
    command: str


@dataclass
class Container:
    """The image with arguments, started once. ``network`` is "none" or "host"."""

    arguments: Sequence[str]
    mounts: Mapping[Path, str]
    directory: str
    environ: Mapping[str, str] = field(default_factory=dict)
    network: str = "none"

    def __enter__(self) -> Container:
        self.name = f"test-{uuid.uuid4().hex}"
        options = [f"--volume={host}:{inside}" for host, inside in self.mounts.items()]
        options += [f"--env={name}={value}" for name, value in self.environ.items()]
        if has_podman():
            options += [f"--workdir={self.directory}", f"--network={self.network}", *_limits()]
            call(*PODMAN, "create", "--name", self.name, *options, IMAGE, *self.arguments)
            root = call("podman", "mount", self.name)
            start = [*PODMAN, "start", "--attach", self.name]
        else:
            call("buildah", "from", "--pull-never", "--name", self.name, IMAGE)
            root = call("buildah", "mount", self.name)
            entry = call("buildah", "inspect", "--format", "{{.OCIv1.Config.Entrypoint}}", IMAGE)
            options += [f"--workingdir={self.directory}", "--isolation=chroot"]
            start = ["buildah", "run", *options, self.name, "--"]
            start += [*entry.strip().strip("[]").split(), *self.arguments]
            if self.network == "none":
                start = ["unshare", "--net", *start]
        self.root = Path(root.strip())
        self.process = subprocess.Popen(
            start,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, *_: object) -> None:
        tool = "podman" if has_podman() else "buildah"
        call(tool, "rm", *(["--force"] if tool == "podman" else []), self.name)
        self.process.communicate()

    def finish(self) -> Ran:
        """Waits for the end."""
        output, errors = self.process.communicate(timeout=120)
        left = [str(path.relative_to(self.root)) for path in (self.root / "tmp").rglob("*")]
        return Ran(self.process.returncode, output, errors, left)

    def stop(self) -> Ran:
        """Asks it to end, as ``docker stop`` does, and waits. With podman only."""
        call("podman", "stop", "--time", "30", self.name)
        return self.finish()

    def processes(self) -> list[Process]:
        """All that run in it; none before the start and after the end. With podman only."""
        listing = attempt("podman", "top", self.name, "hpid", "user", "args").stdout
        rows = [line.split(maxsplit=2) for line in listing.splitlines()[1:]]
        # The id of one that has just ended is unknown.
        return [Process(int(row[0]), row[1], row[2]) for row in rows if row[0].isdigit()]


def run(
    *arguments: str,
    mounts: Mapping[Path, str],
    directory: str,
    environ: Mapping[str, str] | None = None,
    network: str = "none",
) -> Ran:
    """Runs the image with arguments until it ends."""
    with Container(arguments, mounts, directory, environ or {}, network) as container:
        return container.finish()
