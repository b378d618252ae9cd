"""Stands in for ``npx prisma`` in tests: takes the options that the real one takes, and has the
effect of its commands on a database.

The effect is that of Prisma's own engine where PRISMA_ORACLE names a directory with its driver and
packages, else that of ``engine``. STAND_IN_PRISMA is the version.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg
from msgspec.structs import replace

from checker.discover.versions import parse_version
from checker.live.drift import as_default
from checker.pg.url import parse_url
from checker.prisma.database.model import DatabaseSchema
from checker.prisma.database.read import read_catalog
from checker.prisma.diff.script import migration
from tests.live.engine import Engine, Refused

VERSION = parse_version(os.environ["STAND_IN_PRISMA"], "the stand-in")
# What `prisma COMMAND --help` and the packages of 6.19.3 and 7.10.0 know; True takes a value.
COMMON = {"--schema": True, "--config": True}
OPTIONS: dict[str, dict[str, bool]] = {
    "migrate deploy": COMMON,
    "migrate status": COMMON,
    "migrate reset": COMMON | {"--force": False, "-f": False},
    "migrate resolve": COMMON | {"--applied": True, "--rolled-back": True},
    "migrate dev": COMMON | {"--name": True, "--create-only": False},
    "db pull": COMMON | {"--print": False, "--force": False},
}
DIFF = {"--script": False, "--exit-code": False, "--output": True, "--config": True}
for which in ("from", "to"):
    DIFF |= {f"--{which}-empty": False, f"--{which}-migrations": True}
if VERSION.major >= 7:
    OPTIONS["db execute"] = {"--stdin": False, "--file": True, "--config": True}
    for which in ("from", "to"):
        DIFF |= {f"--{which}-config-datasource": False, f"--{which}-schema": True}
else:
    OPTIONS["db execute"] = {"--stdin": False, "--file": True, "--url": True} | COMMON
    DIFF["--shadow-database-url"] = True
    for which in ("from", "to"):
        DIFF |= {f"--{which}-schema-{kind}": True for kind in ("datamodel", "datasource")}
        DIFF[f"--{which}-url"] = True
OPTIONS["migrate diff"] = DIFF


def parse(words: list[str]) -> tuple[str, dict[str, str]]:
    command, rest = " ".join(words[1:3]), words[3:]
    if words[0] != "prisma" or command not in OPTIONS:
        sys.exit(f"unknown command: {words}")
    found: dict[str, str] = {}
    while rest:
        name, equals, value = rest.pop(0).partition("=")
        if name not in OPTIONS[command]:
            sys.exit(f"{command} of Prisma {VERSION} has no option {name}")
        if OPTIONS[command][name]:
            value = value if equals else rest.pop(0)
            if not equals and value.startswith("-"):
                sys.exit(f"{name} takes a value, not an option")
        found[name] = value
    return command, found


def connect() -> psycopg.Connection[tuple[object, ...]]:
    target = parse_url(os.environ["DATABASE_URL"])
    parameters = dict(target.parameters)
    return psycopg.connect(
        **{**parameters, "options": f'-c search_path="{target.schema}"'},  # type: ignore[arg-type]
        autocommit=True,
    )


def run(sql: str) -> None:
    """One simple query, as Prisma sends a script."""
    with connect() as connection:
        connection.execute(sql.encode())


def engine(*words: str) -> bool:
    """Asks Prisma's engine, where it is at hand."""
    place = os.environ.get("PRISMA_ORACLE")
    if not place:
        return False
    major = "7" if VERSION.major >= 7 else "6"
    driver = ["node", f"{place}/oracle.mjs", "--engine", major]
    done = subprocess.run(
        [*driver, "--url", os.environ["DATABASE_URL"], *words],
        capture_output=True,
        text=True,
        check=False,
    )
    answer = json.loads(done.stdout)
    if not answer["ok"]:
        sys.exit(f"{answer['error'].get('code')}: {answer['error']['message']}")
    return True


def migrations(options: dict[str, str]) -> Path:
    schema = Path(options.get("--schema", "prisma/schema.prisma"))
    if not schema.exists():
        sys.exit(f"{schema} does not exist")
    return (schema if schema.is_dir() else schema.parent) / "migrations"


def stand_in(options: dict[str, str]) -> Engine:
    return Engine(parse_url(os.environ["DATABASE_URL"]).parameters, migrations(options), VERSION)


def deploy(options: dict[str, str]) -> None:
    if not engine("deploy", str(migrations(options))):
        stand_in(options).deploy()


def resolve(options: dict[str, str]) -> None:
    if name := options.get("--applied"):
        if not engine("applied", str(migrations(options)), name):
            stand_in(options).resolve_applied(name)
    elif not engine("rolledback", options["--rolled-back"]):
        stand_in(options).resolve_rolled_back(options["--rolled-back"])


def reset(options: dict[str, str]) -> None:
    run("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    deploy(options)


def diff(options: dict[str, str]) -> None:
    """Only what remedies ask for: from nothing to the database."""
    ends = {"--to-config-datasource", "--to-schema-datasource"}
    if "--from-empty" not in options or not ends & options.keys():
        sys.exit(f"the stand-in has no such diff: {options}")
    target = parse_url(os.environ["DATABASE_URL"])
    with connect() as connection:
        found = as_default(read_catalog(connection, schemas=(target.schema,)), target.schema)
    sys.stdout.write(migration(DatabaseSchema(schemas=()), replace(found, extensions=())))


def execute_sql(options: dict[str, str]) -> None:
    if VERSION.major < 7 and not {"--schema", "--url"} & options.keys():
        sys.exit("db execute needs --schema or --url")
    run(sys.stdin.read() if "--stdin" in options else Path(options["--file"]).read_text())


def pull(options: dict[str, str]) -> None:
    """What introspection would write was laid down by the test."""
    shutil.copy("pulled.prisma", options.get("--schema", "prisma/schema.prisma"))


def main(words: list[str]) -> None:
    command, options = parse(words)
    match command:
        case "migrate deploy":
            deploy(options)
        case "migrate resolve":
            resolve(options)
        case "migrate reset":
            reset(options)
        case "migrate diff":
            diff(options)
        case "db execute":
            execute_sql(options)
        case "db pull":
            pull(options)
        case "migrate status":
            engine("status", str(migrations(options)))
        case _:
            sys.exit(f"the stand-in has no {command}")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except Refused as refused:
        sys.exit(refused.code)
