"""What the replay sees speaks where reading is silent, and clears no hazard that is one."""

from __future__ import annotations

from typing import Any

import pytest

from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.rules import find_rule
from tests.rules.replaying import weighed
from tests.rules.test_cases import FILES, cases, load


def replayed(kind: str) -> list[Any]:
    """The cases of the rules that only the witness feeds."""
    return [
        pytest.param(file.stem, load(file), case, id=f"{file.stem}-{kind}-{number}")
        for file in FILES
        if load(file).get("replayed")
        for number, case in enumerate(load(file)[kind])
    ]


@pytest.mark.parametrize(("rule", "file", "case"), replayed("bad"))
def test_bad(
    rule: str, file: dict[str, Any], case: dict[str, Any], server: EphemeralServer
) -> None:
    found = weighed(server, rule, file, case)
    assert found
    (finding,) = (f for f in found.findings if f.rule == rule)
    assert (finding.line, finding.severity) == (case["line"], case["severity"])
    assert case["says"] in finding.message.replace("`", "")
    assert finding.evidence != "read"


@pytest.mark.parametrize(("rule", "file", "case"), replayed("good"))
def test_good(
    rule: str, file: dict[str, Any], case: dict[str, Any], server: EphemeralServer
) -> None:
    found = weighed(server, rule, file, case)
    assert found
    assert [f for f in found.findings if f.rule == rule] == []


def suspects() -> list[Any]:
    """The bad cases of rules that claim what rows can prove or refute."""
    return [
        param
        for param in cases("bad")
        if find_rule(str(param.values[0])).claims
        and {"provider": "postgresql", **param.values[1], **param.values[2]}["provider"]
        == "postgresql"
        and not param.values[2].get("invalid")
    ]


@pytest.mark.parametrize(("rule", "file", "case"), suspects())
def test_a_hazard_is_not_cleared(
    rule: str, file: dict[str, Any], case: dict[str, Any], server: EphemeralServer
) -> None:
    """A case that says ``cleared`` is one that the rows rightly refute."""
    found = weighed(server, rule, file, case)
    if found is None:
        pytest.skip("the schema before it does not run by itself")
    assert [c.message for c in found.cleared if not case.get("cleared")] == []
