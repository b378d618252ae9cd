"""The command line: options, exit codes, and the only package that prints.

Commands import what they need when they run, so that --help and lint stay quick.
"""

from __future__ import annotations

import os
import sys
from typing import Any

import click

from checker import __version__
from checker.cli import check as judging
from checker.cli import database
from checker.cli import diff as comparing
from checker.cli import init as setting_up
from checker.cli import rules as telling
from checker.cli.exits import guarded


class CommandLine(click.Group):
    """The commands; also what is printed before one of them runs, such as help, can fail."""

    def main(self, *args: Any, **extra: Any) -> Any:
        """Raises SystemExit, with the exit code."""
        # Where the caller has closed them, Python has None, and prints of libraries would fail.
        sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: PTH123, SIM115
        sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: PTH123, SIM115
        return guarded(super().main)(*args, **extra)


@click.group(
    cls=CommandLine,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="migration-checker")
def main() -> None:
    """Check Prisma migrations before the merge.

    Exit codes: 0 nothing at or above the threshold, 1 findings, 2 bad usage or input,
    3 the checker could not do its work.
    """


for _command in (
    judging.check,
    judging.lint,
    judging.render,
    comparing.drift,
    comparing.diff,
    database.stats,
    database.status,
    database.baseline,
    telling.rules,
    telling.explain,
    setting_up.init,
    setting_up.action,
):
    main.add_command(_command)
