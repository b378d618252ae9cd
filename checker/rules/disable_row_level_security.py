"""Row level security is turned off: every role with rights on the table sees all its rows.

The policies stay and no longer apply. Where clients reach the database through an API, with roles
of their own, they can read all rows from then on.

Instead: change the policies; where the protection has really become useless, take the rights of
those roles away first.
"""

from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import AlterTable
from checker.rules import Context, rule
from checker.rules._around import changes_in, same

_OFF = "DISABLE ROW LEVEL SECURITY"
_ON = "ENABLE ROW LEVEL SECURITY"


@rule(AlterTable, severity="warning", providers=("postgresql",))
def check(change: AlterTable, at: Context) -> Iterator[Finding]:
    if change.what != _OFF or at.before.is_new_table(change.table):
        return
    for later in changes_in(at.later, AlterTable):
        if later.what == _ON and same(at, later.table, change.table):
            return
    yield at.finding(
        f"Row level security of `{change.table}` is turned off: its policies no longer protect it",
        why="Every role with rights on the table sees all its rows.",
        advice="Change the policies, or take the rights of those roles away first.",
    )
