"""Reports to render, written by hand."""

from __future__ import annotations

import msgspec

from checker.model import (
    Base,
    Failure,
    Finding,
    MigrationSummary,
    ProjectReport,
    Replay,
    Report,
    State,
    Tool,
)
from checker.report.links import Links

HEAD = "3f2a9c1d" * 5
LINKS = Links(
    server_url="https://github.example",
    repository="acme/shop",
    sha=HEAD,
    run_url="https://github.example/acme/shop/actions/runs/42",
)
MIGRATIONS = "packages/db/prisma/migrations"


def summary(name: str, state: State = "new", statements: int = 3) -> MigrationSummary:
    return MigrationSummary(name, state, f"{MIGRATIONS}/{name}/migration.sql", statements)


def finding(migration: str = "20261120101500_profile", line: int = 4, **fields: object) -> Finding:
    values: dict[str, object] = {
        "rule": "ban-drop-column",
        "severity": "error",
        "message": "`User.email` is dropped with all its values",
        "migration": migration,
        "path": f"{MIGRATIONS}/{migration}/migration.sql",
        "line": line,
        **fields,
    }
    return msgspec.convert(values, Finding)


FINDINGS = (
    finding(
        line=9,
        severity="warning",
        rule="require-concurrent-index-creation",
        message="Writes to `Order` wait while `Order_status_idx` is built",
        evidence="observed",
        why="A SHARE lock is held on `Order` while every page of it is read.",
        advice="build it concurrently, alone in its own migration",
        fix='CREATE INDEX CONCURRENTLY "Order_status_idx" ON "Order"("status");',
        statement='CREATE INDEX "Order_status_idx" ON "Order"("status")',
    ),
    finding(
        end_line=5,
        rule="rename-as-drop-add",
        message="`User.email` is dropped with its data, but it looks like a rename to "
        "`emailAddress`",
        evidence="proven",
        why="`emailAddress` is added with the same type, nullability and unique index. Prisma "
        "writes a renamed field as drop and add, and the values do not move: 2,000 of 2,000 "
        "values were gone after the replay.",
        advice='rename the column, or keep it and write @map("email") in schema.prisma',
        fix='ALTER TABLE "User" RENAME COLUMN "email" TO "emailAddress";\n'
        'ALTER INDEX "User_email_key" RENAME TO "User_emailAddress_key";',
        statement='ALTER TABLE "User" DROP COLUMN "email",\n  ADD COLUMN "emailAddress" TEXT',
    ),
    finding(
        migration="20260301090000_orders",
        line=1,
        rule="edited-migration",
        message="A merged migration was edited",
        why="Databases that have it keep the old checksum, and `migrate dev` asks for a reset.",
        advice="restore it and put the change into a new migration",
        fix="git checkout main -- packages/db/prisma/migrations/20260301090000_orders",
    ),
)

PROJECT = ProjectReport(
    path="packages/db/prisma/schema.prisma",
    provider="postgresql",
    prisma_version="6.19.3",
    prisma_version_source="pnpm-lock.yaml",
    migrations_path=MIGRATIONS,
    migrations=(
        *(summary(f"2026010112{n:04}_step", "unchanged") for n in range(433)),
        summary("20260301090000_orders", "edited"),
        summary("20261120101500_profile"),
        summary("20261121080000_audit", statements=6),
    ),
    replay=Replay("passed", server="PostgreSQL 17.11", applied=436, total=436, seconds=1.94),
    findings=FINDINGS,
    changed=True,
    notes=("Suspicions cleared by the replay: 4.",),
)

BROKEN = msgspec.structs.replace(
    PROJECT,
    path="apps/billing/schema.prisma",
    findings=(),
    notes=(),
    migrations=(summary("20261122000000_totals"), summary("20261122000001_more")),
    replay=Replay(
        "failed",
        server="PostgreSQL 17.11",
        applied=0,
        total=2,
        seconds=0.4,
        failure=Failure(
            migration="20261122000000_totals",
            line=7,
            sqlstate="42703",
            message='column "totl" does not exist',
            hint='Perhaps you meant to reference the column "Invoice.total".',
            statement='UPDATE "Invoice"\n   SET "cents" = "totl" * 100;',
            prisma_code="P3018",
            committed=True,
        ),
        stand_ins=("uuid-ossp",),
    ),
)
UNVERIFIED = msgspec.structs.replace(
    PROJECT,
    path="apps/search/schema.prisma",
    findings=(),
    notes=(),
    migrations=(summary("20261122000000_vectors"),),
    replay=Replay("not_verified", server="PostgreSQL 17.11", missing=("vector", "pg_partman")),
)

REPORT = Report(
    version=1,
    verdict="fail",
    tool=Tool("Prisma Migration Checker", "0.1.0"),
    projects=(PROJECT,),
    base=Base(ref="main", commit="ab12cd34" * 5, how="pull request"),
    head=HEAD,
)
CLEAR = msgspec.structs.replace(
    REPORT,
    verdict="pass",
    projects=(msgspec.structs.replace(PROJECT, findings=(), notes=()),),
)
THREE = msgspec.structs.replace(REPORT, projects=(PROJECT, BROKEN, UNVERIFIED))
QUIET = msgspec.structs.replace(
    PROJECT, path="apps/idle/schema.prisma", findings=(), notes=(), changed=False
)
TOLD = msgspec.structs.replace(
    BROKEN,
    findings=(
        finding(
            migration="20261122000000_totals",
            line=7,
            rule="history-does-not-replay",
            message='Migration 20261122000000_totals fails: column "totl" does not exist',
            statement='UPDATE "Invoice"\n   SET "cents" = "totl" * 100;',
        ),
    ),
)
