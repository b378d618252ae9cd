"""The tables of docs/comparison.md, measured: ``python -m tests.comparison`` writes them anew.

All linters with their defaults and by the same measure: an alarm is anything but style and hygiene.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from checker.model import PrismaVersion
from tests.corpus.test_measured import BY_DEFAULT, Row, files, peers, says, statements
from tests.corpus.test_peers import CASES, PEERS, findings, outcomes, rows

PAGE = Path(__file__).parent.parent / "docs/comparison.md"


def tables() -> dict[str, str]:
    """The tables by the name of their place in the page."""
    return {"measured": _measured(), "peers": _peers()}


def _measured() -> str:
    light, safe = _light(), _safe()
    heavy = [row for row in statements() if row.dangerous]
    dangerous = [row for row in files() if row.dangerous]
    return (
        "| | this checker | squawk 2.70 | safemigrate-lint 1.3 |\n|---|---|---|---|\n"
        + _row("heavy statements missed", heavy, missed=True)
        + _row("alarms on light statements", light)
        + _row("dangerous files missed", dangerous, missed=True)
        + _row("alarms on safe files", safe)
    )


def _row(what: str, every: Sequence[Row], *, missed: bool = False) -> str:
    counts = [sum(each[i] is not missed for each in every) for i in (2, 3, 4)]
    return f"| {what}, of {len(every)} | {' | '.join(map(str, counts))} |\n"


def _light() -> list[Row]:
    """Statements that do no work that grows with the table, with whatever is said of them."""
    schema = (CASES / "pg_oracle_setup.sql").read_text().replace(":n", "10")
    schema = schema.replace("SET search_path = o, public;", "").replace("o.mood", "mood")
    return [
        Row(
            row["id"],
            False,
            _alarms([f"{schema}\n{row['setup'] or ''}"], row["sql"], PrismaVersion(6)),
            *peers(row, "squawk", "safemigrate"),
        )
        for row in rows("pg_oracle_measured")
        if row["heavy"] is False
    ]


def _safe() -> list[Row]:
    return [
        Row(
            row["id"],
            False,
            _alarms([], row["sql"], PrismaVersion(7, 4)),
            *peers(row, "squawk_2_70", "safemigrate_1_3"),
        )
        for row in rows("migrationpilot_bench")
        if row["verdict"] == "safe"
    ]


def _alarms(before: list[str], sql: str, prisma: PrismaVersion) -> bool:
    return says(sorted({f.rule for f in findings(before, sql, prisma)} & BY_DEFAULT))


def _peers() -> str:
    text = "| cases of | agree | differ | missed |\n|---|---|---|---|\n"
    for peer in PEERS:
        count = Counter(outcome.verdict for outcome in outcomes(peer))
        numbers = " | ".join(str(count[v]) for v in ("agrees", "differs", "known"))
        text += f"| {peer.replace('_', ' ')} | {numbers} |\n"
    return text


def with_tables(page: str) -> str:
    """The page, its tables replaced."""
    for name, table in tables().items():
        place = rf"(?<=<!-- {name} -->\n).*?(?=<!-- end -->)"
        page, found = re.subn(place, table.replace("\\", r"\\"), page, flags=re.DOTALL)
        assert found == 1, name
    return page


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text()))
