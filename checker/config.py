"""The configuration file ``.migration-checker.yml`` as typed values.

An unknown key is an error that names the nearest known one, so that a misspelt setting never
seems to work.
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, get_args

import msgspec
from msgspec import Struct

from checker.bounds import CONFIGURATION_BYTES
from checker.discover.files import read_bytes
from checker.discover.projects import ConfiguredProject
from checker.discover.yamltext import YamlError, read_yaml
from checker.errors import InputError
from checker.model import Severity
from checker.pg.database import Preset
from checker.rules import Rule, all_rules, find_rule, rules_by_preset

FILE_NAME = ".migration-checker.yml"

RuleSetting = Literal["off", "notice", "warning", "error"]
Place = tuple[str | int, ...]


class Override(Struct, frozen=True):
    """Other severities for some places; a finding must match every key that is given.

    ``path`` is a glob on the path of migration.sql from the root; ``**`` spans directories, and a
    directory stands for everything below it; ``migration`` and ``table`` are globs on names.
    """

    rules: dict[str, RuleSetting]
    path: str | None = None
    migration: str | None = None
    table: str | None = None


class Ignore(Struct, frozen=True):
    """Findings to leave out, and why.

    ``path`` and ``migration`` are as in an override; one of them is required. ``until`` is the last
    day on which it applies. ``line`` is its place in the file, not a setting.
    """

    rule: str
    reason: str
    migration: str | None = None
    path: str | None = None
    until: datetime.date | None = None
    line: int | None = None


class Acknowledge(Struct, frozen=True):
    """Which errors people may accept on a pull request, and who may do so.

    They write ``acknowledge RULE@NAME: reason`` in a comment or review. They also need a ``label``
    that they have set, or their ``approval`` as owners of the file in CODEOWNERS. ``by`` lists
    logins and ``organization/team``: then nobody else may, and the author of the pull request only
    if listed.
    """

    rules: tuple[str, ...]
    label: str | None = None
    approval: Literal["code_owner"] | None = None
    by: tuple[str, ...] = ()


class Config(Struct, frozen=True):
    """All settings, with their defaults.

    ``setup`` is the path of an SQL file that runs as superuser before the history; it and
    ``preset`` are taken from the base branch only, because a pull request must not be able to run
    its own code with these rights. ``large_tables`` are globs on names: work that grows with the
    table is an error on these. ``stats`` is the path of the file that ``migration-checker stats``
    wrote; it too is taken from the base. ``unverified`` says whether what could not be verified
    passes. ``acknowledge`` and, in an action, ``fail_on`` and ``unverified`` are the base's.
    ``suggestions`` says whether fixes that can replace their lines are suggested; ``presets``
    turn on groups of rules. In ``overrides`` the last match wins.
    """

    projects: tuple[ConfiguredProject, ...] = ()
    base: str | None = None
    fail_on: Severity = "error"
    unverified: Literal["pass", "fail"] = "pass"
    prisma_version: str | None = None
    presets: tuple[str, ...] = ()
    rules: dict[str, RuleSetting] = {}
    overrides: tuple[Override, ...] = ()
    large_tables: tuple[str, ...] = ()
    ignore: tuple[Ignore, ...] = ()
    setup: str | None = None
    preset: Preset | None = None
    stats: str | None = None
    acknowledge: tuple[Acknowledge, ...] = ()
    suggestions: bool = True

    @property
    def asked(self) -> frozenset[str]:
        """The rules that are turned on somewhere, including those that are off by default."""
        every = (self.rules, *(override.rules for override in self.overrides))
        named = {name for each in every for name, to in each.items() if to != "off"}
        return frozenset(named | {r.id for p in self.presets for r in rules_by_preset()[p]})

    def turns_on(self, rule: Rule) -> bool:
        """Whether a rule is on if no setting names it."""
        return rule.default or not set(rule.presets).isdisjoint(self.presets)


def read_config(root: Path, named: Path | None = None) -> Config:
    """The configuration of the root, or of the file that the user named.

    Raises InputError if the named file is missing, and like ``parse_config``.
    """
    path = named or root / FILE_NAME
    data = read_bytes(path, path.parent)
    if data is None and named is not None:
        raise InputError(f"There is no configuration file {named}")
    return Config() if data is None else parse_bytes(data, path.name)


def parse_bytes(data: bytes, source: str) -> Config:
    """Like ``parse_config``; also raises InputError for bytes that are not UTF-8 or too many."""
    if len(data) > CONFIGURATION_BYTES:
        raise InputError(f"{source} is bigger than {CONFIGURATION_BYTES >> 10} kB: shorten it")
    try:
        return parse_config(data.decode("utf-8"), source)
    except UnicodeDecodeError:
        raise InputError(f"{source} is not UTF-8") from None


_LISTS: dict[str, type[Struct]] = {
    "projects": ConfiguredProject,
    "overrides": Override,
    "ignore": Ignore,
    "acknowledge": Acknowledge,
}
_CHOICES = {"fail_on": Severity, "unverified": Literal["pass", "fail"], "preset": Preset}


def parse_config(text: str, source: str) -> Config:
    """The configuration in a YAML text; ``source`` names the file in messages.

    Raises InputError for text that is not YAML, and for an unknown key, rule or value.
    """
    data, lines = _load(text, source)

    def stop(place: Place, message: str) -> InputError:
        known = (lines[place[:n]] for n in range(len(place), -1, -1) if place[:n] in lines)
        return InputError(f"{source}, line {next(known, 1)}: {message}")

    if data is None:
        return Config()
    if not isinstance(data, dict):
        raise stop((), "it must be a mapping of settings, such as `fail_on: error`")
    for place, message in _misspelt(data):
        raise stop(place, message)
    _settings(data)
    for i, item in enumerate(_items(data, "ignore")):
        item["line"] = lines.get(("ignore", i))
    try:
        config = msgspec.convert(data, Config)
    except msgspec.ValidationError as error:
        raise stop(*_sentence(str(error), data)) from None
    for place, message in _senseless(config):
        raise stop(place, message)
    return config


def _load(text: str, source: str) -> tuple[Any, dict[Place, int]]:
    """The data of a YAML text, and the line of everything in it."""
    try:
        data, root = read_yaml(text)
    except YamlError as error:
        at = f", line {error.line}" if error.line else ""
        raise InputError(f"{source}{at}: this is not YAML: {error.reason}") from None
    lines: dict[Place, int] = {}
    for place, line, twice in _walk(root, (), set()):
        if twice:
            raise InputError(f"{source}, line {line}: {place[-1]!r} is given twice")
        lines[place] = line
    return data, lines


def _walk(node: Any, place: Place, seen: set[int]) -> Iterator[tuple[Place, int, bool]]:
    """Place and line of every value, and whether its key is a repetition; aliases once."""
    if node is None or id(node) in seen:
        return
    seen.add(id(node))
    yield place, node.start_mark.line + 1, False
    if node.id == "sequence":
        for i, item in enumerate(node.value):
            yield from _walk(item, (*place, i), seen)
    elif node.id == "mapping":
        keys = set()
        for key, value in node.value:
            inner = (*place, str(key.value) if key.id == "scalar" else "")
            if key.id == "scalar":
                yield inner, key.start_mark.line + 1, key.value in keys
                keys.add(key.value)
            for entry in _walk(value, inner, seen):
                if entry[0] != inner:
                    yield entry


def _items(data: dict[Any, Any], key: str) -> list[dict[Any, Any]]:
    """The mappings in a list of settings; other items are left for the types to reject."""
    items = data.get(key)
    return [i for i in items if isinstance(i, dict)] if isinstance(items, list) else []


def _misspelt(data: dict[Any, Any]) -> Iterator[tuple[Place, str]]:
    """Keys and rules that do not exist."""
    yield from _unknown(data, Config, (), "")
    yield from _unknown_rules(data.get("rules"), ("rules",))
    yield from _unknown_presets(data.get("presets"))
    for key, struct in _LISTS.items():
        for i, item in enumerate(_items(data, key)):
            yield from _unknown(item, struct, (key, i), f" in {key}")
            yield from _unknown_rules(item.get("rules"), (key, i, "rules"))


def _unknown(
    data: dict[Any, Any], struct: type[Struct], place: Place, where: str
) -> Iterator[tuple[Place, str]]:
    known = [name for name in struct.__struct_fields__ if name != "line"]
    for key in data:
        if key not in known:
            near = get_close_matches(str(key), known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
            yield (*place, str(key)), f"unknown key {key!r}{where}; {hint}"


def _unknown_rules(rules: object, place: Place) -> Iterator[tuple[Place, str]]:
    choices = get_args(RuleSetting)
    for name, setting in rules.items() if isinstance(rules, dict) else ():
        if missing := _missing_rule(name):
            yield (*place, str(name)), missing
        elif setting is not False and setting not in choices:
            message = f"{name} is {setting!r}; it takes {', '.join(choices)}"
            yield (*place, str(name)), message


def _unknown_presets(names: object) -> Iterator[tuple[Place, str]]:
    known = list(rules_by_preset())
    for i, name in enumerate(names if isinstance(names, list) else ()):
        if name not in known:
            near = get_close_matches(str(name), known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
            yield ("presets", i), f"there is no preset {name!r} of rules; {hint}"


def _missing_rule(name: object) -> str | None:
    """The error for an unknown rule; None for a known one."""
    try:
        find_rule(str(name))
    except InputError as error:
        return str(error)
    return None


def _settings(data: dict[Any, Any]) -> None:
    """YAML 1.1 reads a bare ``off`` as false."""
    for holder in (data, *_items(data, "overrides")):
        if isinstance(holder.get("rules"), dict):
            holder["rules"] = {k: v or "off" for k, v in holder["rules"].items()}


def _senseless(config: Config) -> Iterator[tuple[Place, str]]:
    """Settings of the right type that make no sense."""
    for i, override in enumerate(config.overrides):
        if not (override.path or override.migration or override.table):
            yield ("overrides", i), "an override must name a path, a migration or a table"
    for i, ignore in enumerate(config.ignore):
        if missing := _missing_rule(ignore.rule):
            yield ("ignore", i, "rule"), missing
        if not ignore.reason.strip():
            yield ("ignore", i, "reason"), "an ignore must give its reason"
        if not (ignore.path or ignore.migration):
            yield (
                ("ignore", i),
                f"an ignore must name a migration or a path; `rules: {{{ignore.rule}: off}}` "
                "turns a rule off everywhere",
            )
    for i, entry in enumerate(config.acknowledge):
        for name in entry.rules:
            if missing := _missing_rule(name):
                yield ("acknowledge", i, "rules"), missing
        if not entry.rules or bool(entry.label) == bool(entry.approval):
            message = "an entry of acknowledge must name rules, and either a label or an approval"
            yield ("acknowledge", i), message


def _sentence(message: str, data: dict[Any, Any]) -> tuple[Place, str]:
    """The place in msgspec's message, and the message with the values that the setting takes."""
    reason, _, path = message.partition(" - at `$")
    parts = re.findall(r"\.(\w+)|\[(\d+)\]", path)
    place: Place = tuple(name or int(index) for name, index in parts)
    top = place[0] if place else ""
    allowed = get_args(_CHOICES[top]) if isinstance(top, str) and top in _CHOICES else ()
    choices = f"; it takes {', '.join(allowed)}" if allowed else ""
    value = data.get(top)
    shown = f" is {value!r}" if isinstance(value, str | int | bool) else ""
    setting = path.rstrip("`").lstrip(".") or "the file"
    return place, f"{setting}{shown}: {reason[:1].lower()}{reason[1:]}{choices}"


def config_schema_file() -> bytes:
    """The content of docs/config.schema.json, with which editors complete and check the file."""
    schema = msgspec.json.schema(Config)
    for name, definition in schema["$defs"].items():
        definition["additionalProperties"] = False
        definition["properties"].pop("line", None)
        if "rules" in definition["properties"]:
            definition["properties"]["rules"]["propertyNames"] = {"$ref": "#/$defs/Rule"}
        if name == "Acknowledge":
            definition["properties"]["rules"] |= {"minItems": 1, "items": {"$ref": "#/$defs/Rule"}}
            definition["oneOf"] = [
                {"required": [key], "properties": {key: {"type": "string"}}}
                for key in ("label", "approval")
            ]
        if name == "Ignore":
            definition["properties"]["rule"] = {"$ref": "#/$defs/Rule"}
            definition["anyOf"] = [{"required": ["migration"]}, {"required": ["path"]}]
        if name == "Override":
            definition["anyOf"] = [
                {"required": [place]} for place in ("path", "migration", "table")
            ]
    items = schema["$defs"]["Config"]["properties"]["presets"]["items"]
    items["enum"] = list(rules_by_preset())
    schema["$defs"]["Rule"] = {"enum": [rule.id for rule in all_rules()]}
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:prisma-migration-checker:config",
        "title": f"{FILE_NAME} of the Prisma Migration Checker",
    }
    return json.dumps({**head, **schema}, indent=2, ensure_ascii=False).encode() + b"\n"
