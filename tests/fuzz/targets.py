"""The readers of strangers' text, each with texts to begin from.

A reader may answer anything or raise one of the project's own errors.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

from checker.config import parse_bytes
from checker.discover import lockfiles
from checker.discover.prismaconfig import parse_prisma_config
from checker.github.event import read_event
from checker.model import Provider
from checker.pg.url import parse_url
from checker.prisma.schema.reading import read_schema
from checker.prisma.sending.splitting import find_pieces
from checker.report.json import from_json, to_json
from checker.report.markdown import render_markdown
from checker.report.text import render_text
from checker.sql import read
from checker.verdict.ignores import directives
from tests.projects import SHARED
from tests.report.samples import REPORT, THREE

ROOT = Path(__file__).resolve().parents[2]
Reader = Callable[[bytes], object]
_IMPORTER = lockfiles.Importer("", "app", {"prisma": "^6.0.0"})
_URL = (
    b"postgresql://user:pass@host.example:5432/db?schema=public&sslmode=require&connect_timeout=3"
)
_EVENT = {
    "action": "opened",
    "number": 7,
    "pull_request": {
        "number": 7,
        "base": {"ref": "main", "sha": "a" * 40, "repo": {"full_name": "a/b"}},
        "head": {"ref": "topic", "sha": "b" * 40, "repo": {"full_name": "c/b"}},
        "user": {"login": "someone"},
    },
    "sender": {"login": "someone"},
}


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _sql(provider: Provider) -> Reader:
    def reader(data: bytes) -> object:
        text = _text(data)
        return list(directives(text, read(text, provider), provider))

    return reader


def _render(data: bytes) -> object:
    report = from_json(data)
    text = render_text(report, color=False, width=100)
    return text, render_markdown(report, marker=None, links=None)


def _event(data: bytes) -> object:
    environ = {"GITHUB_EVENT_NAME": "pull_request", "GITHUB_REPOSITORY": "a/b"}
    return read_event(environ, data)


READERS: dict[str, Reader] = {
    "sql-postgresql": _sql("postgresql"),
    "sql-mysql": _sql("mysql"),
    "sql-sqlite": _sql("sqlite"),
    "splitting": lambda data: find_pieces(_text(data)),
    "schema": lambda data: read_schema({"schema.prisma": _text(data)}),
    "prisma-config": lambda data: parse_prisma_config(_text(data)),
    "configuration": lambda data: parse_bytes(data, "the configuration"),
    "npm-lock": lambda data: lockfiles.npm(data, _IMPORTER, "prisma"),
    "pnpm-lock": lambda data: lockfiles.pnpm(data, _IMPORTER, "prisma"),
    "yarn-lock": lambda data: lockfiles.yarn(data, _IMPORTER, "prisma"),
    "bun-lock": lambda data: lockfiles.bun(data, _IMPORTER, "prisma"),
    "event": _event,
    "url": lambda data: parse_url(_text(data)),
    "render": _render,
}


def seeds(target: str) -> list[bytes]:
    """Real texts for a reader: the project's own, and others where they are on this machine."""
    return [data for data in _seeds(target) if data] or [b"a: 1\n"]


def _seeds(target: str) -> Iterator[bytes]:
    match target:
        case "sql-postgresql" | "sql-mysql" | "sql-sqlite" | "splitting":
            yield from _files("*.sql", 400)
            yield b"CREATE TABLE `a` (`b` ENUM('x', 'y') NOT NULL DEFAULT 'x', PRIMARY KEY (`b`));"
            yield b"-- migration-checker-ignore: ban-drop-table: told\nDROP TABLE a;"
        case "schema":
            yield from _files("*.prisma", 200)
        case "prisma-config":
            yield b'export default defineConfig({ schema: path.join("a", "b"), migrations: {} })'
        case "configuration":
            yield from (
                path.read_bytes() for path in ROOT.glob("examples/**/.migration-checker.yml")
            )
            yield b"rules: {ban-drop-table: off}\nignore:\n  - {rule: x, path: '**', reason: y}\n"
        case "npm-lock":
            yield b'{"packages": {"node_modules/prisma": {"version": "6.1.0"}}}'
        case "pnpm-lock":
            yield b"importers:\n  .:\n    devDependencies:\n      prisma:\n        version: 6.1.0\n"
        case "yarn-lock":
            yield b'prisma@^6.0.0:\n  version "6.1.0"\n"prisma@npm:^5":\n  version: 5.1.0\n'
        case "bun-lock":
            yield b'{"packages": {"prisma": ["prisma@6.1.0", "", {}]}}'
        case "event":
            yield json.dumps(_EVENT).encode()
        case "url":
            yield _URL
            yield b"postgres://[::1]/db?host=/tmp&sslcert=x"
        case "render":
            yield to_json(THREE)
            yield to_json(REPORT)


def _files(pattern: str, most: int) -> Iterator[bytes]:
    found = sorted(ROOT.glob(f"examples/**/{pattern}"))
    if SHARED.is_dir():
        found += sorted(SHARED.glob(f"corpus/**/{pattern}"))[:most]
    yield from (path.read_bytes()[:20_000] for path in found if path.is_file())
