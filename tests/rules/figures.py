"""The figures on the pages of the rules: what their bad cases do on a server.

``scripts/update-docs --measure`` records them in checker/rules/measured.json, and a test compares
them with what the server at hand does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg

from checker.engines.postgresql.server.binaries import find_binaries
from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.model import Finding, Statement
from checker.model.changes import ControlTransaction, SetParameter
from checker.pg.connection import connect
from checker.rules import Rule, all_rules
from checker.sql import read
from tests.rules.measuring import BLOCKS_WRITERS, MODES, Measured, measure, observe
from tests.rules.test_cases import CASES, judge_case, load

Figure = dict[str, Any]
Connection = psycopg.Connection[Any]

FILE = Path(__file__).parents[2] / "checker" / "rules" / "measured.json"
WORK = ("constant", "scan", "index", "rewrite")
LOCKS = [re.sub(r"(?<!^)(?=[A-Z])", " ", mode.removesuffix("Lock")).upper() for mode in MODES]


def record(directories: Sequence[Path | None]) -> None:
    """Measure on the servers whose programs are there (None: the one that `check` would start)."""
    recorded = json.loads(FILE.read_text()) if FILE.exists() else {}
    for directory in directories:
        with EphemeralServer.start(find_binaries(directory)) as server:
            found = {rule.id: of_rule(rule, server) for rule in all_rules()}
            recorded[str(server.major)] = {rule: cases for rule, cases in found.items() if cases}
    FILE.write_text(_text(recorded), encoding="utf-8")


def recorded(server: EphemeralServer) -> dict[str, list[Figure]] | None:
    """What is recorded of servers of this major version; None where none was measured."""
    found: dict[str, dict[str, list[Figure]]] = json.loads(FILE.read_text())
    return found.get(str(server.major))


def of_rule(rule: Rule, server: EphemeralServer) -> list[Figure]:
    """The figures of a rule's bad cases that can run; none where none of them is heavy.

    Rules on style are about what is new, which nobody waits for.
    """
    path = CASES / f"{rule.id}.yml"
    if rule.presets or not path.exists():
        return []
    file = load(path)
    if file.get("replayed"):  # what the witness saw, not what a statement does
        return []
    cases = [of_case(rule.id, file, case, server) for case in file["bad"]]
    found = [case for case in cases if case is not None]
    return found if any(_is_heavy(table) for case in found for table in case["tables"]) else []


def _text(recorded: dict[str, dict[str, list[Figure]]]) -> str:
    """One case a line, so that a difference shows which one."""
    versions = []
    for version, rules in sorted(recorded.items()):
        parts = [
            f"  {json.dumps(rule)}: [\n"
            + ",\n".join(f"   {json.dumps(case, ensure_ascii=False)}" for case in cases)
            + "\n  ]"
            for rule, cases in sorted(rules.items())
        ]
        versions.append(f" {json.dumps(version)}: {{\n" + ",\n".join(parts) + "\n }")
    return "{\n" + ",\n".join(versions) + "\n}\n"


def of_case(
    rule: str, file: dict[str, Any], case: dict[str, Any], server: EphemeralServer
) -> Figure | None:
    """What the reported statement does; where that locks nothing, the heaviest one after it.

    None for a case that fails, and for one that touches no table that was there before.
    """
    options = {"provider": "postgresql", "prisma": "6.19", **file, **case}
    if options["provider"] != "postgresql" or "fails" in case or case.get("invalid"):
        return None
    (first, *_) = (f for f in judge_case(rule, file, case) if f.rule == rule)
    statements = [
        s
        for s in read(case["sql"], "postgresql").statements
        if not any(isinstance(change, ControlTransaction) for change in s.changes)
    ]
    reported = _reported(first, statements)
    if reported is None or isinstance(statements[reported].changes[0], SetParameter):
        return None
    with ExitStack() as stack:
        database = stack.enter_context(server.database())

        def session() -> Connection:
            return connect(database.owner)

        connection = stack.enter_context(session())
        connection.execute(file["before"])
        measured = _run(statements, session, connection, alone=float(options["prisma"]) >= 7.4)
    found = [_figure(s, m) for s, m in zip(statements, measured, strict=True)]
    chosen = found[reported]
    if not chosen["tables"]:
        chosen = max(found[reported:], key=_weight)
    return chosen if chosen["tables"] else None


def _reported(finding: Finding, statements: list[Statement]) -> int | None:
    """The position of the statement at the finding's line."""
    lines = [position for position, s in enumerate(statements) if s.line == finding.line]
    return lines[0] if lines else None


def _run(
    statements: list[Statement],
    session: Callable[[], Connection],
    connection: Connection,
    *,
    alone: bool,
) -> list[Measured]:
    """Each statement in the transaction in which this version of Prisma runs it."""
    try:
        if not alone:
            return measure(connection, [s.text for s in statements])
    except psycopg.errors.ActiveSqlTransaction:
        assert len(statements) == 1
    found = []
    for statement in statements:
        try:
            found += measure(connection, [statement.text])
            connection.execute(statement.text.encode())
        except psycopg.errors.ActiveSqlTransaction:
            found.append(observe(connection, statement.text, session))
    return found


def _figure(statement: Statement, measured: Measured) -> Figure:
    line, *more = statement.text.strip().splitlines()
    tables = []
    for table in sorted(measured.taken.keys() | measured.scanned | measured.rewritten):
        if table not in measured.held:
            continue  # an index: its table is here as well
        mode, work = measured.held[table], _work(table, statement, measured)
        entry: Figure = {"table": table, "lock": LOCKS[mode], "work": work}
        if mode > measured.taken.get(table, -1):
            entry["held"] = True
        if mode > 0 or work != "constant":
            tables.append(entry)
    return {"statement": line + (" …" if more else ""), "tables": tables}


def _work(table: str, statement: Statement, measured: Measured) -> str:
    if statement.kind.startswith("TRUNCATE"):
        return "constant"  # its new file is empty
    if table in measured.rewritten:
        return "rewrite"
    if table in measured.indexed:
        return "index"
    return "scan" if table in measured.scanned else "constant"


def _is_heavy(table: Figure) -> bool:
    return LOCKS.index(table["lock"]) >= BLOCKS_WRITERS or table["work"] != "constant"


def _weight(figure: Figure) -> tuple[int, int]:
    """What grows with the table first, then the lock."""
    tables = figure["tables"]
    return (
        max((WORK.index(t["work"]) for t in tables), default=-1),
        max((LOCKS.index(t["lock"]) for t in tables), default=-1),
    )
