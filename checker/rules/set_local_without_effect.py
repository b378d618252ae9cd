"""SET LOCAL ends with its transaction, which holds nothing else.

The setting is gone before the next statement, so a lock_timeout set this way protects nothing;
PostgreSQL only warns (25P01). This happens from Prisma 7.4 on, where each statement of a file is
committed on its own, and wherever a COMMIT follows at once.

Instead: write SET without LOCAL, or BEGIN … COMMIT around the setting and what it is for.
"""

import re
from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import ControlTransaction, SetParameter
from checker.rules import Context, rule

_NO_SETTING = ("TRANSACTION", "SESSION CHARACTERISTICS")


@rule(SetParameter, severity="warning", providers=("postgresql",))
def check(change: SetParameter, at: Context) -> Iterator[Finding]:
    statement = at.statement
    if statement is None or not change.local or statement.kind == "DO" or not at.after_in_file:
        return
    if change.name in _NO_SETTING:
        return
    for later in at.transaction.after(statement):
        if not all(isinstance(c, SetParameter | ControlTransaction) for c in later.changes):
            return
    text = re.sub(r"^SET\s+LOCAL\b", "SET", statement.text, flags=re.IGNORECASE)
    yield at.finding(
        f"`{change.name}` is set for a transaction that ends before the next statement: it has no "
        "effect",
        why="Each statement of this file is committed on its own.",
        advice="Write `SET` without `LOCAL`, or `BEGIN` … `COMMIT` around what it is for.",
        fix=f"{text};" if text != statement.text and change.name != "CONSTRAINTS" else None,
    )
