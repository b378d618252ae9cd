"""Directories with migration.json and ops.json: Prisma 8, which is recognised but not read yet."""

from __future__ import annotations

from checker.discover.layouts.directories import Directories

OPERATIONS = "ops.json"
GRAPH = Directories(
    file=OPERATIONS,
    distinct=True,
    needs_datasource=False,  # the database is named in code
    needs_script=False,
    unreadable="the migrations are Prisma 8's operations (migration.json with ops.json), which "
    "this version cannot read yet",
)
