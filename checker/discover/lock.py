"""Reads migration_lock.toml as Prisma does, which is not as TOML."""

from __future__ import annotations

from pathlib import Path

from checker.discover.files import read_bytes

LOCK_FILE = "migration_lock.toml"


def read_lock_provider(migrations: Path, boundary: Path) -> str | None:
    """The provider that the lock file of a migrations directory names, as Prisma reads it.

    None without the file; empty where Prisma finds no provider in it.
    """
    data = read_bytes(migrations / LOCK_FILE, boundary)
    return None if data is None else parse_lock_provider(data.decode("utf-8", "replace"))


def parse_lock_provider(text: str) -> str:
    """The first line that starts with ``provider``, without ``provider = `` and double quotes.

    A line that is indented, follows a byte order mark or lacks the spaces is none to Prisma, and
    is none here, since Prisma then refuses the directory (P3019).
    """
    for line in text.split("\n"):
        if line.startswith("provider"):
            value = line.removesuffix("\r")
            while value.startswith("provider = "):
                value = value.removeprefix("provider = ")
            return value.strip('"')
    return ""
