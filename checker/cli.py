"""The command line: options, exit codes, and the only module that prints."""

from __future__ import annotations

import os
import shutil
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, NoReturn

import click

from checker import __version__
from checker.errors import CannotWorkError, InputError
from checker.model import Report, Severity

FORMATS = ("text", "json", "markdown", "sarif", "gitlab", "junit")
EXIT_FINDINGS, EXIT_INPUT, EXIT_CANNOT_WORK = 1, 2, 3


def _guarded(
    command: Callable[..., None], unable: int = EXIT_CANNOT_WORK, wrong: int = EXIT_INPUT
) -> Callable[..., None]:
    """Turn the two ways to stop into one sentence and their exit code."""

    @wraps(command)
    def run(*args: Any, **options: Any) -> None:
        from checker.replay.signals import terminate_on_signals
        from checker.report.safe import log_data, log_untrusted, terminal

        def stop(error: Exception, code: int) -> NoReturn:
            text = log_untrusted(terminal(str(error)))
            click.echo(f"migration-checker: {text}", err=True)
            if "GITHUB_ACTIONS" in os.environ:
                click.echo(f"::error title=Prisma Migration Checker::{log_data(text)}")
            sys.exit(code)

        try:
            with terminate_on_signals():
                command(*args, **options)
        except InputError as error:
            stop(error, wrong)
        except CannotWorkError as error:
            stop(error, unable)
        except OSError as error:
            stop(_refused(error), unable)
        except KeyboardInterrupt:
            stop(RuntimeError("stopped"), 130)
        except Exception as error:  # a defect of ours must not pass for findings
            if "MIGRATION_CHECKER_DEBUG" in os.environ:
                raise
            stop(_defect(error), unable)

    return run


def _refused(error: OSError) -> Exception:
    place = f" ({error.filename})" if error.filename else ""
    return CannotWorkError(f"The system refuses: {error.strerror or error}{place}")


def _defect(error: Exception) -> Exception:
    """One sentence on an error that nobody foresaw: what, where in our code, what to do."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name} line {frames[-1].lineno}" if frames else "our code"
    return CannotWorkError(
        f"A defect of the checker ({type(error).__name__} in {place}): please report it; "
        "MIGRATION_CHECKER_DEBUG=1 shows all of it"
    )


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="migration-checker")
def main() -> None:
    """Check Prisma migrations before the merge.

    Exit codes: 0 nothing at or above the threshold, 1 findings, 2 wrong usage or input,
    3 the checker could not do its work.
    """


_path = click.argument("path", type=click.Path(path_type=Path), default=".")
_format = click.option(
    "--format", "form", type=click.Choice(FORMATS), default="text", show_default=True
)
_output = click.option(
    "--output", "-o", type=click.Path(path_type=Path, dir_okay=False), help="Write to a file."
)
_fail_on = click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "notice"]),
    help="The severity from which the exit code is 1 (default: error).",
)
_config = click.option(
    "--config", type=click.Path(path_type=Path, dir_okay=False), help="The configuration file."
)
_prisma = click.option(
    "--prisma-version", metavar="X.Y.Z", help="Instead of the version that the project names."
)


_server_bin = click.option(
    "--server-bin",
    type=click.Path(path_type=Path, file_okay=False),
    help="The directory of PostgreSQL's programs.",
)
_server_url = click.option(
    "--server-url", metavar="URL", help="Use a running server, in a database of its own."
)


@main.command()
@_path
@click.option("--base", metavar="REF", help="The commit or branch to compare with.")
@click.option("--all", "all_new", is_flag=True, help="Judge every migration as new, each alone.")
@click.option(
    "--last",
    type=click.IntRange(min=1),
    metavar="N",
    help="Judge the last N migrations as one pull request.",
)
@_format
@_output
@_fail_on
@click.option("--no-replay", is_flag=True, help="Only read; start no server.")
@_server_bin
@_server_url
@_prisma
@_config
@click.option("--quiet", "-q", is_flag=True, help="No progress.")
@_guarded
def check(
    path: Path,
    base: str | None,
    all_new: bool,
    last: int | None,
    form: str,
    output: Path | None,
    fail_on: Severity | None,
    no_replay: bool,
    server_bin: Path | None,
    server_url: str | None,
    prisma_version: str | None,
    config: Path | None,
    quiet: bool,
) -> None:
    """Judge the new migrations below PATH, and replay the whole history."""
    from checker.pipeline import check as run_check
    from checker.workspace import Request

    if server_bin and server_url:
        raise InputError("--server-bin and --server-url exclude each other: give one of them.")
    if all_new and last:
        raise InputError("--all and --last exclude each other: give one of them.")
    with _progress(quiet=quiet) as progress:
        report = run_check(
            Request(
                path=path,
                base=base,
                all_new=all_new,
                last=last,
                untrusted="CI" in os.environ,
                fail_on=fail_on,
                no_replay="--no-replay was given" if no_replay else None,
                server_bin=server_bin,
                server_url=server_url,
                prisma_version=prisma_version,
                config=config,
                progress=progress,
            )
        )
    _deliver(report, form, output)
    _exit(report)


@main.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=False))
@_format
@_output
@_fail_on
@_prisma
@_config
@_guarded
def lint(
    files: tuple[Path, ...],
    form: str,
    output: Path | None,
    fail_on: Severity | None,
    prisma_version: str | None,
    config: Path | None,
) -> None:
    """Judge migration FILES without any server, after the migrations that sort before them."""
    from checker.lint import lint as run_lint

    report = run_lint(files, fail_on=fail_on, prisma_version=prisma_version, config_file=config)
    _deliver(report, form, output)
    _exit(report)


@main.command()
@click.argument("report", type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(FORMATS), default="markdown", show_default=True)
@_output
@_guarded
def render(report: Path, form: str, output: Path | None) -> None:
    """Render a REPORT that `check --format json` wrote."""
    from checker.report.json import from_json

    try:
        data = report.read_bytes()
    except OSError as error:
        raise InputError(f"{report} cannot be read: {error.strerror}") from None
    _deliver(from_json(data), form, output)


def _like_prisma(command: Callable[..., None]) -> Callable[..., None]:
    """As `prisma migrate diff --exit-code`: 0 no difference, 2 a difference, 1 an error."""
    return _guarded(command, unable=1, wrong=1)


@main.command()
@_path
@_server_bin
@_server_url
@_prisma
@_config
@click.option("--script", is_flag=True, help="Print only the SQL that closes the gap.")
@_like_prisma
def drift(
    path: Path,
    server_bin: Path | None,
    server_url: str | None,
    prisma_version: str | None,
    config: Path | None,
    script: bool,
) -> None:
    """Compare schema.prisma with what the migrations below PATH make.

    Exit codes: 0 no drift, 2 drift, 1 it cannot be told.
    """
    from checker.comparing import drifts
    from checker.report.text import render_drift
    from checker.workspace import Request

    request = Request(
        path,
        untrusted="CI" in os.environ,
        server_bin=server_bin,
        server_url=server_url,
        prisma_version=prisma_version,
        config=config,
    )
    found = drifts(request)
    for schema, drifted in found.items():
        click.echo(render_drift(schema, drifted, script=script), nl=False)
    states = {each.status for each in found.values()}
    sys.exit(2 if "drift" in states else 1 if "not_verified" in states else 0)


@main.command()
@click.option("--from", "start", metavar="X", required=True, help="The side to begin with.")
@click.option("--to", "end", metavar="Y", required=True, help="The side to arrive at.")
@click.option("--script", is_flag=True, help="Print the SQL that leads from X to Y.")
@_server_bin
@_server_url
@_prisma
@_like_prisma
def diff(
    start: str,
    end: str,
    script: bool,
    server_bin: Path | None,
    server_url: str | None,
    prisma_version: str | None,
) -> None:
    """Say what differs between X and Y, in Prisma's eyes.

    X and Y are a schema (a file or a folder), a folder of migrations, a postgresql:// URL or
    `empty`. Exit codes: 0 no difference, 2 some, 1 it cannot be told.
    """
    from contextlib import ExitStack

    from checker.comparing import Sides, version_of
    from checker.replay.servers import Servers
    from checker.report.safe import terminal

    with ExitStack() as stack:
        servers = Servers(stack, bin_dir=server_bin, url=server_url)
        found = Sides(servers.first, version_of(prisma_version)).compare(start, end)
    if script:
        click.echo(terminal(found.script), nl=False)
    else:
        for change in found.changes:
            click.echo(terminal(change.text))
        if not found.changes:
            click.echo("No difference.")
    sys.exit(2 if found.changes else 0)


@main.command()
@click.argument("unwanted", nargs=-1, metavar="")
@click.option("--database-url", metavar="URL", envvar="DATABASE_URL", help="Default: DATABASE_URL.")
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Default: .migration-checker-stats.json",
)
@_guarded
def stats(unwanted: tuple[str, ...], database_url: str | None, output: Path | None) -> None:
    """Write how large the tables of a deployed database are to a file that can be committed.

    Only counts are read, in a transaction that cannot write.
    """
    from checker.live.sizes import read_sizes
    from checker.sizes import STATS_FILE

    if unwanted:  # it may be the URL, and is not repeated
        raise InputError("stats takes no argument: give the URL as --database-url or DATABASE_URL")
    if not database_url:
        raise InputError("stats needs --database-url, or DATABASE_URL in the environment")
    sizes = read_sizes(database_url)
    place = output or Path(STATS_FILE)
    place.write_bytes(sizes.dump())
    click.echo(f"{place}: {len(sizes.tables):,} tables")


@main.command()
@_guarded
def rules() -> None:
    """List all rules, with the severity of each or `off`."""
    from checker.rules import all_rules

    width = max(len(rule.id) for rule in all_rules()) + 2
    for rule in all_rules():
        severity = rule.severity if rule.default else "off"
        presets = f" (presets: {', '.join(rule.presets)})" if rule.presets else ""
        click.echo(f"{rule.id:<{width}}{severity:<9}{rule.title}{presets}")


@main.command()
@click.argument("rule")
@_guarded
def explain(rule: str) -> None:
    """Say what RULE reports, why, and what to write instead."""
    from checker.rules import find_rule
    from checker.rules._pages import explanation

    click.echo(explanation(find_rule(rule)))


@main.command(hidden=True)
@_guarded
def action() -> None:
    """Run as a GitHub Action: inputs, comment, summary, annotations and outputs."""
    from checker.action import run_action

    sys.exit(run_action(os.environ, sys.stdout))


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Callable[[str, int, int], None] | None]:
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


def _deliver(report: Report, form: str, output: Path | None) -> None:
    """Write the report in the form asked for: to a file, or to standard output."""
    text = _render(report, form, to_terminal=output is None)
    if output is not None:
        output.write_text(text, encoding="utf-8")
        return
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader has seen enough; the verdict stays in the exit code
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


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


def _exit(report: Report) -> None:
    if report.verdict == "fail":
        sys.exit(EXIT_FINDINGS)


if __name__ == "__main__":
    main()
