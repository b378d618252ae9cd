"""What ``prisma migrate deploy`` would do now, step by step. Pure.

Source: prisma-engines, schema-commands, apply_migrations.rs; the order of its refusals is measured.
"""

from __future__ import annotations

from collections.abc import Iterator

from checker.engines.registry import locked_elsewhere
from checker.live.facts import DeployStep, Ledger, LiveDatabase, LockHolder, Standing
from checker.model import Failure


def deploy_steps(
    database: LiveDatabase,
    ledger: Ledger,
    standings: tuple[Standing, ...],
    *,
    tables: tuple[str, ...] = (),
    lock_provider: str | None = None,
    lock: LockHolder | None = None,
    failure: Failure | None = None,
) -> tuple[DeployStep, ...]:
    """The steps up to the end or the first refusal. ``failure`` is that of a replay of the applied
    migrations and then the pending ones, on empty tables.
    """
    refusals = _refusals(database, ledger, standings, tables, lock_provider, lock)
    refusal = next(refusals, None)
    return (refusal,) if refusal else tuple(_steps(ledger, standings, failure))


def _refusals(
    database: LiveDatabase,
    ledger: Ledger,
    standings: tuple[Standing, ...],
    tables: tuple[str, ...],
    lock_provider: str | None,
    lock: LockHolder | None,
) -> Iterator[DeployStep]:
    """Why it would do nothing at all, in the order of its checks."""
    if database.standby:
        yield _stop("the database is a read replica: use the URL of the primary")
    if database.read_only:
        yield _stop("sessions of this user are read-only (default_transaction_read_only)")
    if locked_elsewhere(lock_provider):
        named = f"`{lock_provider}`" if lock_provider else "no provider"
        yield _stop(f"migration_lock.toml names {named}, the schema postgresql", "P3019")
    if lock is not None:
        holder = f"process {lock.pid} holds Prisma's advisory lock"
        yield _stop(f"{holder}: it waits 10 s for that, then gives up", "P1002")
    if ledger.state in ("forbidden", "damaged"):
        yield _stop("; ".join(ledger.problems))
    if not ledger.exists and tables:
        shown = ", ".join(f"`{name}`" for name in tables[:3])
        more = f" and {len(tables) - 3:,} more" if len(tables) > 3 else ""
        yield _stop(f"the schema is not empty and has no ledger: {shown}{more}", "P3005")
    if not ledger.exists and not database.may_create:
        yield _stop(f"this user may not create tables in the schema `{database.schema}`")
    for standing in standings:
        if standing.state == "failed":
            yield _stop(f"`{standing.name}` is recorded as failed", "P3009", standing.name)


def _steps(
    ledger: Ledger, standings: tuple[Standing, ...], failure: Failure | None
) -> Iterator[DeployStep]:
    if not ledger.exists:
        yield DeployStep("create_ledger", "create the table `_prisma_migrations`")
    pending = [s for s in standings if s.in_directory and s.state in ("pending", "rolled_back")]
    for standing in pending:
        name = standing.name
        if standing.no_script:
            yield _stop(f"`{name}` has no migration.sql", "P3015", name)
            return
        if failure is not None and failure.migration == name:
            code = failure.prisma_code or "P3018"
            yield DeployStep("apply", f"`{name}` fails: {failure.message}", name, code)
            return
        again = ", which was rolled back before" if standing.rolled_back else ""
        early = ", although it sorts before one that is applied" if standing.early else ""
        yield DeployStep("apply", f"apply `{name}`{again}{early}", name)
    if not pending:
        yield DeployStep("nothing", "there is nothing to apply")


def _stop(text: str, code: str | None = None, migration: str | None = None) -> DeployStep:
    return DeployStep("stop", text, migration, code)
