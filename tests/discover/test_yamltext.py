"""Whatever stands in a YAML text, it is read or refused."""

from __future__ import annotations

import pytest

from checker.bounds import YAML_DEPTH, YAML_VALUES
from checker.discover.yamltext import YamlError, read_strings, read_yaml

# Each line stands for ten of the line before: ten levels are ten thousand million values.
LAUGHS = "a0: &a0 [x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 11)
)
MERGED = "a0: &a0 {x: y}\n" + "".join(
    f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}\n" for n in range(1, 40)
)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (LAUGHS, f"it holds more than {YAML_VALUES:,} values"),
        (MERGED, f"it holds more than {YAML_VALUES:,} values"),
        ("[" * 100_000, f"nested deeper than {YAML_DEPTH} levels"),
        ("- " * 100_000, f"nested deeper than {YAML_DEPTH} levels"),
        ("&a [*a]", "an alias stands in what it stands for"),
        ("*a", "found undefined alias"),
        ("2026-02-30", "day is out of range"),
        ("a: 1\n--- \nb: 2", "but found another document"),
        ("? [a]\n: b", "unhashable key"),
    ],
    ids=range(9),
)
def test_what_is_refused(text: str, says: str) -> None:
    with pytest.raises(YamlError) as caught:
        read_yaml(text)
    assert says in caught.value.reason


@pytest.mark.parametrize("tag", ["!!int", "!!timestamp", "!!float", "!!binary", "!!set", "!x", "!"])
def test_a_tag_is_refused_whatever_it_is_on(tag: str) -> None:
    for value in ("", "x", ": x", "[a]", "{a: b}"):
        with pytest.raises(YamlError, match="leave out the tag"):
            read_yaml(f"- {tag} {value}")
        read_strings(f"- {tag} x")


def test_aliases_are_read() -> None:
    data, _ = read_yaml("a: &a {x: 1}\nb: *a\nc: {<<: *a, y: 2}")
    assert data == {"a": {"x": 1}, "b": {"x": 1}, "c": {"x": 1, "y": 2}}


def test_strings_only() -> None:
    assert read_strings("a: 6.19\nb: 2026-02-30\nc: off\nd: !!int x") == {
        "a": "6.19",
        "b": "2026-02-30",
        "c": "off",
        "d": "x",
    }


def test_an_error_has_its_line() -> None:
    with pytest.raises(YamlError) as caught:
        read_yaml("a: 1\nb: !!int x")
    assert caught.value.line == 2
