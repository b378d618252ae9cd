"""The configuration file: what it takes, and how it says no."""

from __future__ import annotations

import datetime
import json
from contextlib import suppress
from pathlib import Path

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from checker.commands.lint import lint
from checker.config import Config, config_schema_file, parse_config
from checker.errors import InputError
from checker.rules import rules_by_preset

SOURCE = ".migration-checker.yml"
ROOT = Path(__file__).parent.parent
DROP = "rule: ban-drop-table"


def test_empty_file_means_defaults() -> None:
    assert parse_config("# nothing\n", SOURCE) == Config()


ALL = """
fail_on: warning
base: origin/main
prisma_version: "6.19.3"
projects:
  - schema: db/schema.prisma
    migrations: db/migrations
rules:
  ban-drop-table: off
  unique-may-fail: error
overrides:
  - path: apps/billing
    migration: "2025*"
    table: Invoice
    rules: {ban-drop-column: notice, unused-ignore: off}
large_tables: [Order, auth.users]
ignore:
  - rule: ban-drop-table
    migration: 20260101000000_x
    path: db/**
    reason: agreed
    until: 2026-12-31
preset: supabase
presets: [naming]
setup: ci/setup.sql
unverified: fail
"""


def test_all_settings() -> None:
    config = parse_config(ALL, SOURCE)
    assert config.fail_on == "warning"
    assert config.projects[0].migrations == "db/migrations"
    assert config.rules == {"ban-drop-table": "off", "unique-may-fail": "error"}
    assert (config.preset, config.setup) == ("supabase", "ci/setup.sql")
    assert config.unverified == "fail"
    (override,) = config.overrides
    assert (override.path, override.migration, override.table) == (
        "apps/billing",
        "2025*",
        "Invoice",
    )
    assert override.rules == {"ban-drop-column": "notice", "unused-ignore": "off"}
    assert config.large_tables == ("Order", "auth.users")
    (ignore,) = config.ignore
    assert (ignore.rule, ignore.reason, ignore.path) == ("ban-drop-table", "agreed", "db/**")
    assert (ignore.until, ignore.line) == (datetime.date(2026, 12, 31), 18)
    naming = {rule.id for rule in rules_by_preset()["naming"]}
    assert naming
    assert config.asked == {"unique-may-fail", "ban-drop-column", *naming}


def test_schema_for_editors_is_current_and_takes_what_is_taken() -> None:
    schema = json.loads((ROOT / "docs/config.schema.json").read_text())
    assert schema == json.loads(config_schema_file()), "run scripts/update-docs"
    jsonschema.Draft202012Validator.check_schema(schema)
    settings = yaml.safe_load(ALL.replace(": off", ': "off"').replace("2026-12-31", '"2026-12-31"'))
    jsonschema.validate(settings, schema)
    examples = [
        {"fial_on": "error"},
        {"rules": {"ban-drop-tabel": "error"}},
        {"overrides": [{"rules": {}}]},
        {"presets": ["sytle"]},
        {"ignore": [{"rule": "ban-drop-table", "reason": "x"}]},
        {"ignore": [{"rule": "ban-drop-table", "migration": "x"}]},
        {"ignore": [{"rule": "ban-drop-table", "migration": "x", "reason": "x", "line": 3}]},
    ]
    for example in examples:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(example, schema)


@pytest.mark.parametrize(
    ("settings", "found"),
    [
        ("", []),
        ("presets: [types]", [("prefer-jsonb", "warning"), ("prefer-timestamptz", "warning")]),
        ("presets: [types]\nrules: {prefer-jsonb: off}", [("prefer-timestamptz", "warning")]),
        ("presets: [naming, design]\nrules: {require-table-schema: off}", []),
        ("rules: {prefer-jsonb: error}", [("prefer-jsonb", "error")]),
    ],
)
def test_presets_turn_rules_on(settings: str, found: list[tuple[str, str]], tmp_path: Path) -> None:
    migration, config = tmp_path / "20260101000000_a/migration.sql", tmp_path / SOURCE
    migration.parent.mkdir()
    migration.write_text("CREATE TABLE a (id bigint PRIMARY KEY, b json, c timestamp, d json);")
    config.write_text(settings)
    (project,) = lint([migration], config_file=config).projects
    assert [(f.rule, f.severity) for f in project.findings] == found


def test_every_preset_is_off_and_style_has_all() -> None:
    presets = rules_by_preset()
    assert set(presets) == {"style", "types", "naming", "design"}
    parts = [rule for name in ("types", "naming", "design") for rule in presets[name]]
    assert sorted(rule.id for rule in parts) == [rule.id for rule in presets["style"]]
    assert not any(rule.default for rule in presets["style"])


def test_unquoted_off_is_off() -> None:
    # YAML 1.1 reads a bare `off` as false.
    assert parse_config("rules: {ban-drop-table: off}", SOURCE).rules == {"ban-drop-table": "off"}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("fial_on: error", "unknown key 'fial_on'; did you mean fail_on?"),
        ("projects: [{shema: x}]", "unknown key 'shema' in projects; did you mean schema?"),
        ("fail_on: fatal", "fail_on is 'fatal'"),
        ("rules: {ban-drop-tabel: error}", "did you mean ban-drop-table?"),
        ("rules: {ban-drop-table: loud}", "it takes off, notice, warning, error"),
        ("preset: heroku", "it takes supabase, rds, neon"),
        (
            "base: x\npresets:\n  - naming\n  - tyeps",
            "line 4: there is no preset 'tyeps' of rules; did",
        ),
        ("presets: [sytle]", "did you mean style?"),
        ("presets: [supabase]", "known are design, naming, style, types"),
        ("presets: [1]", "there is no preset 1 of rules"),
        ("presets: style", "presets is 'style': expected `array`"),
        ("fail_on: [", "this is not YAML"),
        ("- a\n- b", "it must be a mapping"),
        ("rules: 3", "rules"),
        ("a:\n  b: 1\nrules:\n  ban-drop-tabel: off", "line 1: unknown key 'a'"),
        ("base: x\nrules:\n  ban-drop-tabel: off", "line 3: There is no rule 'ban-drop-tabel'"),
        ("base: x\nbase: y", "line 2: 'base' is given twice"),
        ("rules:\n  ban-drop-table: off\n  ban-drop-table: error", "line 3: 'ban-drop-table'"),
        ("rules: {ban-drop-table: 0}", "ban-drop-table is 0; it takes off"),
        ("overrides: [{paht: x, rules: {}}]", "unknown key 'paht' in overrides; did you mean path"),
        ("overrides: [{path: x, rules: {nope: off}}]", "There is no rule 'nope'"),
        ("overrides: [{path: x}]", "missing required field `rules`"),
        (
            "overrides:\n  - rules: {}",
            "line 2: an override must name a path, a migration or a table",
        ),
        ("overrides: [3]", "overrides[0]: expected `object`"),
        ("large_tables: Order", "large_tables is 'Order': expected `array`"),
        (f"ignore: [{{{DROP}, migration: x}}]", "missing required field `reason`"),
        (f"ignore: [{{{DROP}, migration: x, reason: ' '}}]", "an ignore must give its reason"),
        (f"ignore: [{{{DROP}, reason: x}}]", "an ignore must name a migration or a path"),
        ("ignore: [{rule: nope, path: x, reason: x}]", "There is no rule 'nope'"),
        (f"ignore: [{{{DROP}, path: x, reason: x, until: soon}}]", "ignore[0].until"),
        (f"ignore: [{{{DROP}, path: x, reason: x, until: 2026-02-30}}]", "out of range"),
        (f"ignore: [{{{DROP}, path: x, reason: x, unitl: 2026-02-03}}]", "did you mean until?"),
        (f"ignore: [{{{DROP}, path: x, reason: x, line: 3}}]", "unknown key 'line' in ignore"),
        ("&a [*a]", "line 1: this is not YAML: an alias stands in what it stands for"),
        ("presets: !!int x", "line 1: this is not YAML: leave out the tag"),
        ("x: " + "[" * 51 + "]" * 51, "nested deeper than 50 levels"),
        ("x: " + "[" * 5000, "this is not YAML"),
        ("projects: 3", "projects"),
    ],
)
def test_one_clear_sentence(text: str, says: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_config(text, SOURCE)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@given(
    st.text(max_size=60) | st.from_regex(r"[a-z_]{1,12}: ?[\[\]{}a-z0-9 ,]{0,20}", fullmatch=True)
)
def test_any_text_is_a_configuration_or_an_input_error(text: str) -> None:
    with suppress(InputError):
        assert isinstance(parse_config(text, SOURCE), Config)
