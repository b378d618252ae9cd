"""What is wrong with a deployed database and what to do: for a terminal, and as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from checker.live.advice import Cause, DataRisk, Remedy
from checker.report import safe

_DATA: dict[DataRisk, str] = {
    "safe": "data safe",
    "at_risk": "DATA AT RISK",
    "lost": "ALL DATA LOST",
}
_MARKS = {"error": "✗", "warning": "!", "notice": "·"}


def render_causes_text(causes: Sequence[Cause]) -> str:
    """For a terminal; empty where there are none."""
    return "".join(f"{line}\n".replace("    \n", "\n") for c in causes for line in _cause(c))


def _cause(cause: Cause) -> Iterator[str]:
    yield f"{_MARKS[cause.severity]} {_plain(cause.what)}"
    yield f"    Prisma: {_plain(cause.symptom)}"
    yield f"    Why: {_plain(cause.why)}"
    if cause.stops:
        yield f"    Does not work now: {', '.join(f'migrate {each}' for each in cause.stops)}"
    for number, remedy in enumerate(cause.remedies, 1):
        yield f"  {number}. {_plain(remedy.what)} [{_DATA[remedy.data]}]"
        yield from (f"     {line}" for line in _remedy(remedy))
    yield ""


def _remedy(remedy: Remedy) -> Iterator[str]:
    if remedy.first:
        yield f"First: {_plain(remedy.first)}"
    for file in remedy.files:
        yield f"Write {_plain(file.path)}:"
        yield from (f"  | {line}" for line in safe.terminal(file.text).rstrip("\n").split("\n"))
    for command in remedy.commands:
        first, *more = safe.terminal(command).split("\n")
        yield f"  $ {first}"
        yield from (f"    {line}" for line in more)
    yield f"Costs: {_plain(remedy.cost)}"
    yield f"Check: {_plain(remedy.check[0])}"


def _plain(text: str) -> str:
    return safe.line(text).replace("`", "")


def render_causes_markdown(causes: Sequence[Cause]) -> str:
    """For a comment or a job's summary; empty where there are none."""
    return "\n".join(line for cause in causes for line in _cause_markdown(cause))


def _cause_markdown(cause: Cause) -> Iterator[str]:
    yield f"#### {_MARKS[cause.severity]} {safe.prose(cause.what)}"
    yield ""
    yield f"Prisma says: {safe.prose(cause.symptom)}. {safe.prose(cause.why)}."
    yield ""
    for number, remedy in enumerate(cause.remedies, 1):
        first = f" First: {safe.prose(remedy.first)}." if remedy.first else ""
        yield (
            f"{number}. **{_DATA[remedy.data]}.** {safe.prose(remedy.what)}.{first} Costs: "
            f"{safe.prose(remedy.cost)}."
        )
        yield ""
        for file in remedy.files:
            yield f"   Write {safe.code(file.path)}:"
            yield ""
            yield from _indented(safe.fence(file.text, "sql"))
            yield ""
        if remedy.commands:
            yield from _indented(safe.fence("\n".join(remedy.commands), "sh"))
            yield ""
    yield ""


def _indented(text: str) -> Iterator[str]:
    return (f"   {line}" if line else "" for line in text.split("\n"))
