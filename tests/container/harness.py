"""Builds the image from the real Dockerfile, without a Docker daemon or a registry.

Everything comes from Debian's packages: debootstrap makes the base image from this machine's own
apt sources, and buildah builds. What is made stays in a cache for the next time. As a program it
prepares the image; where this machine is not able to, it says why and exits with 75.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or "/var/tmp") / "migration-checker-container"
STORAGE = CACHE / "storage.conf"
IMAGE = "localhost/migration-checker:test"
RELEASE, BASE = "trixie", "docker.io/library/debian:trixie-slim"
PROGRAMS = ("buildah", "podman", "runc", "debootstrap")
CERTIFICATES = Path("etc/ssl/certs/ca-certificates.crt")
NO_DOCUMENTS = ("usr/share/doc", "usr/share/info", "usr/share/locale", "usr/share/man")
UNABLE = 75  # EX_TEMPFAIL of sysexits.h


class UnableError(Exception):
    """This machine cannot build or run the image."""


def prepare() -> None:
    """Installs what is needed, and builds the image. What is there already is taken.

    Raises UnableError, and CalledProcessError where a step fails that should not.
    """
    if os.geteuid() != 0:
        raise UnableError("only root can make the base image and run containers")
    if not shutil.which("apt-get"):
        raise UnableError("there is no apt-get to install buildah, podman and debootstrap with")
    _install()
    CACHE.mkdir(parents=True, exist_ok=True)
    STORAGE.write_text(
        f'[storage]\ndriver = "overlay"\ngraphroot = "{CACHE}/images"\nrunroot = "{CACHE}/run"\n'
    )
    if attempt("podman", "image", "exists", BASE).returncode:
        _make_base()
    # Layers that no build has used for a while; those of the image itself stay.
    call("podman", "image", "prune", "--force", "--filter", "until=24h")
    _say(f"building {IMAGE}")
    call(
        *("nice", "buildah", "bud", "--layers", "--isolation", "chroot", "--network", "host"),
        *("--pull-never", "--from", BASE, "--tag", IMAGE, str(ROOT)),
    )


def _install() -> None:
    missing = [program for program in PROGRAMS if not shutil.which(program)]
    if not missing:
        return
    _say(f"installing {', '.join(missing)}")
    attempt("apt-get", "update", "-qq")
    done = attempt("apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing)
    if done.returncode:
        reason = done.stderr.strip().splitlines()[-1:] or ["no reason given"]
        raise UnableError(f"apt-get cannot install {' '.join(missing)}: {reason[0]}")


def _make_base() -> None:
    """The base image: a minimal Debian without documents, as the slim image is."""
    attempt("apt-get", "update", "-qq")  # only then apt knows whose mirror is whose
    known = call("apt-get", "indextargets", "--format", "$(LABEL) $(REPO_URI)")
    mirrors = [line.split()[1] for line in known.splitlines() if line.startswith("Debian ")]
    if not mirrors:
        raise UnableError("apt's sources name no mirror of Debian")
    _say(f"making {BASE}")
    with tempfile.TemporaryDirectory(dir=CACHE) as directory:
        root = Path(directory, "root")
        include = "--include=ca-certificates,netbase,tzdata"
        call("nice", "debootstrap", "--variant=minbase", include, RELEASE, str(root), mirrors[0])
        # Behind a company's proxy the build trusts whom this machine trusts.
        shutil.copy(Path("/", CERTIFICATES), root / CERTIFICATES)
        excluded = "".join(f"path-exclude=/{each}/*\n" for each in NO_DOCUMENTS)
        (root / "etc/dpkg/dpkg.cfg.d/no-documents").write_text(excluded)
        for each in (*NO_DOCUMENTS, "var/cache/apt", "var/lib/apt/lists"):
            shutil.rmtree(root / each)
            (root / each).mkdir()
        archive = Path(directory, "root.tar")
        call("tar", "-C", str(root), "--numeric-owner", "-cf", str(archive), ".")
        call("podman", "import", "--change", 'CMD ["bash"]', str(archive), BASE)


def attempt(*command: str) -> subprocess.CompletedProcess[str]:
    """Runs a command that may fail."""
    return subprocess.run(command, env=environment(), capture_output=True, text=True, check=False)


def call(*command: str) -> str:
    """What a command prints. Raises CalledProcessError, whose notes have the end of its output."""
    done = attempt(*command)
    if done.returncode:
        error = subprocess.CalledProcessError(done.returncode, shlex.join(command))
        error.add_note((done.stdout + done.stderr)[-4000:])
        raise error
    return done.stdout


def environment() -> dict[str, str]:
    """Ours, and where images are kept."""
    own = {"CONTAINERS_STORAGE_CONF": str(STORAGE), "DEBIAN_FRONTEND": "noninteractive"}
    return os.environ | own


def _say(what: str) -> None:
    print(f"container suite: {what}", file=sys.stderr, flush=True)


def main() -> int:
    """Prepares the image, and says how long it took."""
    began = time.monotonic()
    try:
        prepare()
    except UnableError as error:
        print(f"SKIPPED: the container suite: {error}")
        return UNABLE
    _say(f"the image is ready after {time.monotonic() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
