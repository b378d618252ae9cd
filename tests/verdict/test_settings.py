"""What is ignored, by whom, and what is said of an ignore that does nothing."""

from __future__ import annotations

import datetime
import subprocess
import sys
from typing import Any

import msgspec
import pytest

from checker.commands.lint import lint
from checker.config import Config, parse_config
from checker.model import Base, Finding, History, Migration, PrismaVersion, Project, Replay
from checker.report.markdown import render_markdown
from checker.report.text import render_text
from checker.rules import all_rules
from checker.sql import read
from checker.trials.lineage import find_lineage
from checker.verdict.ignores import FROM_SQUAWK, directives
from checker.verdict.judge import Judge
from checker.verdict.settings import Judged, Settings, Settled, settle
from tests.projects import view_of
from tests.report.samples import CLEAR
from tests.report.samples import PROJECT as PROJECT_REPORT
from tests.rules.test_cases import cases, judge_case

TODAY = datetime.date(2026, 11, 22)
PROJECT = Project("db/schema.prisma", "db/migrations", "postgresql", PrismaVersion(6, 19))
BEFORE = 'CREATE TABLE "A" (id int, a text); CREATE TABLE "B" (id int);'


def migration(sql: str, name: str = "2_new", **fields: Any) -> Migration:
    return Migration(name, f"db/migrations/{name}/migration.sql", sql, **{"state": "new", **fields})


def run(
    *migrations: Migration | str, config: str = "", project: Project = PROJECT, **settings: Any
) -> Settled:
    """The outcome for a history with these migrations on top of two tables."""
    given = [migration(m) if isinstance(m, str) else m for m in migrations]
    every = (migration(BEFORE, "1_before", state="unchanged"), *given)
    history = History(every, base=Base("main", "c0ffee"))
    scripts = {m.name: read(m.sql or "", project.provider) for m in every}
    parsed = parse_config(config, "the file") if config else Config()
    judge = Judge(project, history, scripts, asked=parsed.asked)
    found = judge.findings(Replay("skipped"), find_lineage(None, view_of(project, history)))
    judged = Judged(project, history, scripts, found)
    (settled,) = settle([judged], Settings(parsed, TODAY, **settings))
    return settled


def rules(findings: tuple[Finding, ...]) -> list[str]:
    return [f.rule for f in findings]


IGNORE = "-- migration-checker: ignore ban-drop-table: replaced by C"


@pytest.mark.parametrize(
    "sql",
    [
        f'{IGNORE}\nDROP TABLE "A";',
        f'{IGNORE}\n\n-- DropTable\nDROP TABLE "A";',
        f'DROP TABLE "A"; {IGNORE}',
        f'DROP TABLE "A" {IGNORE}\n;',
        f'DROP TABLE\n{IGNORE}\n"A";',
        f'SELECT \'-- "\', $$ /* $$;\n{IGNORE}\nDROP TABLE "A";',
        '/* Migration-Checker:ignore ban-drop-table :replaced by C */ DROP TABLE "A";',
    ],
)
def test_comment_on_a_statement(sql: str) -> None:
    settled = run(sql)
    assert settled.findings == ()
    (ignored,) = settled.ignored
    assert (ignored.rule, ignored.reason) == ("ban-drop-table", "replaced by C")
    assert ignored.migration == "2_new"


def test_comment_speaks_of_one_statement_only() -> None:
    settled = run(f'{IGNORE}\nDROP TABLE "A";\nDROP TABLE "B";')
    assert [(f.rule, f.line) for f in settled.findings] == [("ban-drop-table", 3)]
    assert len(settled.ignored) == 1


@pytest.mark.parametrize(
    ("comment", "problem"),
    [
        ("ignore ban-drop-table", "it gives no reason"),
        ("ignore ban-drop-table:  ", "it gives no reason"),
        ("ignore : because", "it names no rule"),
        ("ignore ban-drop-tabel: x", "did you mean ban-drop-table?"),
        ("ignore unique-may-fail: x", "`unique-may-fail` finds nothing here"),
        ("ignore migration-edited-after-merge: x", "concerns the history"),
        ("ignore history-does-not-replay: x", "concerns the history"),
        ("ingore ban-drop-table: x", "it is not understood"),
    ],
)
def test_comment_that_does_nothing_is_a_finding(comment: str, problem: str) -> None:
    settled = run(f'SELECT 1;\n-- migration-checker: {comment}\nDROP TABLE "A";')
    idle, drop = settled.findings
    assert (idle.rule, idle.severity, idle.line) == ("unused-ignore", "warning", 2)
    assert problem in idle.message
    assert drop.rule == "ban-drop-table"
    assert settled.ignored == ()


def test_comment_after_the_last_statement() -> None:
    (idle,) = run(f"SELECT 1;\n{IGNORE}\n").findings
    assert "no statement follows" in idle.message


def test_merged_migrations_keep_their_comments() -> None:
    old = migration(f"{IGNORE}\nSELECT 1;", "1_old", state="unchanged")
    assert run(old, "SELECT 1;").findings == ()


def test_script_that_cannot_be_read_says_so_and_nothing_else() -> None:
    assert rules(run(f"{IGNORE}\nDROP TABEL a;").findings) == ["syntax-error"]


@pytest.mark.parametrize(
    "comment",
    [
        "-- squawk-ignore ban-drop-column",
        "/* squawk-ignore ban-drop-column */",
        "-- squawk-ignore renaming-column,ban-drop-column, prefer-robust-stmts",
        "-- squawk-ignore-file",
        "-- squawk-ignore-file ban-drop-column -- because",
    ],
)
def test_squawks_comments(comment: str) -> None:
    settled = run(f'{comment}\nALTER TABLE "A" DROP COLUMN a;')
    assert (rules(settled.findings), [i.reason for i in settled.ignored]) == ([], ["squawk-ignore"])


@pytest.mark.parametrize(
    "comment", ["-- squawk-ignore", "-- squawk-ignore ban-drop-table", "-- squawk-ignore-all"]
)
def test_squawks_comments_on_something_else_are_not_judged(comment: str) -> None:
    settled = run(f'{comment}\nALTER TABLE "A" DROP COLUMN a;')
    assert rules(settled.findings) == ["ban-drop-column"]


def test_squawks_column_drop_covers_what_we_call_a_rename() -> None:
    sql = '-- squawk-ignore ban-drop-column\nALTER TABLE "A" DROP COLUMN a, ADD COLUMN ab text;'
    assert rules(run(sql).findings) == []


def test_squawks_names_lead_to_rules_that_exist() -> None:
    ours = {rule.id for rule in all_rules()}
    assert {name for names in FROM_SQUAWK.values() for name in names} <= ours


def entry(**fields: str) -> str:
    body = {"rule": "ban-drop-table", "reason": "agreed", **fields}
    return "ignore:\n  - " + "\n    ".join(f"{k}: {v}" for k, v in body.items())


@pytest.mark.parametrize(
    "place",
    [
        {"migration": "2_new"},
        {"migration": "2_*"},
        {"path": "db"},
        {"path": "db/migrations/2_new/migration.sql"},
        {"path": "db/*/2_new"},
        {"path": '"**/migration.sql"', "migration": "2_new"},
        {"migration": "2_new", "until": "2026-11-22"},
    ],
)
def test_configuration_ignores_by_place(place: dict[str, str]) -> None:
    settled = run('DROP TABLE "A";', config=entry(**place))
    assert settled.findings == ()
    assert [i.reason for i in settled.ignored] == ["agreed"]


@pytest.mark.parametrize(
    ("place", "problem"),
    [
        ({"migration": "2_nwe"}, "no migration is there"),
        ({"path": "d"}, "no migration is there"),
        ({"migration": "2_new", "path": "apps"}, "no migration is there"),
        ({"migration": "2_new", "rule": "unique-may-fail"}, "finds nothing there"),
        ({"migration": "2_new", "until": "2026-11-21"}, "it was meant until 2026-11-21"),
    ],
)
def test_idle_entry_of_the_configuration_is_a_finding(place: dict[str, str], problem: str) -> None:
    settled = run('DROP TABLE "A";', config=entry(**place))
    idle, drop = settled.findings
    assert (idle.rule, idle.path, idle.line) == ("unused-ignore", ".migration-checker.yml", 2)
    assert problem in idle.message
    assert drop.rule == "ban-drop-table"


def test_entry_for_a_merged_migration_is_not_unused() -> None:
    assert run("SELECT 1;", config=entry(migration="1_before")).findings == ()


def test_only_the_whole_repository_tells_that_a_migration_is_missing() -> None:
    settled = run("SELECT 1;", config=entry(migration="9_other"), complete=False)
    assert settled.findings == ()


def test_history_is_ignored_by_configuration_alone() -> None:
    edited = migration(f"{IGNORE}\nSELECT 2;", "1_x", state="edited", base_sql="SELECT 1;")
    assert rules(run(edited).findings) == ["migration-edited-after-merge"]
    config = entry(rule="migration-edited-after-merge", migration="1_x")
    assert run(edited, config=config).findings == ()


def severities(config: str, sql: str = 'DROP TABLE "A"; DROP TABLE "B";') -> list[str]:
    return [f.severity for f in run(sql, config=config).findings]


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ("", ["error", "error"]),
        ("rules: {ban-drop-table: off}", []),
        ("rules: {ban-drop-table: notice}", ["notice", "notice"]),
        ("overrides: [{table: A, rules: {ban-drop-table: notice}}]", ["notice", "error"]),
        ("overrides: [{table: public.A, rules: {ban-drop-table: off}}]", ["error"]),
        ("overrides: [{table: auth.A, rules: {ban-drop-table: off}}]", ["error", "error"]),
        ("overrides: [{path: db, rules: {ban-drop-table: off}}]", []),
        ("overrides: [{path: apps/**, rules: {ban-drop-table: off}}]", ["error", "error"]),
        ("overrides: [{migration: '2*', table: B, rules: {ban-drop-table: off}}]", ["error"]),
        (
            "rules: {ban-drop-table: off}\n"
            "overrides: [{path: db, rules: {ban-drop-table: notice}},"
            " {table: A, rules: {ban-drop-table: warning}}]",
            ["warning", "notice"],
        ),
    ],
)
def test_settings_count_from_the_general_to_the_special(config: str, expected: list[str]) -> None:
    assert severities(config) == expected


INDEX = 'CREATE INDEX i ON "A" (a); CREATE INDEX j ON "B" (id); ALTER TABLE "A" RENAME TO "C";'


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ("", ["warning", "warning", "warning"]),
        ("large_tables: [A]", ["error", "warning", "warning"]),
        ("large_tables: [public.*]", ["error", "error", "warning"]),
        ("large_tables: [auth.A]", ["warning", "warning", "warning"]),
        (
            "large_tables: [A]\nrules: {require-concurrent-index-creation: notice}",
            ["error", "notice", "warning"],
        ),
        ("large_tables: [A]\nrules: {require-concurrent-index-creation: off}", ["warning"]),
        (
            "large_tables: [A]\n"
            "overrides: [{table: A, rules: {require-concurrent-index-creation: notice}}]",
            ["notice", "warning", "warning"],
        ),
    ],
)
def test_cost_on_a_large_table_is_an_error(config: str, expected: list[str]) -> None:
    assert severities(config, INDEX) == expected


def test_rule_that_is_off_by_default_is_asked_for_by_place() -> None:
    sql = 'ALTER TABLE "A" ADD COLUMN b int; ALTER TABLE "B" ADD COLUMN b int;'
    assert severities("rules: {require-lock-timeout: notice}", sql) == ["notice"]
    override = "overrides: [{table: %s, rules: {require-lock-timeout: error}}]"
    assert severities(override % "A", sql) == ["error"]
    assert severities(override % "X", sql) == []


def test_unused_ignore_is_a_rule_with_a_severity() -> None:
    sql = "-- migration-checker: ignore x: y\nSELECT 1;"
    assert severities("rules: {unused-ignore: off}", sql) == []
    assert severities("rules: {unused-ignore: error}", sql) == ["error"]


@pytest.mark.parametrize(("rule", "file", "case"), cases("bad"))
def test_every_rule_can_be_ignored_where_it_reports(
    rule: str, file: dict[str, Any], case: dict[str, Any]
) -> None:
    """A comment at the end of the line, or above it, is understood for every bad case."""
    finding = next(f for f in judge_case(rule, file, case) if f.rule == rule)
    provider = case.get("provider", file.get("provider", "postgresql"))
    script = read(case["sql"], provider)
    if script.problem is not None:
        pytest.skip("a script that cannot be read has no statements to ignore")
    lines = case["sql"].split("\n")
    assert finding.line is not None
    lines.insert(finding.line - 1, f"-- migration-checker: ignore {rule}: known")
    sql = "\n".join(lines)
    moved = judge_case(rule, file, {**case, "sql": sql})
    (directive,) = directives(sql, read(sql, provider), provider)
    found = next(f for f in moved if f.rule == rule)
    assert directive.silences(found, read(sql, provider))


@pytest.mark.parametrize("render", ["text", "markdown"])
def test_the_report_says_what_is_ignored_and_why(render: str) -> None:
    ignored = run("".join(f'{IGNORE} <b>@{i}\nDROP TABLE "A";\n' for i in range(7))).ignored
    project = msgspec.structs.replace(PROJECT_REPORT, ignored=ignored)
    report = msgspec.structs.replace(CLEAR, projects=(project,))
    if render == "text":
        said = render_text(report, color=False, width=1000)
    else:
        said = render_markdown(report, marker=None, links=None)
    (line,) = (line for line in said.split("\n") if "ignored" in line)
    assert render == "text" or "<b>" not in line
    assert line.lstrip("- ").startswith("7 findings ignored: `ban-drop-table` in `2_new` line 2")
    assert line.rstrip().endswith("and 2 more.")


def test_lint_starts_without_what_it_does_not_need(tmp_path: Any) -> None:
    """psycopg alone takes as long to import as the rest together."""
    (tmp_path / "x.sql").write_text("DROP TABLE a;")
    heavy = ["psycopg", "requests", "rich", "yaml", "sqlglot", "sqloxide", "hypothesis"]
    code = (
        "import sys\nfrom checker.cli import main\n"
        f"try: main(['lint', {str(tmp_path / 'x.sql')!r}])\n"
        f"except SystemExit: print([m for m in {heavy} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_lint_reads_the_configuration_of_the_repository(tmp_path: Any) -> None:
    file = tmp_path / "db/migrations/1_x/migration.sql"
    file.parent.mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    file.write_text("DROP TABLE a;\nDROP TABLE b;")
    (tmp_path / ".migration-checker.yml").write_text(
        "fail_on: warning\n"
        "overrides: [{path: db/migrations, table: a, rules: {ban-drop-table: off}}]\n"
    )
    report = lint([file])
    assert [f.line for f in report.projects[0].findings] == [2]
    assert report.fail_on == "warning"
    other = tmp_path / "other.yml"
    other.write_text("rules: {ban-drop-table: off}")
    assert lint([file], config_file=other).verdict == "pass"
