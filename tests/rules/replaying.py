"""A case of a rule, watched by the witness: the change runs on rows that its tables may hold."""

from __future__ import annotations

from typing import Any

from checker.engines.postgresql.merged_schema import deployed_catalog
from checker.engines.postgresql.replay import replay_into
from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.model import History, Migration, Project, Replay
from checker.pg.connection import connect
from checker.sql import read
from checker.verdict.evidence import Weighed, weigh
from checker.verdict.judge import Judge
from checker.verdict.settings import Judged
from checker.witness.observe import observe
from tests.rules.test_cases import version


def weighed(
    server: EphemeralServer, rule: str, file: dict[str, Any], case: dict[str, Any]
) -> Weighed | None:
    """What stands of the findings and what does not; None where the case's base does not run."""
    prisma = version(str(case.get("prisma", file.get("prisma", "6.19"))))
    texts = {"20260101000000_before": file["before"], "20260201000000_change": case["sql"]}
    old, new = (
        Migration(name, f"prisma/migrations/{name}/migration.sql", text, state)  # type: ignore[arg-type]
        for (name, text), state in zip(texts.items(), ("unchanged", "new"), strict=True)
    )
    project = Project("prisma/schema.prisma", "prisma/migrations", "postgresql", prisma)
    scripts = {name: read(text, "postgresql") for name, text in texts.items()}
    history = History((old, new))
    with server.database() as base:
        if replay_into(base, History((old,)), project).status != "passed":
            return None
        with connect(base.owner) as connection:
            merged = deployed_catalog(connection)
        witness = observe(server, base, project, [new], scripts, merged)
    judge = Judge(project, history, scripts, asked={rule}, merged=merged)
    found = judge.findings(Replay("passed"))
    return weigh(
        Judged(
            project,
            history,
            scripts,
            found,
        ),
        witness,
    )
