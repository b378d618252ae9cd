"""The configuration file: what it takes, and how it says no."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.config import Config, parse_config
from checker.errors import InputError

SOURCE = ".migration-checker.yml"


def test_empty_file_means_defaults() -> None:
    assert parse_config("# nothing\n", SOURCE) == Config()


def test_all_settings() -> None:
    config = parse_config(
        """
fail_on: warning
base: origin/main
prisma_version: "6.19.3"
projects:
  - schema: db/schema.prisma
    migrations: db/migrations
rules:
  ban-drop-table: "off"
  unique-may-fail: error
preset: supabase
setup: ci/setup.sql
""",
        SOURCE,
    )
    assert config.fail_on == "warning"
    assert config.projects[0].migrations == "db/migrations"
    assert config.rules == {"ban-drop-table": "off", "unique-may-fail": "error"}
    assert (config.preset, config.setup) == ("supabase", "ci/setup.sql")


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
        ("fail_on: [", "line 1: this is no YAML"),
        ("- a\n- b", "it has to be a mapping"),
        ("rules: 3", "rules"),
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
