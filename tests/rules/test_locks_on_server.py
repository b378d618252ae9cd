"""What the pages of the rules on locks claim is measured on every case of theirs."""

from __future__ import annotations

import re
from typing import Any

import psycopg
import pytest

from checker.rules import find_rule
from checker.sql import read
from tests.rules.measuring import BLOCKS_WRITERS, MODES, measure
from tests.rules.test_cases import cases, judge_case
from tests.rules.test_cases_on_server import connection

__all__ = ["connection"]

PAGE = re.compile(r"^Lock: (.*?)\n\n", re.MULTILINE | re.DOTALL)
NAMES = {re.sub(r"(?<!^)(?=[A-Z])", " ", m.removesuffix("Lock")).upper(): m for m in MODES}


def claimed(rule: str) -> set[int]:
    """The modes that a page names in its paragraph ``Lock:``, as positions in MODES."""
    found = PAGE.search(find_rule(rule).doc)
    text = " ".join(found[1].split()) if found else ""
    longest_first = sorted(NAMES, key=len, reverse=True)
    return {MODES.index(NAMES[n]) for n in re.findall("|".join(longest_first), text)}


def with_claims(kind: str) -> list[Any]:
    return [each for each in cases(kind) if claimed(each.values[0])]


@pytest.mark.parametrize(("rule", "file", "case"), with_claims("bad"))
def test_bad_case_takes_the_lock(
    rule: str, file: dict[str, Any], case: dict[str, Any], connection: psycopg.Connection[Any]
) -> None:
    """The lock is one that the page names, and where the cost is said to grow, there is work."""
    connection.execute(file["before"])
    (finding, *_) = (f for f in judge_case(rule, file, case) if f.rule == rule)
    statements = read(case["sql"], "postgresql").statements
    upto = [s.text for s in statements if s.line <= (finding.line or 0)]
    if upto[-1].startswith("CREATE TYPE"):  # of a change that takes several statements, the first
        upto = [s.text for s in statements]
    try:
        measured = measure(connection, upto)
    except psycopg.errors.ActiveSqlTransaction:
        pytest.skip("the statement runs in no transaction, in which alone locks can be seen")
    last = max(measured, key=lambda each: bool(each.rewritten)) if len(upto) > 4 else measured[-1]
    held = max(last.held.values())
    assert {held, last.strongest} & claimed(rule)
    assert held >= BLOCKS_WRITERS
    if find_rule(rule).scales:
        assert last.scanned | last.rewritten


@pytest.mark.parametrize(("rule", "file", "case"), with_claims("good"))
def test_good_case_is_light(
    rule: str, file: dict[str, Any], case: dict[str, Any], connection: psycopg.Connection[Any]
) -> None:
    """No table that was there is read or rewritten while its writers wait."""
    if "also" in case:
        pytest.skip("another rule reports it")
    connection.execute(file["before"])
    statements = [s.text for s in read(case["sql"], "postgresql").statements]
    try:
        measured = measure(connection, statements)
    except psycopg.errors.ActiveSqlTransaction:
        pytest.skip("the statement runs in no transaction, in which alone locks can be seen")
    assert [m.stops_writers_while_working() for m in measured] == [set()] * len(measured)
