"""What is published is what the code says."""

from __future__ import annotations

import ast
import json
import re
import runpy
import shlex
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from checker import __version__
from checker.cli import main
from checker.commands.init import ACTION
from checker.config import config_schema_file, parse_config
from checker.report.rule_pages import page
from checker.rules import all_rules
from checker.sql import read
from tests import comparison
from tests.corpus.test_peers import CASES
from tests.snippets import PAGES, Snippet, snippets

ROOT = Path(__file__).parent.parent
ENTRYPOINT = ["/opt/migration-checker/bin/python", "-I", "-m", "checker"]
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
    assert scripts == ["scripts/try", "scripts/test", "scripts/lint"]
    assert all((ROOT / script).stat().st_mode & 0o111 for script in scripts)


def test_the_changelog_speaks_of_this_version() -> None:
    assert f"## {__version__}" in (ROOT / "CHANGELOG.md").read_text()


def test_the_project_stands_alone() -> None:
    """No file of the product speaks of the tests' data, of registries or of a workplace."""
    forbidden = re.compile(
        r"\.\./shared|pypi\.org|registry\.npmjs|/work/|deb\.debian\.org|ghcr\.io|docker\.io"
    )
    places = [
        "checker",
        "container",
        "docs",
        "examples",
        "scripts",
        ".ci",
        ".github",
        "requirements",
    ]
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


def test_the_reference_of_the_configuration_is_made_from_the_schema() -> None:
    made = runpy.run_path(str(ROOT / "scripts/update-docs"))["configuration_page"]
    page = (ROOT / "docs/configuration.md").read_text()
    assert page == made(json.loads(config_schema_file())), "run scripts/update-docs"


@pytest.mark.skipif(not CASES.is_dir(), reason="the measured statements are not on this machine")
def test_the_comparison_is_measured() -> None:
    page = comparison.PAGE.read_text()
    assert page == comparison.with_tables(page), "run python -m tests.comparison"


def test_links_lead_somewhere() -> None:
    for file in PAGES:
        for link in re.findall(r"\]\(([^)#:]+)(?:#[\w-]+)?\)", file.read_text()):
            assert (file.parent / link).exists(), f"{file.name}: {link}"


@pytest.mark.parametrize("snippet", list(snippets()), ids=lambda s: s.place)
def test_snippets(snippet: Snippet) -> None:
    """Each is something that works: what cannot be tested has no place in the documentation."""
    check = {"yaml": _yaml, "sh": _shell, "sql": _sql, "mermaid": _picture, "": _commands}
    check[snippet.language](snippet.text)


def _yaml(text: str) -> None:
    data = yaml.safe_load(text)
    if "jobs" in data:  # the linters of workflows see it too, in scripts/lint
        steps = [step for job in data["jobs"].values() for step in job["steps"]]
        ours = [step for step in steps if step.get("uses") == ACTION]
        assert ours
        inputs = yaml.safe_load((ROOT / "action.yml").read_text())["inputs"]
        assert {key for step in ours for key in step.get("with", {})} <= set(inputs)
    elif "repos" in data:
        hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
        (repository,) = data["repos"]
        assert [each["id"] for each in repository["hooks"]] == [each["id"] for each in hooks]
    elif "migrations" in data:
        (line,) = data["migrations"]["script"]
        program, _, arguments = line.partition(" checker ")
        assert f"{program} checker".split() == ENTRYPOINT
        _accepted(shlex.split(arguments))
    else:
        parse_config(text, "the documentation")


def _shell(text: str) -> None:
    for line in text.splitlines():
        program, *arguments = shlex.split(line)
        if program == "migration-checker":
            _accepted(arguments)
        elif program == "docker" and "--entrypoint" not in arguments:
            _accepted(arguments[arguments.index("IMAGE") + 1 :])
        elif program == "docker":
            assert "> /opt/migration-checker/sbom.cdx.json" in (ROOT / "Dockerfile").read_text()
        elif program != "gh":
            assert (ROOT / program).stat().st_mode & 0o111


def _accepted(arguments: list[str]) -> None:
    """The command line takes these arguments."""
    name, *rest = arguments
    main.commands[name].make_context(name, rest)


def _sql(text: str) -> None:
    script = read(text, "postgresql")
    assert script.problem is None
    assert script.statements


def _picture(text: str) -> None:
    names = set(re.findall(r"\w+(?:\.py)?", re.sub(r"\w+\[|^flowchart LR", "", text)))
    assert "trials" in names
    missing = {name for name in names if not (ROOT / "checker" / name).exists()}
    assert missing <= {"workspace", "read"}  # nodes with a label of their own


def _commands(text: str) -> None:
    assert {line.split()[:1][0] for line in text.splitlines()} == {"migration-checker"}


def test_the_image_is_pinned() -> None:
    stages = re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert re.fullmatch(r"debian:trixie-slim@sha256:[0-9a-f]{64}", stages[0])
    assert set(stages[1:]) == {"base"}


def test_the_hook_takes_migrations_only() -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert hook["entry"].split() == ["migration-checker", "lint"]
    found = re.compile(hook["files"])
    assert found.search("packages/db/prisma/migrations/20260101000000_users/migration.sql")
    assert not found.search("prisma/migrations/migration_lock.toml")


ARCHITECTURE = ROOT / "docs/architecture.md"


@pytest.mark.parametrize("page", [ARCHITECTURE, ROOT / "CONTRIBUTING.md"], ids=lambda p: p.name)
def test_the_code_that_a_page_names_exists(page: Path) -> None:
    named = re.findall(r"`(checker/[\w/.]*|tests/[\w/.]+\.py)(?::([\w.]+))?`", page.read_text())
    assert named
    for path, function in named:
        assert (ROOT / path).exists(), path
        assert not function or function in _definitions(ROOT / path), f"{path}:{function}"


def _definitions(file: Path) -> set[str]:
    names = set()
    for node in ast.parse(file.read_text()).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        if isinstance(node, ast.ClassDef):
            members = [each for each in node.body if isinstance(each, ast.FunctionDef)]
            names |= {f"{node.name}.{member.name}" for member in members}
    return names


def test_every_room_is_on_the_page() -> None:
    rooms = {
        f"checker/{each.name}/" if each.is_dir() else f"checker/{each.name}"
        for each in (ROOT / "checker").iterdir()
        if each.is_dir() or each.suffix == ".py"
        if not each.name.startswith("__")
    }
    assert rooms == set(re.findall(r"^\| `([^`]+)` \|", ARCHITECTURE.read_text(), re.MULTILINE))


def test_the_glossary_names_what_the_code_defines() -> None:
    rows = re.findall(r"^\| (\w+) \| .+ \| `(\S+)` \|$", ARCHITECTURE.read_text(), re.MULTILINE)
    assert len(rows) > 20
    for word, path in rows:
        text = (ROOT / path).read_text()
        assert re.search(rf"^(class )?{word}\b", text, re.MULTILINE), f"{word} in {path}"
