"""The registry of rules.

A rule is a module of this package. Its docstring is its published page: the first line the
title, then why it matters, then "Instead:". Its one function, marked with ``@rule``, subscribes
to the facts that it judges and yields findings:

    @rule(DropColumn)
    def check(change: DropColumn, at: Context) -> Iterator[Finding]:
        if not at.before.is_new_column(change.table, change.column):
            yield at.finding(f"…")

A fact is a Change, or a Script, Migration, History or Replay. The id is the name of the module
with hyphens. Adding a rule touches its module and its cases, nothing else.

Where two rules could report one change, the weaker declares it: with ``yields_to`` it is not asked
where one of those has reported the very same change; with ``after`` it is asked, and ``at.spoken``
names those that have. A rule speaks when it is asked (it is on by default or asked for, and knows
the provider) and makes a finding. What becomes of that finding does not matter: another rule yields
to it even where the settings or a comment ignore it, or the replay clears it.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections import defaultdict
from collections.abc import Callable
from difflib import get_close_matches
from functools import cache
from graphlib import TopologicalSorter

from checker.errors import InputError
from checker.model import Provider, Severity
from checker.rules._context import Check, Claim, Context, Fact, Rule, Spoken

__all__ = [
    "Claim",
    "Context",
    "Fact",
    "Rule",
    "Spoken",
    "all_rules",
    "find_rule",
    "rule",
    "rules_by_fact",
    "rules_by_preset",
]


def rule(
    *facts: type,
    severity: Severity = "error",
    scales: bool = False,
    default: bool = True,
    providers: tuple[Provider, ...] = (),
    presets: tuple[str, ...] = (),
    claims: tuple[Claim, ...] = (),
    yields_to: tuple[str, ...] = (),
    after: tuple[str, ...] = (),
) -> Callable[[Check], Check]:
    """Register a function as the check of its module's rule.

    A rule with ``presets`` is off by default. One that ``scales`` claims work on every row.
    """
    default = default and not presets
    claimed = frozenset((*claims, "work") if scales else claims)

    def register(check: Check) -> Check:
        module = inspect.getmodule(check)
        assert module is not None
        name = check.__module__.rpartition(".")[2].replace("_", "-")
        doc = inspect.cleandoc(module.__doc__ or "")
        _RULES[name] = Rule(
            name,
            severity,
            facts,
            check,
            doc,
            scales,
            default,
            providers,
            presets,
            claimed,
            yields_to=frozenset(yields_to),
            after=frozenset(after),
        )
        return check

    return register


_RULES: dict[str, Rule] = {}


@cache
def all_rules() -> tuple[Rule, ...]:
    """Every rule, by id."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    return tuple(_RULES[name] for name in sorted(_RULES))


@cache
def rules_by_fact() -> dict[type, tuple[Rule, ...]]:
    """The rules that subscribe to each kind of fact, in the order in which they are asked.

    A rule comes after those that it yields to or listens to. Raises graphlib.CycleError where
    these declarations go round in a circle.
    """
    earlier = {each.id: each.yields_to | each.after for each in all_rules()}
    subscribed: defaultdict[type, list[Rule]] = defaultdict(list)
    for name in TopologicalSorter(earlier).static_order():
        for fact in find_rule(name).facts:
            subscribed[fact].append(find_rule(name))
    return {fact: tuple(rules) for fact, rules in subscribed.items()}


@cache
def rules_by_preset() -> dict[str, tuple[Rule, ...]]:
    """The rules of each preset."""
    names = sorted({name for each in all_rules() for name in each.presets})
    return {name: tuple(r for r in all_rules() if name in r.presets) for name in names}


def find_rule(name: str) -> Rule:
    """The rule of that id.

    Raises InputError, naming the nearest id, where there is none.
    """
    all_rules()
    if name in _RULES:
        return _RULES[name]
    near = get_close_matches(name, _RULES, n=1)
    hint = f"; did you mean {near[0]}?" if near else "; `migration-checker rules` lists them"
    raise InputError(f"There is no rule {name!r}{hint}")
