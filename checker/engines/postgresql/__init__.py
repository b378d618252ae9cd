"""Runs a migration history on a real PostgreSQL, as the project's Prisma version would.

    server     gives out databases: one of our own, or one that the caller names
    replay     sends a history as Prisma would        ledger   keeps Prisma's ledger
    apply      one migration after the other
    failures   PostgreSQL's error -> Failure          lacking  what the server lacks
    outline    what a database holds afterwards

Replaying a pull request runs its code. Migrations therefore run as a role that is no superuser,
in a server that listens on no network, knows no environment and sees no files but its own.
"""
