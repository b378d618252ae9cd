"""The statements of the new migrations as the replay saw them: one row for each that is felt."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from checker.model import LockMode, Observation, ProjectReport, TableLock
from checker.model.words import WAITS, WORK, loss_words, plural
from checker.report import safe
from checker.report.links import Links
from checker.report.told import failure_words

_STATEMENT_SHOWN = 60
_TABLES_SHOWN = 3
_WHO = {mode: waits.removesuffix(" wait") for mode, waits in WAITS.items()}
_HEAD = ("line", "statement", "lock", "who waits", "cost")


def statement_tables(project: ProjectReport, links: Links | None) -> list[str]:
    """A folded table for each new migration with a statement that others feel: which lock on which
    table, who waits for it, what work that is, which rows are lost.
    """
    tables = []
    for migration in project.migrations:
        seen = observations(project, migration.name)
        felt = [observation for observation in seen if _is_felt(observation)]
        if felt:
            address = links.file(migration.path) if links is not None else None
            tables.append(
                f"<details><summary>{safe.code_html(migration.name)}, statement by "
                f"statement: {safe.prose(summary(seen), html=True)}</summary>\n\n"
                f"{_table(felt, len(seen) - len(felt), address)}\n</details>\n\n"
            )
    return tables


def observations(project: ProjectReport, migration: str) -> list[Observation]:
    """What was seen of a migration."""
    witness = project.witness
    return [o for o in witness.observations if o.migration == migration] if witness else []


def summary(seen: Iterable[Observation]) -> str:
    """What a migration comes to, in a few words."""
    seen = list(seen)
    said = [f"fails in line {o.line} on rows" for o in seen if o.failure is not None]
    said += [loss_words(x) for o in seen for x in o.losses if not x.moved_to]
    long: dict[str, str] = {}
    brief: dict[str, str] = {}
    worked: set[str] = set()
    for observation in seen:
        who, heavy = _waiting(observation), _heavy(observation)
        worked |= heavy if who else set()
        for table, whose in who.items():
            kept = long if heavy else brief
            kept[table] = _strongest((whose, kept.get(table, "")))
    for whose in sorted(set(long.values())):
        tables = sorted(table for table in long if long[table] == whose)
        what = "it" if len(tables) == 1 and worked == set(tables) else _some(sorted(worked))
        said.append(f"{whose} of {_some(tables)} wait while {what} is worked on")
    if instant := sorted(brief.keys() - long.keys()):
        said.append(f"{_some(instant)} locked for an instant")
    return "; ".join(said) or f"{plural(len(seen), 'statement')}, nobody waits"


def _some(tables: Sequence[str]) -> str:
    shown = ", ".join(f"`{table}`" for table in tables[:_TABLES_SHOWN])
    more = len(tables) - _TABLES_SHOWN
    return f"{shown} and {more} more" if more > 0 else shown


def _is_felt(observation: Observation) -> bool:
    return bool(_new_locks(observation) or _heavy(observation) or _rows(observation))


def _new_locks(observation: Observation) -> list[TableLock]:
    return [lock for lock in observation.locks if lock.mode in WAITS and not lock.held]


def _waiting(observation: Observation) -> dict[str, str]:
    """Who waits for which table while the statement runs: also for what an earlier one locked."""
    found: dict[str, str] = {}
    for lock in observation.locks:
        if lock.mode in WAITS:
            found[lock.table] = _strongest((_WHO[lock.mode], found.get(lock.table, "")))
    return found


def _heavy(observation: Observation) -> set[str]:
    """The tables all of which the statement works through."""
    return {work.table for work in observation.work if work.cost != "constant"}


def _table(felt: Sequence[Observation], others: int, address: str | None) -> str:
    """The column of the rows is there only where one has something to say in it."""
    rows = [_row(observation, address) for observation in felt]
    if others:
        what = "other statements" if others > 1 else "other statement"
        rows.append(("", f"{others:,} {what}", "", "nobody", "", ""))
    lost = any(row[-1] for row in rows)
    head = (*_HEAD, "rows") if lost else _HEAD
    lines = [head, ("--:", *("---" for _ in head[1:])), *(row[: len(head)] for row in rows)]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _row(observation: Observation, address: str | None) -> tuple[str, ...]:
    line = str(observation.line)
    statement = safe.clip(safe.line(observation.statement), _STATEMENT_SHOWN)
    return (
        line if address is None else f"[{line}]({address}#L{line})",
        safe.code(statement),
        _locks(observation),
        _waits(observation),
        _work(observation),
        _rows(observation),
    )


def _locks(observation: Observation) -> str:
    """The locks that the statement takes; while it works, those that are still held as well."""
    taken = _by_mode(_new_locks(observation))
    new = {lock.table for lock in _new_locks(observation)}
    held = [x for x in observation.locks if x.held and x.mode in WAITS and x.table not in new]
    still = _by_mode(held) if _heavy(observation) else ""
    return "; ".join(part for part in (taken, f"still held: {still}" if still else "") if part)


def _by_mode(locks: Iterable[TableLock]) -> str:
    by_mode: dict[LockMode, list[str]] = {}
    for lock in locks:
        by_mode.setdefault(lock.mode, []).append(lock.table)
    return "; ".join(f"{mode} on {safe.prose(_some(tables))}" for mode, tables in by_mode.items())


def _waits(observation: Observation) -> str:
    """``reads and writes, for an instant``. A lock lasts to the end of the transaction: what waits
    for one while a later statement works is told with that.
    """
    heavy = _heavy(observation)
    waiting = _strongest(_waiting(observation).values())
    if waiting and heavy:
        return f"**{waiting}**, meanwhile"
    if any(x.mode == "ROW EXCLUSIVE" and x.table in heavy for x in observation.locks):
        return "writes of the same rows"
    who = _strongest(_WHO[lock.mode] for lock in _new_locks(observation))
    if not who:
        return "nobody"
    return f"{who}, for an instant" if observation.measured else who


def _strongest(who: Iterable[str]) -> str:
    return max(who, key=len, default="")


def _work(observation: Observation) -> str:
    said = [
        f"{safe.code(work.table)}: {WORK[work.cost]}"
        for work in observation.work
        if work.cost != "constant"
    ]
    return "; ".join(said) or ("same at any size" if observation.measured else "not measured")


def _rows(observation: Observation) -> str:
    failure = observation.failure
    said = [f"**{safe.prose(failure_words(failure))}**"] if failure is not None else []
    for loss in observation.losses:
        words = safe.prose(loss_words(loss))
        said.append(words if loss.moved_to else f"**{words}**")
    return "; ".join(said)
