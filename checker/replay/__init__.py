"""Runs a migration history on a real PostgreSQL, as the project's Prisma version would.

    binaries    finds a PostgreSQL installation
    rundirs     directories that vanish with the run, however it ends
    server      an ephemeral server of our own        given   a server that the caller names
    extensions  stand-ins for extensions that the installation lacks
    presets     what hosted platforms provide before the first migration
    splitting   how Prisma cuts a script              runner  sends it and keeps Prisma's ledger
    failures    PostgreSQL's error -> Failure         lacking what the server lacks

Replaying a pull request runs its code. Migrations therefore run as a role that is no superuser,
in a server that listens on no network, knows no environment and sees no files but its own.
"""
