"""The commands that describe the rules."""

from __future__ import annotations

import click

from checker.cli.exits import guarded


@click.command()
@guarded
def rules() -> None:
    """List all rules, each with its severity or `off`."""
    from checker.rules import all_rules

    width = max(len(rule.id) for rule in all_rules()) + 2
    for rule in all_rules():
        severity = rule.severity if rule.default else "off"
        presets = f" (presets: {', '.join(rule.presets)})" if rule.presets else ""
        click.echo(f"{rule.id:<{width}}{severity:<9}{rule.title}{presets}")


@click.command()
@click.argument("rule")
@guarded
def explain(rule: str) -> None:
    """Say what RULE reports, why, and what to write instead."""
    from checker.report.rule_pages import explanation
    from checker.rules import find_rule

    click.echo(explanation(find_rule(rule)))
