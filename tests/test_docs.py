"""What is published is what the code says."""

from __future__ import annotations

import re
from pathlib import Path

from click.testing import CliRunner

from checker import __version__
from checker.cli import main
from checker.rules import all_rules
from checker.rules._pages import page

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def test_every_rule_has_its_page() -> None:
    pages = {file.stem: file.read_text() for file in (ROOT / "docs/rules").glob("*.md")}
    current = {rule.id: page(rule) for rule in all_rules()}
    assert pages == current, "run scripts/update-docs"


def test_the_readme_names_every_option_of_check() -> None:
    text = CliRunner().invoke(main, ["check", "--help"]).output
    options = set(re.findall(r"--[a-z-]+", text)) - {"--help", "--quiet", "--output", "--to"}
    assert options <= set(re.findall(r"--[a-z-]+", README))


def test_the_readme_names_every_command() -> None:
    commands = {name for name, command in main.commands.items() if not command.hidden}
    assert commands == set(re.findall(r"^migration-checker (\w+)", README, re.MULTILINE))


def test_the_readmes_commands_exist() -> None:
    scripts = re.findall(r"^scripts/\w+$", README, re.MULTILINE)
    assert scripts == ["scripts/try", "scripts/test"]
    assert all((ROOT / script).stat().st_mode & 0o111 for script in scripts)


def test_the_changelog_speaks_of_this_version() -> None:
    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text()


def test_the_project_stands_alone() -> None:
    """No file of the product speaks of the tests' data, of registries or of a workplace."""
    forbidden = re.compile(r"\.\./shared|pypi\.org|registry\.npmjs|/work/|deb\.debian\.org")
    places = ["checker", "docs", "examples", "scripts", ".ci", "requirements"]
    found = [
        str(file)
        for place in places
        for file in (ROOT / place).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
        if forbidden.search(file.read_text(errors="replace"))
    ]
    singles = ["README.md", "CHANGELOG.md", "Dockerfile", "action.yml", "pyproject.toml"]
    found += [name for name in singles if forbidden.search((ROOT / name).read_text())]
    assert found == []


def test_the_changelog_counts_the_rules() -> None:
    rules = all_rules()
    counts = f"{len(rules)} rules, {sum(rule.default for rule in rules)} of them on by default"
    assert counts in (ROOT / "CHANGELOG.md").read_text()
