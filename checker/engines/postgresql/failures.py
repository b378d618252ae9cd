"""Says where a migration failed, and what it leaves behind."""

from __future__ import annotations

import re
from collections.abc import Sequence

from checker.model import Failure, Migration
from checker.pg.session import ServerError
from checker.prisma.sending.splitting import Piece, find_pieces

STATEMENT_LIMIT = 2000  # characters of a statement that a failure shows
# Statements with no effect that a later failure could leave half done.
_WITHOUT_TRACE = ("", "SET", "RESET", "SHOW", "SELECT", "SAVEPOINT", "RELEASE")


def script_failure(
    migration: Migration,
    error: ServerError,
    *,
    done: int,
    offset: int,
    committed: bool,
    hint: str | None = None,
) -> Failure:
    """A statement of the script failed (P3018). ``done`` statements had succeeded; ``offset`` is
    where the text that was sent begins in the script, in characters.
    """
    sql = migration.sql or ""
    pieces = find_pieces(sql)
    place: int | None = None
    if error.position is not None:
        place = min(offset + error.position - 1, len(sql.rstrip()))
        piece = next((p for p in pieces if p.start <= place <= p.end), None)
    else:
        piece = pieces[done] if done < len(pieces) else None
        place = piece.start if piece else None
    return Failure(
        migration=migration.name,
        line=None if place is None else line_at(sql, place),
        sqlstate=error.sqlstate,
        message=error.message,
        detail=error.detail,
        hint=error.hint or hint,
        statement=_shown(sql, piece) if piece else None,
        prisma_code="P3018",
        committed=committed,
    )


def unreadable(migration: Migration) -> Failure:
    """The script is missing or not text, which Prisma notices when it reaches it."""
    if migration.problem == "not_utf8":
        message = "migration.sql is not valid UTF-8, so Prisma cannot read it"
        return Failure(migration.name, None, None, message)
    message = "the directory has no migration.sql: restore it or delete the directory"
    return Failure(migration.name, None, None, message, prisma_code="P3015")


def bookkeeping_failure(migration: Migration, error: ServerError) -> Failure:
    """The script succeeded, but Prisma could not record that."""
    sql = migration.sql or ""
    culprits = [p for p in find_pieces(sql) if _leaves_search_path(sql[p.start : p.end])]
    if error.sqlstate != "42P01":
        hint = "the script leaves the session in a state in which Prisma cannot record it"
        culprits = []
    elif culprits:
        hint = (
            "the script leaves search_path changed, so that Prisma no longer finds its table: "
            "use SET LOCAL inside a transaction, or end with RESET search_path"
        )
    else:
        hint = "the script removes Prisma's table, or the schema that holds it"
    piece = culprits[-1] if culprits else None
    return Failure(
        migration=migration.name,
        line=line_at(sql, piece.start) if piece else None,
        sqlstate=error.sqlstate,
        message=error.message,
        hint=hint,
        statement=_shown(sql, piece) if piece else None,
        prisma_code="P1014" if error.sqlstate == "42P01" else None,
        committed=True,
    )


def left_open(migration: Migration) -> Failure:
    """The history ends in a transaction that this migration opened."""
    sql = migration.sql or ""
    begins = [p for p in find_pieces(sql) if _begins(sql[p.start : p.end])]
    piece = begins[-1] if begins else None
    return Failure(
        migration=migration.name,
        line=line_at(sql, piece.start) if piece else None,
        sqlstate=None,
        message=(
            "the transaction that this migration begins is never committed: Prisma reports "
            "success, and then everything since that BEGIN is lost"
        ),
        hint="end the script with COMMIT, or leave BEGIN out",
        statement=_shown(sql, piece) if piece else None,
        prisma_code="P3009",
    )


def is_committed(tags: Sequence[str], *, separately: bool) -> bool:
    """Whether statements with these command tags have left a permanent effect although a later one
    failed. ``separately`` says that each was sent on its own.
    """
    pending = inside = False
    for tag in tags:
        word = tag.partition(" ")[0]
        if word in ("BEGIN", "START"):
            inside = True
        elif word == "ROLLBACK":
            pending = inside = False
        elif word in ("COMMIT", "END"):
            if pending:
                return True
            inside = False
        elif word not in _WITHOUT_TRACE:
            pending = True
            if separately and not inside:
                return True
    return False


def line_at(text: str, place: int) -> int:
    """The line, counted from 1, of an offset in characters."""
    return text.count("\n", 0, place) + 1


def _shown(sql: str, piece: Piece) -> str:
    text = sql[piece.start : piece.end]
    return text if len(text) <= STATEMENT_LIMIT else text[:STATEMENT_LIMIT] + " …"


def _leaves_search_path(statement: str) -> bool:
    return bool(re.search(r"search_path", statement, re.IGNORECASE)) and not re.match(
        r"SET\s+LOCAL\b|CREATE\b|ALTER\b", statement, re.IGNORECASE
    )


def _begins(statement: str) -> bool:
    return bool(re.match(r"BEGIN\b|START\s+TRANSACTION\b", statement, re.IGNORECASE))
