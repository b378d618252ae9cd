from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from msgspec import Struct

from checker.discover.history import read_history
from checker.discover.lock import parse_lock_provider
from checker.discover.projects import find_projects
from checker.errors import InputError
from checker.model import Base, History
from tests.discover.conftest import SCHEMA, commit, git, history, write

LONG = "".join(f'ALTER TABLE "T{i}" ADD COLUMN "c" TEXT;\n' for i in range(10))


class Tree(Struct):
    """A base held in memory, as one from GitHub's interface would be."""

    scripts: dict[str, bytes | None]
    directory: str = "prisma/migrations"
    base: Base = Base("main", "0" * 40)
    since: dict[str, bytes | None] | None = None

    def now(self) -> Tree | None:
        return None if self.since is None else Tree(self.scripts | self.since)

    def list(self, directory: str) -> Mapping[str, bytes | None]:
        return self.scripts if directory == self.directory else {}

    def migration_directories(self) -> Mapping[str, frozenset[str]]:
        return {self.directory: frozenset(self.scripts)}

    def files(self, directory: str, suffix: str) -> Mapping[str, bytes]:
        raise NotImplementedError

    def read(self, path: str) -> bytes | None:
        return None


def read(root: Path, base: Tree | None, *, all_new: bool = False) -> History:
    (project,) = find_projects(root)
    return read_history(root, project, base, all_new=all_new)


def make(root: Path, scripts: Mapping[str, str | bytes]) -> Path:
    files = {f"prisma/migrations/{name}/migration.sql": s for name, s in scripts.items()}
    return write(root, {"prisma/schema.prisma": SCHEMA, **files})


def states(found: History) -> dict[str, str]:
    return {m.name: m.state for m in (*found.migrations, *found.removed)}


def test_states_against_the_base(tmp_path: Path) -> None:
    make(tmp_path, {"1": "a", "2": "b changed", "5": LONG + "-- more\n", "6": "new"})
    found = read(tmp_path, Tree({"1": b"a", "2": b"b", "3": b"c", "4": LONG.encode()}))
    assert states(found) == {
        "1": "unchanged",
        "2": "edited",
        "5": "renamed",
        "6": "new",
        "3": "removed",
    }
    by_name = {m.name: m for m in (*found.migrations, *found.removed)}
    assert (by_name["2"].base_sql, by_name["2"].previous) == ("b", "2")
    assert (by_name["5"].base_sql, by_name["5"].previous) == (LONG, "4")
    assert (by_name["3"].base_sql, by_name["3"].sql, by_name["3"].problem) == ("c", None, None)
    assert found.base_names == ("1", "2", "3", "4")
    assert found.base == Base("main", "0" * 40)


def test_without_a_base_nothing_is_new_and_on_request_everything(tmp_path: Path) -> None:
    make(tmp_path, {"1": "a", "2": "b"})
    assert set(states(read(tmp_path, None)).values()) == {"unchanged"}
    everything = read(tmp_path, Tree({"1": b"a", "0": b"gone"}), all_new=True)
    assert states(everything) == {"1": "new", "2": "new"}
    assert everything.base_names == ()


@pytest.mark.parametrize(
    ("base", "head", "state"),
    [
        (b"a\nb\n", b"a\r\nb\r\n", "unchanged"),
        (b"a\r\nb\r\n", b"a\nb\n", "unchanged"),
        (b"a\nb\n", b"a\nb", "edited"),
        (b"a\nb\n", b"\xef\xbb\xbfa\nb\n", "edited"),
        (b"a\r\nb\n", b"a\nb\n", "edited"),
        (b"", b"", "unchanged"),
    ],
)
def test_line_ends_are_judged_as_prisma_judges_checksums(
    base: bytes, head: bytes, state: str, tmp_path: Path
) -> None:
    make(tmp_path, {"1": head})
    assert states(read(tmp_path, Tree({"1": base}))) == {"1": state}


def test_directories_are_listed_as_prisma_lists_them(tmp_path: Path) -> None:
    make(tmp_path, {"20240101_x": "", "20240101000000_y": "", ".hidden": "", "any name!": ""})
    directory = tmp_path / "prisma/migrations"
    (directory / "linked").symlink_to(directory / "20240101_x")
    write(directory, {"file.sql": "", "empty/Migration.sql": ""})
    found = read(tmp_path, None)
    assert [m.name for m in found.migrations] == [
        ".hidden", "20240101_x", "20240101000000_y", "any name!", "empty",
    ]  # fmt: skip
    assert [m.problem for m in found.migrations] == [None, None, None, None, "missing"]
    assert found.migrations[1].path == "prisma/migrations/20240101_x/migration.sql"


def test_unreadable_scripts_are_problems_of_the_migration(tmp_path: Path) -> None:
    make(tmp_path, {"1": b"\xff", "2": "\ufeffSELECT 1;"})
    (tmp_path / "prisma/migrations/3/migration.sql").mkdir(parents=True)
    one, two, three = read(tmp_path, Tree({"1": b"\xff", "3": b"x"})).migrations
    assert (one.sql, one.problem, one.state) == (None, "not_utf8", "unchanged")
    assert two.sql == "\ufeffSELECT 1;"
    assert (three.problem, three.state, three.base_sql) == ("missing", "edited", "x")


def test_a_script_that_the_base_lacked_is_new(tmp_path: Path) -> None:
    make(tmp_path, {"1": "SELECT 1;"})
    assert states(read(tmp_path, Tree({"1": None}))) == {"1": "new"}


def test_a_link_out_of_the_repository_is_refused(tmp_path: Path) -> None:
    write(tmp_path, {"secret": "password"})
    root = make(tmp_path / "root", {"1": "x"})
    script = root / "prisma/migrations/1/migration.sql"
    script.unlink()
    script.symlink_to(tmp_path / "secret")
    with pytest.raises(InputError, match="leads outside"):
        read(root, None)


def test_a_script_over_the_limit_is_refused(tmp_path: Path) -> None:
    make(tmp_path, {"1": "x"})
    with (tmp_path / "prisma/migrations/1/migration.sql").open("r+b") as file:
        file.truncate(65 * 1024 * 1024)
    with pytest.raises(InputError, match="bigger than 64 MB"):
        read(tmp_path, None)


def test_what_the_base_has_got_since(tmp_path: Path) -> None:
    make(tmp_path, {"1": "a", "3": "b", "4": "d"})
    base = Tree({"1": b"a"}, since={"2": b"c", "3": b"b", "4": b"other"})
    found = read(tmp_path, base)
    assert states(found) == {"1": "unchanged", "3": "unchanged", "4": "edited"}
    assert [(m.name, m.sql) for m in found.meanwhile] == [("2", "c")]
    assert found.base_names == ("1", "3", "4")


@pytest.mark.parametrize(
    ("path", "stray"),
    [
        ("migrations/20260101000000_x/migration.sql", True),
        ("prisma/migration/20260101000000_x/migration.sql", True),
        ("prisma/migrations/20260101000000_x.sql", True),
        ("prisma/migrations/20260101000000_x/migration.sql", False),  # where it belongs
        ("db/drizzle/20260101000000_x.sql", False),
        ("migrations/knex/migration.sql", False),
        ("prisma/archive/1_merged/migration.sql", False),
        ("tests/fixtures/app/prisma/migrations/20260101000000_x/migration.sql", False),
    ],
)
def test_strays(path: str, *, stray: bool, tmp_path: Path) -> None:
    make(tmp_path, {"1_merged": "a"})
    write(tmp_path, {path: "SELECT 1;"})
    assert read(tmp_path, Tree({"1_merged": b"a"})).strays == ((path,) if stray else ())


@pytest.mark.parametrize("beside", ["migration_lock.toml", "../schema.prisma"])
def test_the_history_of_another_is_no_stray(beside: str, tmp_path: Path) -> None:
    make(tmp_path, {"1": "a"})
    write(tmp_path, {"other/migrations/20260101000000_x/migration.sql": "SELECT 1;"})
    write(tmp_path / "other/migrations", {beside: SCHEMA})
    project = next(p for p in find_projects(tmp_path) if p.schema == "prisma/schema.prisma")
    assert read_history(tmp_path, project, Tree({"1": b"a"})).strays == ()


def test_a_merged_migration_that_was_moved_away_is_removed_and_no_stray(tmp_path: Path) -> None:
    name = "20260101000000_x"
    make(tmp_path, {"20260201000000_y": "b"})
    write(tmp_path, {f"prisma/archive/{name}/migration.sql": "a"})
    found = read(tmp_path, Tree({name: b"a", "20260201000000_y": b"b"}))
    assert found.strays == ()
    assert states(found)[name] == "removed"


def test_a_moved_directory_makes_nothing_new(tmp_path: Path) -> None:
    make(tmp_path, {"1": "a", "2": "b", "3": "c"})
    base = Tree({"1": b"a", "2": b"b"}, directory="db/migrations")
    assert states(read(tmp_path, base)) == {"1": "unchanged", "2": "unchanged", "3": "new"}


@pytest.mark.parametrize("why", ["the other one is still there", "only a name is the same"])
def test_a_directory_that_is_not_the_moved_one(why: str, tmp_path: Path) -> None:
    make(tmp_path, {"0_init": "a"})
    base = Tree({"0_init": b"a"}, directory="db/migrations")
    if why == "the other one is still there":
        (tmp_path / "db/migrations").mkdir(parents=True)
    else:
        base.scripts = {"0_init": b"something else"}
    assert states(read(tmp_path, base)) == {"0_init": "new"}


@pytest.mark.parametrize(
    ("text", "provider"),
    [
        ('# x\nprovider = "postgresql"\n', "postgresql"),
        ("provider = mysql\r\n", "mysql"),
        ('provider = "sqlite" # x', 'sqlite" # x'),
        ('provider="postgresql"', 'provider="postgresql'),
        ("provider = 'postgresql'", "'postgresql'"),
        ('<<<<<<< a\nprovider = "postgresql"\n=======\nprovider = "mysql"', "postgresql"),
        ('  provider = "postgresql"', ""),
        ('\ufeffprovider = "postgresql"', ""),
        ("", ""),
    ],
)
def test_the_lock_file_is_read_as_prisma_reads_it(text: str, provider: str) -> None:
    assert parse_lock_provider(text) == provider


def test_the_lock_file_may_be_absent(tmp_path: Path) -> None:
    assert read(make(tmp_path, {"1": ""}), None).lock_provider is None
    write(tmp_path, history("1"))
    assert read(tmp_path, None).lock_provider == "postgresql"


def test_similarity_is_that_of_git(repository: Path) -> None:
    """Scripts that share more and more of their lines: git and we agree on every one."""
    lines = [f'ALTER TABLE "T{i}" ADD COLUMN "column{i}" TEXT;\r\n' for i in range(20)]
    lines.append("-- " + "x" * 200)
    old = "".join(lines)
    verdicts = set()
    for kept in range(20):
        commit(repository, {"m/200_old/migration.sql": old})
        git(repository, "rm", "-rq", "m")
        other = "".join(f"SELECT {n} FROM other_table;\n" for n in range(20 - kept))
        script = "".join(lines[:kept]) + other
        commit(repository, {"m/300_new/migration.sql": script, "m/schema.prisma": SCHEMA})
        changes = git(repository, "diff", "--name-status", "-M50%", "HEAD^", "HEAD", "--", "m")
        (project,) = find_projects(repository)
        base = Tree({"200_old": old.encode()}, directory="m")
        (migration,) = read_history(repository, project, base).migrations
        assert (migration.state == "renamed") == ("R0" in changes), (kept, changes)
        verdicts.add(migration.state)
        git(repository, "rm", "-rq", "m")
    assert verdicts == {"renamed", "new"}


def test_of_equal_scripts_those_with_the_same_words_go_together(tmp_path: Path) -> None:
    make(tmp_path, {"30_b": "x", "31_a": "x"})
    found = read(tmp_path, Tree({"10_a": b"x", "11_b": b"x"}))
    assert {m.name: m.previous for m in found.migrations} == {"30_b": "11_b", "31_a": "10_a"}
