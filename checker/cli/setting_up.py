"""The commands that put the checker to work: in a repository, and as a GitHub Action."""

from __future__ import annotations

import os
import sys

import click

from checker.cli.stopping import guarded


@click.command(hidden=True)
@guarded
def action() -> None:
    """Run as a GitHub Action: inputs, comment, summary, annotations and outputs."""
    from checker.action import run_action

    sys.exit(run_action(os.environ, sys.stdout))
