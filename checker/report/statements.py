"""The statements of the new migrations as the replay saw them: one row each."""

from __future__ import annotations

from collections.abc import Iterable

from checker.model import LockMode, Observation, ProjectReport
from checker.report import safe
from checker.report.words import plural
from checker.seen import WAITS, WORK, failure_words, loss_words

_STATEMENT_SHOWN = 80
_TABLES_SHOWN = 3
_HEAD = "| line | statement | strongest lock | work on every row | rows |\n|--:|---|---|---|---|\n"


def statement_tables(project: ProjectReport) -> list[str]:
    """For each new migration a folded table: lock, work and loss of every statement."""
    witness = project.witness
    if witness is None:
        return []
    tables = []
    for migration in project.migrations:
        seen = [o for o in witness.observations if o.migration == migration.name]
        if seen:
            tables.append(
                f"<details><summary>{safe.code_html(migration.name)}, statement by "
                f"statement: {safe.prose(summary(seen), html=True)}</summary>\n\n"
                + _HEAD
                + "".join(map(_row, seen))
                + "\n</details>\n\n"
            )
    return tables


def summary(observations: Iterable[Observation]) -> str:
    """What a migration comes to, in a few words."""
    seen = list(observations)
    said = [f"fails in line {o.line} on rows" for o in seen if o.failure is not None]
    said += [loss_words(x) for o in seen for x in o.losses if not x.moved_to]
    waiting = {lock.table: WAITS[lock.mode] for o in seen for lock in o.locks if lock.mode in WAITS}
    heavy = {w.table for o in seen for w in o.work if w.cost != "constant"} & waiting.keys()
    said += [
        f"{waiting[table]} for `{table}` while it is worked through" for table in sorted(heavy)
    ]
    brief = sorted(waiting.keys() - heavy)
    if brief:
        shown = ", ".join(f"`{table}`" for table in brief[:_TABLES_SHOWN])
        more = f" and {len(brief) - _TABLES_SHOWN} more" if len(brief) > _TABLES_SHOWN else ""
        said.append(f"{shown}{more} locked for an instant")
    return "; ".join(said) or f"{plural(len(seen), 'statement')}, nobody waits"


def _row(observation: Observation) -> str:
    statement = safe.clip(safe.line(observation.statement), _STATEMENT_SHOWN)
    return (
        f"| {observation.line} | {safe.code(statement)} | {_locks(observation)} "
        f"| {_work(observation)} | {_rows(observation)} |\n"
    )


def _locks(observation: Observation) -> str:
    felt = [lock for lock in observation.locks if lock.mode in WAITS and not lock.held]
    by_mode: dict[LockMode, list[str]] = {}
    for lock in felt:
        by_mode.setdefault(lock.mode, []).append(lock.table)
    said = [
        f"{mode} on {', '.join(safe.code(t) for t in tables[:_TABLES_SHOWN])}"
        + (f" and {len(tables) - _TABLES_SHOWN} more" if len(tables) > _TABLES_SHOWN else "")
        + f": {WAITS[mode]}"
        for mode, tables in by_mode.items()
    ]
    return "; ".join(said) or "nobody waits"


def _work(observation: Observation) -> str:
    said = [
        f"{safe.code(work.table)}: {WORK[work.cost]}"
        for work in observation.work
        if work.cost != "constant"
    ]
    return "; ".join(said) or ("none" if observation.measured else "not measured")


def _rows(observation: Observation) -> str:
    failure = observation.failure
    said = [f"**{safe.prose(failure_words(failure))}**"] if failure is not None else []
    for loss in observation.losses:
        words = safe.prose(loss_words(loss))
        said.append(words if loss.moved_to else f"**{words}**")
    return "; ".join(said)
