"""migration_lock.toml names another provider than the schema.

Every command of Prisma Migrate then stops with P3019 before it does anything. Prisma does not parse
the file as TOML: it takes the first line that starts with `provider`, and wants `provider =
"postgresql"` with exactly these spaces and quotes.

Instead: write the schema's provider into the file, in this form.
"""

from collections.abc import Iterator

from checker.model import Finding, History
from checker.rules import Context, rule


@rule(History)
def check(history: History, at: Context) -> Iterator[Finding]:
    named, wanted = history.lock_provider, at.project.provider
    if named is None or named == wanted or not history.migrations:
        return
    path = f"{at.project.migrations}/migration_lock.toml"
    provider = f"names the provider {named}" if named else "names no provider that Prisma can read"
    yield at.finding(
        f"`{path}` {provider}, but the schema's is {wanted}",
        path=path,
        line=1,
        why="Every command of Prisma Migrate stops with P3019.",
        advice="Write the schema's provider into the file, with exactly these spaces and quotes.",
        fix=f'provider = "{wanted}"',
    )
