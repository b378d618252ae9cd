"""Whether a server has lived through some work: an idle session of its superuser's tells.

Nobody but a superuser may end such a session. Stages that do without an answer would take a crash
for one; whoever gave them the server asks the sentinel afterwards.
"""

from __future__ import annotations

import psycopg

from checker.errors import ServerFaultError
from checker.pg.connection import Connection


def require_alive(sentinel: Connection) -> None:
    """Raises ServerFaultError where the server crashed or was stopped since the session began."""
    try:
        sentinel.execute("SELECT")
    except psycopg.Error:
        raise ServerFaultError(
            "PostgreSQL stopped in the middle of the work, so that nothing is verified; "
            "look for what ends processes on its machine, and run it again"
        ) from None
