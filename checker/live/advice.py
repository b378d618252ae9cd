"""What is wrong with a deployed database and what to do about it: plain values.

Cause    one thing that is wrong, in one sentence, with what Prisma says about it
Remedy   one way to put it right: what it does to the data, what it costs, the exact commands
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from checker.model import Severity

DataRisk = Literal["safe", "at_risk", "lost"]
RISKS: tuple[DataRisk, ...] = ("safe", "at_risk", "lost")
"""From the safest to the last resort."""


class NewFile(Struct, frozen=True):
    """A file to write before the commands; ``path`` is relative to the root."""

    path: str
    text: str


class Remedy(Struct, frozen=True):
    """One way to put a cause right. ``id`` names the kind of way (``resolve-applied``, ``reset``).

    ``what`` is one sentence: what it does and when it is right. ``first`` is what a person must do
    beforehand, ``files`` are written next, and ``commands`` are lines for a POSIX shell at the
    root, with DATABASE_URL set as Prisma wants it. ``data`` says what becomes of the rows: nothing,
    some may be lost, all are deleted. ``cost`` is what else it takes, ``check`` are the commands
    that show whether it worked.
    """

    id: str
    what: str
    commands: tuple[str, ...]
    data: DataRisk
    cost: str
    check: tuple[str, ...]
    first: str | None = None
    files: tuple[NewFile, ...] = ()


class Cause(Struct, frozen=True):
    """One thing that is wrong. ``remedies`` are in order of safety.

    ``what`` is one sentence with the real names, ``symptom`` what Prisma says, with its code (empty
    where it says nothing), and ``why`` how it arises. ``stops`` names the commands of Prisma
    Migrate that do not work now; ``severity`` is ``error`` if something is wrong, ``notice`` if
    there is something to do.
    """

    id: str
    what: str
    symptom: str
    why: str
    severity: Severity
    stops: tuple[Literal["deploy", "dev", "status"], ...] = ()
    migrations: tuple[str, ...] = ()
    remedies: tuple[Remedy, ...] = ()
