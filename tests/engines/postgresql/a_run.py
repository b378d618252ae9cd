"""A run with its server, for tests that end it from outside: ``python -m ... WORK``.

It says "ready" when the server is up, and then executes WORK, where ``connection`` is a
connection of the server's owner.
"""

from __future__ import annotations

import sys
import time

from checker.engines.postgresql.server.binaries import find_binaries
from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.engines.postgresql.server.signals import terminate_on_signals
from checker.pg.connection import connect

if __name__ == "__main__":
    with (
        terminate_on_signals(),
        EphemeralServer.start(find_binaries()) as server,
        server.database() as database,
        connect(database.owner) as connection,
    ):
        print("ready", flush=True)
        exec(sys.argv[1], {"connection": connection, "time": time})
