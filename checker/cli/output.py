"""What goes to the terminal or a file: progress, and the report in the requested format."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from checker.errors import CannotWorkError
from checker.model import Report


@contextmanager
def show_progress(*, quiet: bool) -> Iterator[Callable[[str, int, int], None] | None]:
    """A bar on stderr while the history is replayed, on a terminal only."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks: dict[str, Any] = {}

        def tell(project: str, applied: int, total: int) -> None:
            if project not in tasks:
                tasks[project] = bar.add_task(escape(f"replaying {project}"), total=total)
            bar.update(tasks[project], completed=applied)

        yield tell


def deliver(report: Report, form: str, output: Path | None) -> None:
    """Write the report in the requested format: to a file, or to standard output."""
    text = _render(report, form, to_terminal=output is None)
    if output is not None:
        output.write_text(text, encoding="utf-8")
        return
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader has seen enough; the verdict stays in the exit code
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        raise CannotWorkError(f"The report cannot be printed: {error.strerror}") from None


def _render(report: Report, form: str, *, to_terminal: bool) -> str:
    if form == "json":
        from checker.report.json import to_json

        return to_json(report).decode()
    if form == "markdown":
        from checker.report.markdown import render_markdown

        return render_markdown(report, marker=None, links=None)
    if form in ("sarif", "gitlab", "junit"):
        from importlib import import_module

        write = getattr(import_module(f"checker.report.{form}"), f"to_{form}")
        return str(write(report), "utf-8")
    from checker.report.text import render_text

    color = to_terminal and sys.stdout.isatty() and "NO_COLOR" not in os.environ
    width = min(shutil.get_terminal_size((100, 24)).columns, 120)
    return render_text(report, color=color, width=width)
