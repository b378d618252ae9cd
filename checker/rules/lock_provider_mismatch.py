"""migration_lock.toml names another provider than the schema.

Every command of Prisma Migrate then stops with P3019 before it does anything. Prisma does not
parse the file as TOML: it takes the first line that starts with `provider`, and wants
`provider = "postgresql"` with just these blanks and quotes.

Instead: write the schema's provider into the file, in this form.
"""

from collections.abc import Iterator

from checker.model import Finding, History
from checker.rules import Context, rule


@rule(History)
def check(history: History, at: Context) -> Iterator[Finding]:
    found, wanted = history.lock_provider, at.project.provider
    if found is None or found == wanted or not history.migrations:
        return
    path = f"{at.project.migrations}/migration_lock.toml"
    says = f"names the provider {found}" if found else "names no provider that Prisma can read"
    yield at.finding(
        f"`{path}` {says}, but the schema's is {wanted}",
        path=path,
        line=1,
        why="Every command of Prisma Migrate stops with P3019.",
        advice="Write the schema's provider into the file, with just these blanks and quotes.",
        fix=f'provider = "{wanted}"',
    )
