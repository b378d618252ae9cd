"""The snippets of the documentation, and the workflows among them for the linters of workflows.

``python -m tests.snippets DIR`` writes every workflow of the documentation and of ``init`` to DIR,
as a repository has them.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import NamedTuple

import yaml

from checker.commands.init import ACTION, COMMENT_WORKFLOW, WORKFLOW, Wanted, initialise

ROOT = Path(__file__).parent.parent
SHOP = ROOT / "examples/shop"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
PINNED = "acme/prisma-migration-checker@8e8c483db84b4bee98b60c0593521ed34d9990e8"
_FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)


class Snippet(NamedTuple):
    """A fenced block of a page, without its indentation."""

    place: str
    language: str
    text: str


def snippets() -> Iterator[Snippet]:
    for page in PAGES:
        text = page.read_text()
        for found in _FENCE.finditer(text):
            line = text.count("\n", 0, found.start()) + 1
            place = f"{page.relative_to(ROOT)}:{line}"
            yield Snippet(place, found[2], dedent(found[3]))


def is_workflow(snippet: Snippet) -> bool:
    return snippet.language == "yaml" and "jobs" in (yaml.safe_load(snippet.text) or {})


def write_workflows(directory: Path) -> None:
    """All workflows, with the action pinned as a team would."""
    target = directory / ".github/workflows"
    target.mkdir(parents=True)
    for number, snippet in enumerate(filter(is_workflow, snippets())):
        (target / f"docs-{number}.yml").write_text(snippet.text.replace(ACTION, PINNED))
    for name, wanted in {
        "plain": Wanted(PINNED),
        "forks": Wanted(PINNED, postgres="15.8", forks=True),
    }.items():
        project = directory / name
        shutil.copytree(SHOP, project)
        subprocess.run(["git", "init", "--quiet", project], check=True)
        initialise(project, wanted)
        for number, file in enumerate((WORKFLOW, COMMENT_WORKFLOW)):
            if (project / file).exists():
                (project / file).rename(target / f"init-{name}-{number}.yml")
        shutil.rmtree(project)
    subprocess.run(["git", "init", "--quiet", directory], check=True)


if __name__ == "__main__":
    write_workflows(Path(sys.argv[1]))
