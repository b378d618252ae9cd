"""The sentences that the report for a terminal and the one in Markdown share.

They may carry foreign strings between backticks: pass every result through ``safe``.
"""

from __future__ import annotations

from collections.abc import Iterable

from checker.model import (
    SEVERITIES,
    Deployed,
    Evidence,
    Finding,
    ProjectReport,
    Replay,
    Report,
)
from checker.model.words import listed, plural
from checker.report.safe import clip
from checker.report.unwatched import unwatched

EVIDENCE: dict[Evidence, str] = {
    "read": "from reading",
    "observed": "observed in the replay",
    "proven": "proven in the replay",
}
_IGNORED_SHOWN = 5
_REASON_SHOWN = 80


def ordered(findings: Iterable[Finding]) -> list[Finding]:
    """The gravest first; otherwise in the order of the report."""
    return sorted(findings, key=lambda finding: -SEVERITIES.index(finding.severity))


def is_clear(report: Report) -> bool:
    """Whether there is nothing to say but that all is well."""
    return report.verdict == "pass" and not any(p.findings for p in report.projects)


def divided(report: Report) -> tuple[list[ProjectReport], list[ProjectReport]]:
    """The projects to report, and those that this change leaves alone and that are well.

    At least one is reported.
    """
    quiet = [
        project
        for project in report.projects
        if not project.changed
        and not project.findings
        and not notes(project)
        and project.replay.status in ("passed", "skipped")
    ]
    if len(quiet) == len(report.projects):
        quiet = quiet[1:]
    return [project for project in report.projects if project not in quiet], quiet


def others(quiet: list[ProjectReport]) -> str:
    """One sentence for all projects without anything to report."""
    names = listed(project.path for project in quiet)
    return f"Unchanged and without findings: {names}."


def headline(report: Report) -> str:
    """What the report comes to, in a few words."""
    counts = counted(finding for project in report.projects for finding in project.findings)
    failed = any(project.replay.status == "failed" for project in report.projects)
    strict = report.unverified == "fail" and not all(p.verified for p in report.projects)
    unverified = report.verdict == "not_verified" or strict
    parts = [
        _not_watched(report) or ("not verified" if unverified else ""),
        "the replay fails" if failed else "",
        counts,
    ]
    said = ", ".join(part for part in parts if part)
    if report.verdict == "fail" and not failed and not report.count("error"):
        reason = "what is not verified" if strict else f"{report.fail_on} on"
        said += f" (the check fails {'on' if strict else 'from'} {reason})"
    if accepted := sum(len(project.acknowledged) for project in report.projects):
        said = f"{said}, {accepted:,} acknowledged".removeprefix(", ")
    return said or "all clear"


def _not_watched(report: Report) -> str:
    """How many statements nobody has seen run on rows; nothing where a failed replay says more."""
    projects = [project for project in report.projects if project.replay.status == "passed"]
    number = sum(len(p.coverage.unwatched) for p in projects if p.coverage)
    return f"{plural(number, 'statement')} not watched on rows" if number else ""


def counted(findings: Iterable[Finding]) -> str:
    """``2 errors, 1 warning``; nothing without any."""
    severities = [finding.severity for finding in findings]
    counts = {severity: severities.count(severity) for severity in reversed(SEVERITIES)}
    return ", ".join(plural(number, severity) for severity, number in counts.items() if number)


def migrations(project: ProjectReport) -> str:
    """How many migrations are new, and on how many."""
    new = sum(m.state in ("new", "renamed") for m in project.migrations)
    merged = sum(m.state in ("unchanged", "edited") for m in project.migrations)
    said = plural(new, "new migration") if new else "no new migration"
    return f"{said} on {merged:,} merged {'one' if merged == 1 else 'ones'}" if merged else said


def replay(replayed: Replay) -> str:
    """How the replay went."""
    where = f" on {replayed.server}" if replayed.server else ""
    if replayed.status == "passed":
        return f"replayed{where} in {replayed.seconds:.1f} s"
    if replayed.status == "failed":
        return (
            f"the replay fails{where} after {replayed.applied:,} of "
            f"{plural(replayed.total, 'migration')}"
        )
    said = "replay not verified" if replayed.status == "not_verified" else "not replayed"
    if replayed.reason:
        return f"{said}: {replayed.reason}"
    return f"{said}: the server lacks {listed(replayed.missing)}" if replayed.missing else said


def schema(project: ProjectReport) -> str:
    """Whether schema.prisma matches the migrations; nothing where that could not be compared."""
    drift = project.drift
    if drift is None or drift.status == "skipped":
        return ""
    if drift.status == "in_sync":
        return "schema.prisma in step"
    if drift.status == "drift":
        return f"schema.prisma differs in {plural(len(drift.changes), 'place')}"
    passed = project.replay.status == "passed"
    return f"schema.prisma not compared: {drift.reason}" if passed else ""


def is_told(project: ProjectReport) -> bool:
    """Whether a finding stands where the replay fails, so the failure needs no other mention."""
    failed = project.replay.failure
    return failed is None or any(
        (finding.migration, finding.line) == (failed.migration, failed.line)
        for finding in project.findings
    )


def failure(replayed: Replay) -> str:
    """Where the replay fails and with what, on one line."""
    failed = replayed.failure
    if failed is None:
        return ""
    place = f" line {failed.line}" if failed.line is not None else ""
    codes = [f"SQLSTATE {failed.sqlstate}"] if failed.sqlstate else []
    codes += [f"Prisma reports {failed.prisma_code}"] if failed.prisma_code else []
    with_codes = f" ({', '.join(codes)})" if codes else ""
    return f"`{failed.migration}`{place} fails{with_codes}: {failed.message}"


def failure_details(replayed: Replay) -> list[str]:
    """What PostgreSQL adds, and what is left behind."""
    failed = replayed.failure
    if failed is None:
        return []
    said = [
        f"Detail: {failed.detail}" if failed.detail else "",
        f"Hint: {failed.hint}" if failed.hint else "",
        "The statements before it in this migration stay committed." if failed.committed else "",
    ]
    return [sentence for sentence in said if sentence]


def notes(project: ProjectReport) -> list[str]:
    """What a reader should know of the project's check."""
    stand_ins = project.replay.stand_ins
    said = [f"Replayed with a stand-in of ours for {listed(stand_ins)}."] if stand_ins else []
    said += rollout(project) + witness(project)
    return said + acknowledged(project) + list(project.notes) + ignored(project)


def rollout(project: ProjectReport) -> list[str]:
    """Said where neither order of migrations and new code is without errors.

    That new code needs its migrations goes without saying, and that running code breaks on them is
    a finding.
    """
    trial = project.rollout
    if trial is None or not (trial.old and trial.new):
        return []
    old, new = (listed(dict.fromkeys(b.model for b in side)) for side in (trial.old, trial.new))
    return [
        f"No order of release is without errors: running code breaks on {old} once the migrations "
        f"have run, and new code on {new} before."
    ]


def witness(project: ProjectReport) -> list[str]:
    """What the replay cleared, and what it could not see."""
    said = []
    if project.cleared:
        rules = listed(dict.fromkeys(each.rule for each in project.cleared))
        said.append(f"{plural(len(project.cleared), 'suspicion')} cleared by the replay: {rules}.")
    seen = project.witness
    if seen is None:
        return said
    if seen.status == "not_verified":
        said.append(f"What the new statements do to rows is not verified: {seen.reason}.")
    elif project.coverage is not None:
        said += unwatched(project)
    empty = [f"`{fill.table}` ({fill.problem})" for fill in seen.fills if fill.problem]
    if empty:
        shown = "; ".join(clip(each, _REASON_SHOWN * 2) for each in empty[:_IGNORED_SHOWN])
        more = f"; and {len(empty) - _IGNORED_SHOWN} more" if len(empty) > _IGNORED_SHOWN else ""
        said.append(f"Not filled with rows: {shown}{more}.")
    return said


def acknowledged(project: ProjectReport) -> list[str]:
    """Who has accepted what, when and why: one sentence for each finding."""
    return [
        f"Acknowledged {each.how} by `{each.by}` at {each.at}: `{each.finding.rule}`"
        f"{f' in `{each.finding.migration}`' if each.finding.migration else ''}"
        f"{f' line {each.finding.line}' if each.finding.line else ''}, "
        f"{clip(each.finding.message, _REASON_SHOWN * 2)} "
        f"The reason given: {clip(each.reason, _REASON_SHOWN * 3)}"
        for each in project.acknowledged
    ]


def ignored(project: ProjectReport) -> list[str]:
    """One sentence on the findings that were ignored, and why; none without any."""
    if not project.ignored:
        return []
    shown = [
        f"`{each.rule}`{f' in `{each.migration}`' if each.migration else ''}"
        f"{f' line {each.line}' if each.line else ''} ({clip(each.reason, _REASON_SHOWN)})"
        for each in project.ignored[:_IGNORED_SHOWN]
    ]
    more = len(project.ignored) - len(shown)
    if more:
        shown.append(f"and {more:,} more")
    return [f"{plural(len(project.ignored), 'finding')} ignored: {'; '.join(shown)}."]


def lines(finding: Finding) -> str:
    """``line 4``, ``lines 4 to 5``, or nothing."""
    if finding.line is None:
        return ""
    if finding.end_line is not None and finding.end_line > finding.line:
        return f"lines {finding.line} to {finding.end_line}"
    return f"line {finding.line}"


def fix_language(fix: str) -> str:
    """``sh`` for commands, ``sql`` for everything else."""
    first = fix.split(maxsplit=1)[:1]
    return "sh" if first and first[0] in ("npx", "prisma", "git", "mv", "psql") else "sql"


def excerpt(statement: str, lines_shown: int = 12, columns: int = 300) -> str:
    """The first lines of a statement, which may be a hundred thousand rows long."""
    all_lines = statement.strip("\n").splitlines()
    shown = [text if len(text) <= columns else text[:columns] + " …" for text in all_lines]
    more = len(all_lines) - lines_shown
    if more > 0:
        shown[lines_shown:] = [f"-- … {plural(more, 'more line')}"]
    return "\n".join(shown)


def deployed(standing: Deployed) -> str:
    """How the deployed database stands, in one line."""
    said = f"Deployed database: {standing.text}"
    return f"{said}: {'; '.join(standing.causes)}" if standing.causes else said
