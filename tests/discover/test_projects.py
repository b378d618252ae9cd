from __future__ import annotations

import json
from pathlib import Path

import pytest

from checker.discover.projects import ConfiguredProject, anchor, find_projects
from checker.errors import InputError
from checker.model import Project
from tests.discover.conftest import LOCK, SCHEMA, history, write

MYSQL_SCHEMA, MYSQL_LOCK = (
    SCHEMA.replace("postgresql", "mysql"),
    LOCK.replace("postgresql", "mysql"),
)
MODEL = "model %s {\n  id Int @id\n}\n"
SCRIPT = "1_init/migration.sql"


def places(root: Path, **options: object) -> list[tuple[str, str]]:
    projects: tuple[Project, ...] = find_projects(root, **options)  # type: ignore[arg-type]
    return [(p.schema, p.migrations) for p in projects]


LAYOUTS: dict[str, tuple[dict[str, str], list[tuple[str, str]]]] = {
    "the usual one": (history("1_init"), [("prisma/schema.prisma", "prisma/migrations")]),
    "in the root": (history("1_init", at="."), [("schema.prisma", "migrations")]),
    "no migration yet": (
        {"prisma/schema.prisma": SCHEMA},
        [("prisma/schema.prisma", "prisma/migrations")],
    ),
    "another name, beside the schema": (
        {"db/schema.prisma": SCHEMA, f"db/migration/{SCRIPT}": ""},
        [("db/schema.prisma", "db/migration")],
    ),
    "one directory for each provider": (
        {
            "prisma/postgresql-schema.prisma": SCHEMA,
            "prisma/mysql-schema.prisma": MYSQL_SCHEMA,
            "prisma/postgresql-migrations/migration_lock.toml": LOCK,
            "prisma/mysql-migrations/migration_lock.toml": MYSQL_LOCK,
        },
        [
            ("prisma/mysql-schema.prisma", "prisma/mysql-migrations"),
            ("prisma/postgresql-schema.prisma", "prisma/postgresql-migrations"),
        ],
    ),
    "names alone tell which goes with which": (
        {
            "db/a-schema.prisma": SCHEMA,
            "db/b-schema.prisma": SCHEMA,
            "db/b-migrations/migration_lock.toml": LOCK,
            "db/a-migrations/migration_lock.toml": LOCK,
        },
        [("db/a-schema.prisma", "db/a-migrations"), ("db/b-schema.prisma", "db/b-migrations")],
    ),
    "another provider than the lock file's": (
        {**history("1_init"), "prisma/migrations/migration_lock.toml": MYSQL_LOCK},
        [("prisma/schema.prisma", "prisma/migrations")],
    ),
    "several projects, one without migrations": (
        {
            **history("1_a", at="apps/a"),
            **history("1_b", at="apps/b"),
            "apps/c/schema.prisma": SCHEMA,
        },
        [
            ("apps/a/schema.prisma", "apps/a/migrations"),
            ("apps/b/schema.prisma", "apps/b/migrations"),
        ],
    ),
    "copies in built and installed packages": (
        {
            **history("1_a"),
            **history("1_a", at="dist/prisma"),
            **history("1_a", at="node_modules/x"),
            **history("1_a", at=".cache/x"),
        },
        [("prisma/schema.prisma", "prisma/migrations")],
    ),
    "a generated copy of the schema": (
        {**history("1_a"), "src/generated/client/schema.prisma": SCHEMA},
        [("prisma/schema.prisma", "prisma/migrations")],
    ),
    "a folder of several files": (
        {
            "prisma/schema/main.prisma": SCHEMA + MODEL % "A",
            "prisma/schema/more/b.prisma": MODEL % "B",
            f"prisma/schema/migrations/{SCRIPT}": "",
        },
        [("prisma/schema", "prisma/schema/migrations")],
    ),
    "a folder, its migrations beside it": (
        {
            "prisma/schema/main.prisma": SCHEMA,
            "prisma/schema/b.prisma": MODEL % "B",
            f"prisma/migrations/{SCRIPT}": "",
        },
        [("prisma/schema", "prisma/migrations")],
    ),
    "the datasource in a folder of its own": (
        {
            "db/base/main.prisma": SCHEMA,
            "db/models/b.prisma": MODEL % "B",
            f"db/base/migrations/{SCRIPT}": "",
        },
        [("db", "db/base/migrations")],
    ),
    "one file assembled from parts": (
        {
            **history("1_a"),
            "prisma/schema.prisma": SCHEMA + MODEL % "B",
            "prisma/parts/b.prisma": MODEL % "B",
        },
        [("prisma/schema.prisma", "prisma/migrations")],
    ),
    "package.json names a folder": (
        {
            "package.json": json.dumps({"prisma": {"schema": "./db"}}),
            "db/only.prisma": SCHEMA,
            f"db/migrations/{SCRIPT}": "",
        },
        [("db", "db/migrations")],
    ),
    "prisma.config names both": (
        {
            "api/prisma.config.ts": "export default { schema: '../db/s.prisma', "
            "migrations: { path: 'sql' } }",
            "db/s.prisma": SCHEMA,
            f"api/sql/{SCRIPT}": "",
        },
        [("db/s.prisma", "api/sql")],
    ),
    "prisma.config names the migrations only": (
        {
            ".config/prisma.ts": 'export default { migrations: { path: "../far/away/sql" } }',
            "prisma/schema.prisma": SCHEMA,
            f"far/away/sql/{SCRIPT}": "",
        },
        [("prisma/schema.prisma", "far/away/sql")],
    ),
    "prisma.config leads out of the repository": (
        {
            **history("1_a"),
            "prisma.config.ts": "export default { schema: '/etc', migrations: {path: '/'} }",
        },
        [("prisma/schema.prisma", "prisma/migrations")],
    ),
    "another tool's migrations": (
        {**history("1_a"), f"other/migrations/{SCRIPT}": "", "other/x/schema.prisma": SCHEMA},
        [("prisma/schema.prisma", "prisma/migrations")],
    ),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts(layout: str, tmp_path: Path) -> None:
    files, expected = LAYOUTS[layout]
    assert places(write(tmp_path, files)) == expected


@pytest.mark.parametrize(
    "part", ["prisma/schema.prisma", "prisma/migrations", "prisma", "prisma/migrations/1_a", "."]
)
def test_any_part_of_a_project_leads_to_it(part: str, tmp_path: Path) -> None:
    root = write(tmp_path, {**history("1_a"), **history("1_b", at="other"), "package.json": "{}"})
    within = [p for p in find_projects(root, within=root / part) if p.schema.startswith("prisma")]
    assert [(p.schema, p.migrations) for p in within] == [
        ("prisma/schema.prisma", "prisma/migrations")
    ]
    if part != ".":
        (project,) = find_projects(root / part)
        start = root / part if (root / part).is_dir() else (root / part).parent
        assert (start / project.migrations).resolve() == root / "prisma/migrations"
        assert (start / project.schema).resolve() == root / "prisma/schema.prisma"


def test_the_anchor_is_the_work_tree(repository: Path) -> None:
    write(repository, history("1_a", at="apps/a"))
    assert anchor(repository / "apps/a/migrations") == repository


def test_provider_alias_and_fallback(tmp_path: Path) -> None:
    write(tmp_path, history("1_a"))
    for written in ('"postgres"', 'env("PROVIDER")'):
        write(tmp_path, {"prisma/schema.prisma": SCHEMA.replace('"postgresql"', written)})
        assert find_projects(tmp_path)[0].provider == "postgresql"


def test_the_layout_of_prisma_8(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "contract.prisma": MODEL % "A",
            "migrations/app/20260101_1/ops.json": "[]",
            "migrations/app/20260101_1/migration.json": "{}",
        },
    )
    (project,) = find_projects(tmp_path)
    assert (project.layout, project.migrations) == ("operations", "migrations/app")


def test_configured_projects_are_exactly_those(tmp_path: Path) -> None:
    write(tmp_path, {**history("1_a"), **history("1_b", at="other"), "sql/1/migration.sql": ""})
    configured = [
        ConfiguredProject(schema="other/schema.prisma", prisma_version="5.1"),
        ConfiguredProject(migrations="prisma/migrations"),
        ConfiguredProject(schema="prisma/schema.prisma", migrations="sql"),
    ]
    projects = find_projects(tmp_path, configured=configured)
    assert [(p.schema, p.migrations, str(p.prisma)) for p in projects] == [
        ("other/schema.prisma", "other/migrations", "5.1.0"),
        ("prisma/schema.prisma", "prisma/migrations", "6.19.0"),
        ("prisma/schema.prisma", "sql", "6.19.0"),
    ]
    assert {str(p.prisma) for p in find_projects(tmp_path, prisma_version="4.0.0")} == {"4.0.0"}


@pytest.mark.parametrize(
    ("configured", "reason"),
    [
        (ConfiguredProject(schema="../schema.prisma"), "lies outside"),
        (ConfiguredProject(migrations="/etc"), "lies outside"),
        (ConfiguredProject(schema="none.prisma"), "does not exist"),
        (ConfiguredProject(schema="prisma/migrations"), "holds no .prisma file"),
        (ConfiguredProject(migrations="prisma/schema.prisma"), "is not a directory"),
        (ConfiguredProject(prisma_version="six"), "not a Prisma version"),
    ],
)
def test_what_is_configured_wrongly_is_said(
    configured: ConfiguredProject, reason: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=reason):
        find_projects(write(tmp_path, history("1_a")), configured=[configured])


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\xff", "not UTF-8"),
        (b"<<<<<<< HEAD\n", "merge-conflict"),
        (b"model A {\n}\n", "no datasource"),
        (b'datasource db {\n url = "x"\n}', "names no provider"),
        (b'datasource db {\n provider = "postgressql"\n}', "'postgressql'"),
    ],
)
def test_a_schema_that_cannot_be_used_is_named(content: bytes, reason: str, tmp_path: Path) -> None:
    write(tmp_path, {"prisma/schema.prisma": content, "prisma/migrations/1_a/migration.sql": ""})
    with pytest.raises(InputError, match=reason) as error:
        find_projects(tmp_path)
    assert str(tmp_path / "prisma/schema.prisma") in str(error.value)


def test_a_broken_schema_elsewhere_does_not_matter(tmp_path: Path) -> None:
    write(tmp_path, {**history("1_a"), "fixtures/schema.prisma": b"\xff"})
    assert places(tmp_path) == [("prisma/schema.prisma", "prisma/migrations")]


def test_nothing_found_says_where_and_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="configuration") as error:
        find_projects(tmp_path)
    assert str(tmp_path) in str(error.value)
    with pytest.raises(InputError, match="does not exist"):
        find_projects(tmp_path / "none")


def test_links_to_directories_are_not_followed(tmp_path: Path) -> None:
    write(tmp_path / "outside", history("1_a"))
    root = write(tmp_path / "root", {"README": ""})
    (root / "linked").symlink_to(tmp_path / "outside")
    (root / "loop").symlink_to(root)
    with pytest.raises(InputError, match="No Prisma schema"):
        find_projects(root)
