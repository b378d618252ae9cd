"""The image, and jobs that run it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.container import harness
from tests.container.harness import ROOT
from tests.container.runner import Job

SHOP = ROOT / "examples" / "shop"
PLANTED = "20261109141500_customer_preferences"


@pytest.fixture(scope="session")
def image() -> str:
    """The name of the image, built from the tree as it stands."""
    try:
        harness.prepare()
    except harness.UnableError as error:
        pytest.skip(f"the container suite cannot run: {error}")
    return harness.IMAGE


@pytest.fixture
def job(image: str, tmp_path: Path) -> Job:
    return Job(tmp_path)


@pytest.fixture
def pull_request(job: Job) -> tuple[Job, str]:
    """The shop with its last migration in a pull request, and the commit of the base."""
    shutil.copytree(SHOP, job.workspace, dirs_exist_ok=True)
    new = job.workspace / "prisma" / "migrations" / PLANTED
    aside = job.directory / "aside"
    new.rename(aside)
    base = job.commit()
    aside.rename(new)
    job.commit()
    return job, base
