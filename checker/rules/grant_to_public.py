"""Privileges are granted to PUBLIC: to every role that can connect, now and later.

That includes roles for reports, for other applications and of the hosting platform. With CREATE on
a schema anyone can create functions and tables that shadow those of others.

Not reported: USAGE, EXECUTE and CONNECT, which PostgreSQL grants PUBLIC by default or which show no
rows.

Instead: name the role that needs the privilege.
"""

import re
from collections.abc import Iterator

from checker.model import Finding
from checker.model.changes import ChangePrivileges
from checker.rules import Context, rule

_RIGHTS = re.compile(r"\bGRANT\s+(.*?)\s+(?:ON|TO)\b", re.IGNORECASE | re.DOTALL)
_MILD = {"usage", "execute", "connect", "temp", "temporary"}


@rule(ChangePrivileges, severity="warning", providers=("postgresql",))
def check(change: ChangePrivileges, at: Context) -> Iterator[Finding]:
    if "public" not in (role.lower() for role in change.roles) or at.statement is None:
        return
    grant = _RIGHTS.search(at.statement.text)
    if change.what not in ("GRANT", "ALTER DEFAULT PRIVILEGES") or grant is None:
        return
    rights = {right.strip().lower() for right in grant[1].split(",")}
    if rights <= _MILD:
        return
    on = ", ".join(f"`{name}`" for name in change.names)
    yield at.finding(
        f"`{grant[1]}`{' on ' + on if on else ''} is granted to every role that can connect",
        why="`PUBLIC` is every role of the cluster, now and later.",
        advice="Name the role that needs the privilege.",
    )
