"""What a finding on the history tells people to do is done, in the project and on the database that
it is deployed to; both are in step afterwards.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from msgspec import Struct

from checker.cli import main
from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.model import PrismaVersion
from tests.live.deployment import INIT, POST, POSTS, USER, Deployment

EMPTY, LATER = "20260115000000_note", "20260301000000_later"
BROKEN = POST.replace("SERIAL", "SERAIL")
_CODE = re.compile(r"`((?:UPDATE|DELETE|npx) .*?)`(?=[ .]|$)")

Act = Callable[[Deployment], None]


def rewrite(name: str, sql: str) -> Act:
    return lambda at: at.migration(name, sql)


def remove(*names: str) -> Act:
    def act(at: Deployment) -> None:
        for name in names:
            shutil.rmtree(at.directory(name))

    return act


def rename(old: str, new: str, sql: str | None = None) -> Act:
    def act(at: Deployment) -> None:
        at.directory(old).rename(at.directory(new))
        if sql is not None:
            at.migration(new, sql)

    return act


def squash(at: Deployment) -> None:
    remove(INIT, POSTS)(at)
    at.migration("20260401000000_squashed", USER + POST)


def stray(at: Deployment) -> None:
    at.write({"prisma/20260501000000_stray/migration.sql": "SELECT 1;\n"})


class Case(Struct, frozen=True):
    """``base`` is merged and deployed, ``change`` is the pull request. Of the finding of ``rule``
    the fix is run, or with ``advised`` the code in its advice. ``left`` are the causes that the
    text says stay.
    """

    name: str
    rule: str
    change: Act
    base: Act | None = None
    advised: bool = False
    left: tuple[str, ...] = ()


EDITED, REMOVED = "migration-edited-after-merge", "migration-removed"
RENAMED, REPLACED = "migration-renamed", "migration-replaced"
SAME = POST + 'ALTER TABLE "Post" ALTER COLUMN "id" SET NOT NULL;\n'
OTHER = POST + 'CREATE INDEX "i" ON "Post"("title");\n'

CASES = (
    Case("comments", EDITED, rewrite(POSTS, f"-- Posts\n{POST}")),
    Case("other statements, the same tables", EDITED, rewrite(POSTS, SAME)),
    Case("… and the new text stays", EDITED, rewrite(POSTS, SAME), advised=True),
    Case("other tables", EDITED, rewrite(POSTS, OTHER)),
    Case("does not run any more", EDITED, rewrite(POSTS, BROKEN)),
    Case(
        "runs at last",
        EDITED,
        rewrite(POSTS, POST),
        base=rewrite(POSTS, BROKEN),
        left=("rolled-back-row",),
    ),
    Case("removed", REMOVED, remove(POSTS)),
    Case("one without effect", REMOVED, remove(EMPTY), base=rewrite(EMPTY, "SELECT 1;\n")),
    Case(
        "… and it stays away",
        REMOVED,
        remove(EMPTY),
        base=rewrite(EMPTY, "SELECT 1;\n"),
        advised=True,
    ),
    Case("renamed", RENAMED, rename(POSTS, LATER)),
    Case(
        "… and keeps the new name", RENAMED, rename(POSTS, LATER), advised=True, left=("missing",)
    ),
    Case("renamed and edited", RENAMED, rename(POSTS, LATER, f"-- Posts\n{POST}")),
    Case("squashed", REPLACED, squash, left=("missing",)),
    Case("… and the old ones forgotten", REPLACED, squash, advised=True),
    Case("too early", "migration-out-of-order", rewrite(EMPTY, "SELECT 1;\n")),
    Case("elsewhere", "migration-outside-folder", stray),
)


def findings(at: Deployment) -> list[dict[str, Any]]:
    """Of the branch against ``main``."""
    arguments = ["check", str(at.root), "--base", "main", "--format", "json"]
    done = CliRunner().invoke(main, arguments)
    (project,) = json.loads(done.stdout)["projects"]
    found: list[dict[str, Any]] = project["findings"]
    return found


def told(at: Deployment, rule: str) -> dict[str, Any]:
    (finding,) = (found for found in findings(at) if found["rule"] == rule)
    return finding


def carry_out(at: Deployment, codes: Collection[str]) -> None:
    for code in codes:
        if code.startswith(("UPDATE", "DELETE")):
            at.sql(code)
        else:
            at.run(code)


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in CASES])
def test_what_is_told_is_done(tmp_path: Path, server: EphemeralServer, case: Case) -> None:
    with server.database() as database:
        at = Deployment(tmp_path / "project", server, database, PrismaVersion(6, 19, 3))
        if case.base is not None:
            case.base(at)
            at.commit()
        at.prisma("deploy")
        at.run("git checkout -q -b change")
        case.change(at)
        at.commit()
        finding = told(at, case.rule)
        fix = [finding["fix"]]
        if case.advised:
            advised = _CODE.findall(finding["advice"])
            assert advised
            # What is advised beside a fix for the database comes after it.
            fix = [*(fix if fix[0].startswith("npx") else []), *advised]
        carry_out(at, fix)
        if not any(code.startswith(("npx", "UPDATE", "DELETE")) for code in fix):
            at.commit()
            assert case.rule not in [found["rule"] for found in findings(at)]
        at.prisma("deploy")
        assert tuple(cause.id for cause in at.diagnose()) == case.left
        if not case.left:
            at.ask_engine()
