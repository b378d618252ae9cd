"""YAML that strangers wrote, read within bounds.

PyYAML overflows the stack where a text is nested deeply, writes aliases out without end, and
raises whatever Python raises for a value that does not fit its tag. So its events are looked at
before anything is made of them.
"""

from __future__ import annotations

from typing import Any

from checker.bounds import YAML_DEPTH, YAML_VALUES


class YamlError(Exception):
    """The text is no YAML that is read here. ``line`` counts from 1; None where it is not known."""

    def __init__(self, reason: str, line: int | None = None) -> None:
        super().__init__(reason)
        self.reason, self.line = reason, line


def read_yaml(text: str) -> tuple[Any, Any]:
    """The data of a text, and the node that holds the lines of everything in it.

    Raises YamlError, also for tags: what a value is, its form says.
    """
    import yaml  # noqa: PLC0415 - only where there is a file to read

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return _read(text, loader, tagged=False)


def read_strings(text: str) -> Any:
    """The data of a text in which every scalar is a string, whatever its form or tag.

    Raises YamlError.
    """
    import yaml  # noqa: PLC0415 - few package managers write it

    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    return _read(text, loader, tagged=True)[0]


def _read(text: str, loader: Any, *, tagged: bool) -> tuple[Any, Any]:
    import yaml  # noqa: PLC0415 - as above

    try:
        _look_over(yaml.parse(text, Loader=loader), tagged=tagged)
        root = yaml.compose(text, Loader=loader)
        return loader("").construct_document(root) if root is not None else None, root
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or "it cannot be read"
        raise YamlError(reason, mark.line + 1 if mark else None) from None
    except (ValueError, OverflowError) as error:  # 2026-02-30
        raise YamlError(str(error)) from None


def _look_over(events: Any, *, tagged: bool) -> None:
    """Raises YamlError for a tag, for too many values or levels, and for an alias in itself."""
    open_since: list[tuple[str | None, int]] = []  # the anchor, and the values before
    sizes: dict[str | None, int] = {}
    values = 0
    for event in events:
        kind, line = type(event).__name__, event.start_mark.line + 1
        if kind == "AliasEvent":
            if event.anchor in (anchor for anchor, _ in open_since):
                raise YamlError("an alias stands in what it stands for", line)
            values += sizes.get(event.anchor, 1)
        elif kind in ("ScalarEvent", "SequenceStartEvent", "MappingStartEvent"):
            if event.tag is not None and not tagged:
                raise YamlError(f"leave out the tag {event.tag!r}", line)
            values += 1
            sizes[event.anchor] = 1
            if kind != "ScalarEvent":
                open_since.append((event.anchor, values - 1))
        elif kind in ("SequenceEndEvent", "MappingEndEvent"):
            anchor, before = open_since.pop()
            sizes[anchor] = values - before
        if len(open_since) > YAML_DEPTH:
            raise YamlError(f"it is nested deeper than {YAML_DEPTH} levels", line)
        if values > YAML_VALUES:
            raise YamlError(f"it holds more than {YAML_VALUES:,} values", line)
