"""An ignore silences nothing

An ignore that nobody needs hides the next real finding; one without a reason, or with a misspelt
rule, was meant to do something and does not. A finding is silenced in one of two ways:

    -- migration-checker: ignore ban-drop-table: replaced by "Invoice" in May
    DROP TABLE "Bill";

above a statement of a new migration or at the end of its line, or in `.migration-checker.yml`,
which is the only way for a merged migration, because even a comment changes its checksum, and for
what concerns the history itself:

    ignore:
      - rule: migration-edited-after-merge
        migration: 20260301090000_orders
        reason: the index was made by hand on production
        until: 2026-12-31

Reported: an ignore without a reason, of a rule that does not exist, of a finding that does not
arise, past its date, or in a form that is not understood. `-- squawk-ignore RULE`
is also understood; it needs no reason and is never reported.

Instead: remove the ignore, or correct it as the finding says.
"""

from collections.abc import Iterator

from checker.model import Finding, IdleIgnore
from checker.rules import Context, rule


@rule(IdleIgnore, severity="warning")
def check(ignore: IdleIgnore, at: Context) -> Iterator[Finding]:
    yield at.finding(
        f"This ignore has no effect, because {ignore.problem}: `{ignore.text}`",
        why="An ignore that silences nothing hides the next real finding, or was misspelt.",
        advice=ignore.advice,
        path=ignore.path,
        line=ignore.line,
        sql=ignore.text,
    )
