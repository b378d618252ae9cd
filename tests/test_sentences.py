"""What a sentence means is known from its facts: nobody reads it back out of the text."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

CHECKER = Path(__file__).parent.parent / "checker"
ROOMS = ("verdict", "trials", "report", "github", "commands")
SENTENCES = {"message", "seen", "size", "reason"}
READING = {
    "count", "endswith", "find", "findall", "finditer", "fullmatch", "index", "match", "partition",
    "removeprefix", "removesuffix", "rfind", "rpartition", "rsplit", "search", "split",
    "splitlines", "startswith", "sub", "subn",
}  # fmt: skip
"""What regular expressions and texts are asked to learn something from a text."""


def readings(source: str) -> Iterator[int]:
    """The lines in which a sentence of a finding is taken apart or searched."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr in READING and any(map(_speaks, (node.func.value, *node.args))):
                yield node.lineno
        elif isinstance(node, ast.Compare):
            for operator, right in zip(node.ops, node.comparators, strict=True):
                if isinstance(operator, ast.In | ast.NotIn) and _speaks(right):
                    yield node.lineno


def _speaks(node: ast.expr) -> bool:
    """Whether a sentence is the value itself, or part of the one that is made of it here."""
    match node:
        case ast.Attribute(attr=name):
            return name in SENTENCES
        case ast.BoolOp(values=values):
            return any(map(_speaks, values))
        case ast.BinOp(left=left, right=right):
            return _speaks(left) or _speaks(right)
        case ast.JoinedStr(values=values):
            return any(isinstance(v, ast.FormattedValue) and _speaks(v.value) for v in values)
    return False


@pytest.mark.parametrize(
    "source",
    [
        're.search(rf"`{column}`", finding.message) is not None',
        "head, _, tail = finding.message.partition(finding.subject)",
        "PATTERN.sub('', finding.seen)",
        "(finding.statement or finding.message).split()",
        "name in finding.size",
        "name not in cleared.reason",
    ],
)
def test_reading_is_noticed(source: str) -> None:
    assert list(readings(source)) == [1]


@pytest.mark.parametrize(
    "source",
    ["safe.prose(finding.message)", "if finding.seen: pass", "finding.statement.split()"],
)
def test_showing_is_no_reading(source: str) -> None:
    assert list(readings(source)) == []


@pytest.mark.parametrize("room", ROOMS)
def test_no_sentence_is_read(room: str) -> None:
    read = {
        f"{module.relative_to(CHECKER)}:{line}"
        for module in sorted((CHECKER / room).rglob("*.py"))
        for line in readings(module.read_text())
    }
    assert read == set()


# What has a sentence made of facts, and the rooms where that is made.
WITH_SENTENCES = {"Difference", "Drift", "Deviation", "Gap", "Lineage"}
TELLING = ("report/", "model/")
# Their text is SQL or a comment as it was written.
WITH_TEXT = {"statement", "trial", "comment", "directive"}


def sentences_read(source: str) -> list[str]:
    """Where a module reads the sentence of a difference or of a departure, and not its facts.

    What is called is a method: ``Ways.differences`` makes facts.
    """
    tree = ast.parse(source)
    called = {node.func for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return [
        ast.unparse(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and node.attr in ("text", "differences")
        and node not in called
        and ast.unparse(node.value) not in WITH_TEXT
    ]


def of_differences(module: Path) -> bool:
    """Whether a module works with differences and makes no sentences of them."""
    place = module.relative_to(CHECKER).as_posix()
    if place.startswith(TELLING):
        return False
    if place.startswith(("trials/", "verdict/", "prisma/diff/")):
        return True
    nodes = ast.walk(ast.parse(module.read_text()))
    imports = (node for node in nodes if isinstance(node, ast.ImportFrom))
    return bool(WITH_SENTENCES & {alias.name for node in imports for alias in node.names})


OF_DIFFERENCES = sorted(filter(of_differences, CHECKER.rglob("*.py")))


def test_the_rule_about_drift_is_looked_at() -> None:
    assert CHECKER / "rules/schema_drift.py" in OF_DIFFERENCES


@pytest.mark.parametrize("module", OF_DIFFERENCES, ids=lambda m: str(m.relative_to(CHECKER)))
def test_no_sentence_of_a_difference_is_read(module: Path) -> None:
    assert sentences_read(module.read_text()) == []


@pytest.mark.parametrize(
    ("source", "read"),
    [
        ("known = {d.text for d in drift.changes}", ["d.text"]),
        ("difference.text.startswith(words)", ["difference.text"]),
        ("said = deviation.differences[0]", ["deviation.differences"]),
        ("known = {d.key for d in drift.changes}", []),
        ("gaps = ways.differences(here, there)", []),
        ("text in statement.text", []),
    ],
)
def test_a_sentence_that_is_read_is_seen(source: str, read: list[str]) -> None:
    assert sentences_read(source) == read
