"""The command ``status``: what it prints, how it exits, and that it only reads."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
from click.testing import CliRunner, Result

from checker.cli import main
from checker.report.status import status_schema_file
from tests.live.clusters import PASSWORD, Cluster
from tests.live.world import World

DOCS = Path(__file__).parents[2] / "docs"


def status(*arguments: str, **environment: str | None) -> Result:
    return CliRunner().invoke(
        main, ["status", *arguments], env={"DATABASE_URL": None, **environment}
    )


def test_exit_codes(world: World) -> None:
    root = str(world.root)
    found = status(root, "--database-url", world.url(), "--no-replay")
    assert (found.exit_code, "2 pending" in found.stdout) == (1, True)
    world.engine.deploy()
    assert status(root, "--no-replay", DATABASE_URL=world.url()).exit_code == 0
    named = status(
        root, "--no-replay", "--database-url-env", "SHOP", SHOP=world.url("&schema=public")
    )
    assert named.exit_code == 0
    nobody = status(root, DATABASE_URL="postgresql://me:hunter2@127.0.0.1:1/x")
    assert nobody.exit_code == 3
    assert "refused: start the server, or correct host and port" in nobody.stdout
    assert "P1001: Can't reach database server" in nobody.stdout
    assert "hunter2" not in nobody.output
    machine = status(root, "--format", "json", DATABASE_URL="postgresql://127.0.0.1:1/x")
    assert machine.exit_code == 3
    told = json.loads(machine.stdout)
    assert (told["verdict"], told["facts"]) == ("unknown", None)
    assert [cause["id"] for cause in told["causes"]] == ["connection-refused"]
    assert status(root).exit_code == 2


def test_a_url_in_the_wrong_place_is_not_repeated(world: World) -> None:
    found = status("postgresql://me:hunter2@h/d")
    assert found.exit_code == 2
    assert "hunter2" not in found.output


def test_the_replay_belongs_to_it(world: World) -> None:
    world.engine.deploy()
    world.sql('ALTER TABLE "User" ADD nick text')
    found = status(str(world.root), DATABASE_URL=world.url())
    assert found.exit_code == 1
    assert "User.nick is in the database and made by no applied migration" in found.stdout


def test_json_follows_its_schema(world: World, tmp_path: Path) -> None:
    world.engine.deploy()
    world.write("1_user", "-- edited\n")
    file = tmp_path / "status.json"
    status(
        str(world.root),
        "--format",
        "json",
        "-o",
        str(file),
        "--no-replay",
        DATABASE_URL=world.url(),
    )
    report = json.loads(file.read_text())
    schema = json.loads((DOCS / "status.schema.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(report)
    assert (report["verdict"], report["prisma_says_up_to_date"]) == ("not_in_step", True)
    assert report["facts"]["standings"][0]["edited"] is True
    assert world.database.owner["host"] not in file.read_text()


def test_the_published_schema_is_the_present_one() -> None:
    assert (DOCS / "status.schema.json").read_bytes() == status_schema_file()


def test_markdown_is_harmless(world: World) -> None:
    world.engine.deploy()
    world.sql(
        'CREATE TABLE "<b>x`|@me" (id int)',
        "INSERT INTO _prisma_migrations (id, checksum, migration_name) "
        "VALUES ('1', 'c', E'evil\n# title <script>')",
    )
    found = status(str(world.root), "--format", "markdown", DATABASE_URL=world.url()).stdout
    prose = re.sub(r"(?ms)^(```+).*?^\1$|(`+).+?\2", "", found)
    assert "evil" in found
    assert "<script>" not in prose
    assert "<b>" not in prose
    assert "@me" not in prose
    assert "\n# title" not in prose


# -- only reading ----------------------------------------------------------------------------------


def dump(cluster: Cluster) -> list[object]:
    """All catalogs and the ledger, row by row with the transaction that wrote each."""
    with cluster.connect("app") as boss:
        catalogs = boss.execute(
            "SELECT relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace "
            "WHERE nspname = 'pg_catalog' AND relkind = 'r' AND relname <> 'pg_statistic' "
            "AND relname !~ 'subscription|authid|user_mapping' ORDER BY 1"
        ).fetchall()
        tables = [f"pg_catalog.{name}" for (name,) in catalogs] + ["public._prisma_migrations"]
        rows: list[object] = []
        for table in tables:
            all_rows = "md5(string_agg(t::text || t.xmin, ';' ORDER BY t::text))"
            query = f"SELECT count(*), {all_rows} FROM {table} t"
            rows.append((table, boss.execute(query.encode()).fetchone()))
        return rows


ALLOWED = ("BEGIN", "SET TRANSACTION", "SET LOCAL", "SELECT", "SAVEPOINT", "ROLLBACK", "RELEASE")


def test_it_only_reads(cluster: Cluster, world: World) -> None:
    """No catalog row, no ledger row and no transaction number changes, and the server's own log
    has nothing but reading commands of ours.
    """
    with cluster.connect("app") as boss:
        boss.execute("VACUUM FREEZE")
        before = boss.execute("SELECT pg_current_snapshot()::text").fetchone()
    catalogs = dump(cluster)
    start = len(cluster.log.read_text())
    found = status(str(world.root), DATABASE_URL=cluster.url())
    log = cluster.log.read_text()[start:]
    assert found.exit_code == 1
    with cluster.connect("app") as boss:
        after = boss.execute("SELECT pg_current_snapshot()::text").fetchone()
    assert after == before
    assert dump(cluster) == catalogs
    sent = [line.split("statement: ")[1] for line in log.splitlines() if "statement: " in line]
    sent += [line.split(">: ")[1] for line in log.splitlines() if "execute <unnamed>: " in line]
    ours = [each.strip() for each in sent]
    assert any("_prisma_migrations" in line for line in log.splitlines())
    assert ours
    assert [each for each in ours if each and not each.startswith(ALLOWED)] == []
    assert PASSWORD not in log
    assert PASSWORD not in found.output


def test_through_a_pooler_and_on_a_replica(
    cluster: Cluster, pooler: int, replica: Cluster, world: World
) -> None:
    pooled = status(str(world.root), "--no-replay", DATABASE_URL=cluster.url(port=pooler))
    assert pooled.exit_code == 1
    assert "a pooler in front of it" in pooled.stdout
    behind = status(str(world.root), "--no-replay", DATABASE_URL=replica.url())
    assert behind.exit_code == 1
    assert "It is a read replica" in behind.stdout
    assert "it stops: the database is a read replica" in behind.stdout


def test_no_server_for_the_replay_is_no_finding(world: World, tmp_path: Path) -> None:
    found = status(str(world.root), "--server-bin", str(tmp_path), DATABASE_URL=world.url())
    assert found.exit_code == 2
    assert "--server-bin" in found.stderr
