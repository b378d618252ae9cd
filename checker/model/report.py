"""All of it: the only thing that renderers and publishers see."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from checker.model.drift import Drift, Picture, Rollout
from checker.model.finding import SEVERITIES, Acknowledged, Cleared, Finding, Ignored, Severity
from checker.model.history import Base, Provider, State
from checker.model.lineage import Lineage
from checker.model.observed import Coverage, Replay, Witness

Verdict = Literal["pass", "warn", "fail", "not_verified"]


class MigrationSummary(Struct, frozen=True):
    """A migration as the report lists it; ``statements`` counts those that were read."""

    name: str
    state: State
    path: str
    statements: int = 0
    previous: str | None = None


class ProjectReport(Struct, frozen=True):
    """All that is known of one project. ``path`` is its schema's, relative to the root.

    ``changed`` says that the schema or the migrations differ from the base's. ``ignored`` is the
    trace of the findings that were silenced, ``acknowledged`` are those that people have accepted.
    ``coverage`` says what of the new migrations was watched, and comes with ``witness``.
    """

    path: str
    provider: Provider
    prisma_version: str
    prisma_version_source: str
    migrations_path: str
    migrations: tuple[MigrationSummary, ...]
    replay: Replay
    findings: tuple[Finding, ...]
    changed: bool = False
    notes: tuple[str, ...] = ()
    ignored: tuple[Ignored, ...] = ()
    witness: Witness | None = None
    coverage: Coverage | None = None
    cleared: tuple[Cleared, ...] = ()
    drift: Drift | None = None
    rollout: Rollout | None = None
    picture: Picture | None = None
    lineage: Lineage | None = None
    acknowledged: tuple[Acknowledged, ...] = ()

    @property
    def verified(self) -> bool:
        """Whether all ran that was to run, and all was watched that had to be."""
        if self.replay.status == "not_verified":
            return False
        return self.coverage is None or not self.coverage.unwatched


class Tool(Struct, frozen=True):
    name: str
    version: str


class Deployed(Struct, frozen=True):
    """How a deployed database stands to the history of this checkout.

    ``in_step`` is None where it could not be looked at; ``text`` says how it is in a few words, and
    ``causes`` what is wrong, a sentence each.
    """

    in_step: bool | None
    text: str
    causes: tuple[str, ...] = ()


class Report(Struct, frozen=True):
    """The whole result. ``head`` is the commit that was checked, where there is one; ``unverified``
    says whether what could not be verified fails the check.

    ``version`` is that of the JSON form, not of the tool. ``notes`` say what a reader should
    know of the run itself ("no base: nothing counts as new").
    """

    version: int
    verdict: Verdict
    tool: Tool
    projects: tuple[ProjectReport, ...]
    base: Base | None = None
    head: str | None = None
    fail_on: Severity = "error"
    unverified: Literal["pass", "fail"] = "pass"
    notes: tuple[str, ...] = ()
    deployed: Deployed | None = None

    def count(self, severity: Severity) -> int:
        """How many findings have exactly this severity."""
        return sum(f.severity == severity for p in self.projects for f in p.findings)


def reaches(severity: Severity, threshold: Severity) -> bool:
    """Whether a severity is at or above a threshold."""
    return SEVERITIES.index(severity) >= SEVERITIES.index(threshold)
