"""How a command ends: the exit codes, and one sentence for whatever stopped it."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from pathlib import Path
from typing import Any, NoReturn

import click

from checker.errors import CannotWorkError, InputError, ServerFaultError
from checker.model import Report

EXIT_FINDINGS, EXIT_INPUT, EXIT_CANNOT_WORK = 1, 2, 3


def guarded(
    command: Callable[..., None], unable: int = EXIT_CANNOT_WORK, wrong: int = EXIT_INPUT
) -> Callable[..., None]:
    """Turn the ways to stop into one sentence and their exit code."""

    @wraps(command)
    def run(*args: Any, **options: Any) -> None:
        from checker.engines.postgresql.server.signals import terminate_on_signals
        from checker.pg.environment import without_libpq_variables
        from checker.report.safe import log_data, log_untrusted, terminal

        def stop(error: Exception, code: int) -> NoReturn:
            text = log_untrusted(terminal(str(error)))
            with suppress(OSError):  # nobody listens, but the exit code says it too
                click.echo(f"migration-checker: {text}", err=True)
                if "GITHUB_ACTIONS" in os.environ:
                    click.echo(f"::error title=Prisma Migration Checker::{log_data(text)}")
            sys.exit(code)

        try:
            with terminate_on_signals(), without_libpq_variables():
                command(*args, **options)
        except InputError as error:
            stop(error, wrong)
        except (CannotWorkError, ServerFaultError) as error:
            stop(error, unable)
        except OSError as error:
            stop(_refused(error), unable)
        except KeyboardInterrupt:
            stop(RuntimeError("stopped"), 130)
        except Exception as error:  # a bug of ours must not pass for findings
            if "MIGRATION_CHECKER_DEBUG" in os.environ:
                raise
            stop(_defect(error), unable)

    return run


def _refused(error: OSError) -> Exception:
    place = f" ({error.filename})" if error.filename else ""
    return CannotWorkError(f"The system refused: {error.strerror or error}{place}")


def _defect(error: Exception) -> Exception:
    """One sentence on an unforeseen error: what, where in our code, what to do."""
    home = Path(__file__).parents[1]
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f for f in frames if Path(f.filename).is_relative_to(home)] or frames
    place = f"{Path(ours[-1].filename).relative_to(home.parent)} line {ours[-1].lineno}"
    return CannotWorkError(
        f"A bug in the checker ({type(error).__name__} in {place}): please report it; "
        "MIGRATION_CHECKER_DEBUG=1 shows the traceback"
    )


def like_prisma(command: Callable[..., None]) -> Callable[..., None]:
    """As `prisma migrate diff --exit-code`: 0 no difference, 2 a difference, 1 an error."""
    return guarded(command, unable=1, wrong=1)


def exit_by_verdict(report: Report) -> None:
    """Exit with 1 if findings reach the threshold; else go on."""
    if report.verdict == "fail":
        sys.exit(EXIT_FINDINGS)
