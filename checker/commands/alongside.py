"""The deployed database in the report of a check: one line, and what is wrong."""

from __future__ import annotations

from msgspec.structs import replace

from checker.commands.status import find_status
from checker.errors import CannotWorkError, InputError
from checker.model import Deployed, Report
from checker.pg.url import Target
from checker.report.status import headline
from checker.workspace import Request


def with_deployed(report: Report, request: Request, target: Target) -> Report:
    """The report with how the deployed database stands to the history; it is only read.

    The verdict stays: new migrations are pending there until they are merged.
    """
    try:
        found = find_status(request, target)
    except (CannotWorkError, InputError) as error:
        return replace(report, deployed=Deployed(None, f"not looked at: {error}"))
    causes = tuple(cause.what for cause in found.causes)
    if found.facts is None:
        return replace(report, deployed=Deployed(None, f"not looked at: {'; '.join(causes)}"))
    return replace(report, deployed=Deployed(found.facts.in_step, headline(found.facts), causes))
