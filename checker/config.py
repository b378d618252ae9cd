"""The configuration file ``.migration-checker.yml`` as typed values.

An unknown key is an error that names the nearest known one, so that a misspelt setting never
passes for one that works.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any, Literal, get_args

import msgspec
import yaml
from msgspec import Struct

from checker.discover.projects import ConfiguredProject
from checker.errors import InputError
from checker.model import Severity
from checker.replay.presets import Preset
from checker.rules import find_rule

FILE_NAME = ".migration-checker.yml"

RuleSetting = Literal["off", "notice", "warning", "error"]


class Config(Struct, frozen=True):
    """All settings, with their defaults.

    ``setup`` is the path of an SQL file that runs as superuser before the history; it and
    ``preset`` count only as the base branch has them, because a pull request must not be able
    to run its own code with these rights.
    """

    projects: tuple[ConfiguredProject, ...] = ()
    base: str | None = None
    fail_on: Severity = "error"
    prisma_version: str | None = None
    rules: dict[str, RuleSetting] = {}
    setup: str | None = None
    preset: Preset | None = None


def parse_config(text: str, source: str) -> Config:
    """The configuration in a YAML text; ``source`` names the file in messages.

    Raises InputError for text that is no YAML, an unknown key, rule or value.
    """
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f", line {mark.line + 1}" if mark else ""
        reason = getattr(error, "problem", None) or "it cannot be read"
        raise InputError(f"{source}{place}: this is no YAML: {reason}") from None
    if data is None:
        return Config()
    if not isinstance(data, dict):
        raise InputError(f"{source}: it has to be a mapping of settings, such as `fail_on: error`")
    for message in _unknown_keys(data):
        raise InputError(f"{source}: {message}")
    if isinstance(data.get("rules"), dict):  # YAML 1.1 reads a bare `off` as false
        settings = {k: "off" if v is False else v for k, v in data["rules"].items()}
        data = {**data, "rules": settings}
    try:
        config = msgspec.convert(data, Config)
    except msgspec.ValidationError as error:
        raise InputError(f"{source}: {_sentence(str(error), data)}") from None
    for name in config.rules:
        find_rule(name)
    return config


def _unknown_keys(data: dict[Any, Any]) -> Iterator[str]:
    yield from _unknown(data, Config, "")
    projects = data.get("projects")
    for item in projects if isinstance(projects, list) else ():
        if isinstance(item, dict):
            yield from _unknown(item, ConfiguredProject, " in projects")


def _unknown(data: dict[Any, Any], struct: type[Struct], where: str) -> Iterator[str]:
    known = struct.__struct_fields__
    for key in data:
        if key not in known:
            near = get_close_matches(str(key), known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
            yield f"unknown key {key!r}{where}; {hint}"


def _sentence(message: str, data: dict[Any, Any]) -> str:
    """msgspec's message with the setting in front, and the values that it takes."""
    reason, _, path = message.partition(" - at `$")
    path = path.rstrip("`").lstrip(".")
    top = path.split("[")[0].split(".")[0]
    allowed = {
        "fail_on": get_args(Severity),
        "rules": get_args(RuleSetting),
        "preset": get_args(Preset),
    }.get(top)
    choices = f"; it takes {', '.join(allowed)}" if allowed else ""
    value = data.get(top)
    shown = f" is {value!r}" if isinstance(value, str | int | bool) else ""
    return f"{path or top}{shown}: {reason[:1].lower()}{reason[1:]}{choices}"
