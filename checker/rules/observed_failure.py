"""The replay saw the statement fail on rows that the schema permits.

On empty tables it succeeds, which is all that a test database shows. The rows on which it fails
satisfy every constraint that the table has before this pull request, so production may hold such
rows.

Not reported: what another rule reports about the same statement, and figures that only overflow
because the synthetic rows hold the largest that their types permit.

Instead: run the query on production, correct the rows it finds in a migration before this one, or
write the statement so that it leaves them out.
"""

from collections.abc import Iterator

from checker.model import Finding, Unread
from checker.rules import Context, rule

# Out of range, as arithmetic on the largest numbers and dates is (PostgreSQL docs, Appendix A).
_OVERFLOWS = ("22003", "22008", "22015")

# unsafe_new_enum_value_usage
_UNSAFE = "55P04"


@rule(Unread, severity="warning", providers=("postgresql",))
def check(fact: Unread, at: Context) -> Iterator[Finding]:
    failure = fact.failure
    statement = at.statement
    if failure is None or statement is None:
        return
    if failure.sqlstate in _OVERFLOWS and not statement.kind.startswith("ALTER"):
        return
    if failure.sqlstate == _UNSAFE:
        yield at.finding(
            "The migration fails on rows with a value that it adds to the enum itself",
            why=f"PostgreSQL says: {failure.message} (SQLSTATE {failure.sqlstate}). A value that "
            "is added can be used only when its transaction has committed.",
            advice="Add the value in a migration of its own, before this one.",
            severity="error",
            evidence="proven",
        )
        return
    query = f"-- on production first, it only reads:\n{failure.query}" if failure.query else None
    certain = failure.rows.startswith("every row")
    yield at.finding(
        f"The migration fails on {failure.rows} (SQLSTATE {failure.sqlstate})",
        why=f"On empty tables it succeeds; on rows PostgreSQL says: {failure.message}",
        advice="It fails whatever the rows are: correct the statement, or what must come before it."
        if certain
        else "Correct such rows in a migration before this one, or leave them out.",
        severity="error" if certain else None,
        fix=query,
        evidence="proven",
    )
