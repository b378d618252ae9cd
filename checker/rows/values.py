"""Values of each type, as the text that its input function takes (PostgreSQL docs, chapter 8).

These are proposals: the server casts each, and refused ones are left out.
"""

from __future__ import annotations

import re

from msgspec import Struct

from checker.rows.catalog import FillType
from checker.rows.sources import text_literal

UUID = "9b2f8a1e-4c3d-4f6a-8b7e-1d2c3b4a5f60"
MANY = 5000
"""Characters of a long text: of one letter, so that it is compressed and every index takes it."""

_STAMPS = (
    "2024-02-29 12:34:56.789012", "infinity", "-infinity", "4713-01-01 00:00:00 BC",
    "0001-01-01 00:00:00", "1900-01-01 00:00:00", "9999-12-31 23:59:59.999999",
    "294276-12-31 23:59:59", "1969-12-31 23:59:59",
)  # fmt: skip
_JSON = (
    "null", "{}", "[]", '"text"', '""', "1", "true", '{"a":1,"a":2}', '{"a":null}', "[null]",
    '[1,"a",null,[]]', "1e400", '{"":{"b":[{"c":null}]}}',
)  # fmt: skip
_WORDS = (
    "", " ", " 12 ", "abc", "ABC", "Abc", "NULL", "null", "1e400", "-1", "3.14", "🙂é", "O'Reilly",
    "a\nb\tc\\", '{"a":1}', "2024-02-30", "x" * MANY,
)  # fmt: skip
AWKWARD: dict[str, tuple[str, ...]] = {
    "int2": ("0", "-1", "32767", "-32768"),
    "int4": ("0", "-1", "40000", "2147483647", "-2147483648"),
    "int8": ("0", "-1", "40000", "3000000000", "9223372036854775807", "-9223372036854775808"),
    "numeric": (
        "0",
        "-1",
        "0.1",
        "-0.000000001",
        "123456789.123456789",
        "40000",
        "3000000000",
        "1e30",
        "NaN",
        "Infinity",
        "-Infinity",
    ),
    "float4": ("0", "-1", "-0", "0.1", "3.4e38", "-3.4e38", "1e-37", "NaN", "Infinity"),
    "float8": ("0", "-1", "-0", "0.1", "3e9", "1.7e308", "-1.7e308", "1e-307", "NaN", "Infinity"),
    "money": ("0", "-1", "0.01", "92233720368547758.07", "-92233720368547758.08"),
    "bool": ("true", "false"),
    "text": _WORDS,
    "varchar": _WORDS,
    "bpchar": _WORDS,
    "citext": _WORDS,
    "name": ("", "abc", "ABC", "1e400", "x" * 63),
    "char": ("", " ", "a", "A", "1"),
    "date": (
        "2024-02-29",
        "infinity",
        "-infinity",
        "4713-01-01 BC",
        "0001-01-01",
        "9999-12-31",
        "5874897-12-31",
        "1969-12-31",
    ),
    "timestamp": _STAMPS,
    "timestamptz": _STAMPS,
    "time": ("00:00:00", "24:00:00", "23:59:59.999999"),
    "timetz": ("00:00:00+00", "24:00:00-15:59", "23:59:59.999999+15:59"),
    "interval": (
        "0",
        "-1 year",
        "1 mon -1 day 00:00:00.000001",
        "178000000 years",
        "999:59:59",
        "infinity",
    ),
    "uuid": (
        "00000000-0000-0000-0000-000000000000",
        "ffffffff-ffff-ffff-ffff-ffffffffffff",
        UUID,
    ),
    "bytea": ("", r"\x00", r"\xff00fe", r"\x" + "00" * MANY),
    "json": (*_JSON, r'"\u0000"'),
    "jsonb": _JSON,
    "jsonpath": ("$", "$.a[*] ? (@ > 1)"),
    "xml": ("", "text", "<a/>", "<a><b>1</b><b/></a>"),
    "inet": ("0.0.0.0/0", "255.255.255.255", "10.0.0.1/8", "::/0", "::1", "fe80::1/64"),
    "cidr": ("0.0.0.0/0", "255.255.255.255/32", "10.0.0.0/8", "::/0", "::1/128"),
    "macaddr": ("00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff"),
    "macaddr8": ("00:00:00:00:00:00:00:00", "ff:ff:ff:ff:ff:ff:ff:ff"),
    "bit": ("", "0", "1", "1" * 64),
    "varbit": ("", "0", "1", "01" * 200),
    "tsvector": ("", "'a'", "'cat':3A 'fat':2B,4"),
    "tsquery": ("", "'a'", "'fat' & !'cat':B | 'd':*"),
    "point": ("(0,0)", "(-1e300,1e300)", "(Infinity,NaN)"),
    "line": ("{1,0,0}", "{0,1,-1e300}"),
    "lseg": ("[(0,0),(0,0)]", "[(-1e300,0),(1e300,0)]"),
    "box": ("(0,0),(0,0)", "(1e300,1e300),(-1e300,-1e300)"),
    "path": ("[(0,0)]", "((0,0),(1,1),(2,0))"),
    "polygon": ("((0,0))", "((0,0),(1,1),(2,0))"),
    "circle": ("<(0,0),0>", "<(0,0),1e300>"),
    "oid": ("0", "4294967295"),
    "xid": ("0", "4294967295"),
    "cid": ("0", "4294967295"),
    "xid8": ("0", "18446744073709551615"),
    "tid": ("(0,0)", "(4294967295,65535)"),
    "pg_lsn": ("0/0", "FFFFFFFF/FFFFFFFF"),
    "pg_snapshot": ("10:20:10,14",),
    "txid_snapshot": ("10:20:10,14",),
    "regclass": ("pg_class", "pg_type"),
    "regtype": ("text", "integer"),
    "regproc": ("now", "version"),
    "regprocedure": ("now()", "version()"),
    "regnamespace": ("pg_catalog", "information_schema"),
    "regrole": ("pg_monitor", "pg_read_all_stats"),
    "regconfig": ("simple", "english"),
    "regdictionary": ("simple", "english_stem"),
    "regcollation": ('"C"', '"default"'),
    "int2vector": ("", "1 2"),
    "oidvector": ("", "1 2"),
    "hstore": ("", '""=>""', "a=>NULL", "a=>1, b=>2"),
    "ltree": ("", "a", "A", "a.b.c"),
    "lquery": ("*", "a.*{1,2}"),
    "ltxtquery": ("a & b",),
}
_NUMBERS = ("1", "2", "3", "7", "42")
_WORDS_PLAIN = ("1", "42", "7", UUID, "2024-01-15", "true", "false", "ordinary", "a@example.com")
_DAYS = ("2024-01-15", "2023-06-30", "2024-01-15", "2020-12-01")
_TIMES = tuple(f"{day} 10:30:00" for day in _DAYS)
ORDINARY: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("int2", "int4", "int8", "float4", "float8", "numeric", "money"), _NUMBERS),
    **dict.fromkeys(("text", "varchar", "bpchar", "citext"), _WORDS_PLAIN),
    "bool": ("true", "false"),
    "date": _DAYS,
    "timestamp": _TIMES,
    "timestamptz": _TIMES,
    "json": ('{"name":"a","count":1}', '{"name":"b","count":2}'),
    "jsonb": ('{"name":"a","count":1}', '{"name":"b","count":2}'),
}
# Candidate texts for an unknown type, mostly an extension's.
_GUESSES = (
    "1", "0", "a", "A", "", "1.5", "{}", "[]", "()", "(1,2)", "[1,2]", "[1,2)", "{1,2}", "1,2",
    "(1,2),(3,4)", "1..2", "a.b", "a=>1", "1.2.3", "1:2:1", "{1:1}/3", UUID, "2024-01-15",
    "10.0.0.0/8", "POINT(1 1)", "SRID=4326;POINT(1 1)", "LINESTRING(0 0,1 1)",
    "POLYGON((0 0,0 1,1 1,0 0))", "MULTIPOLYGON(((0 0,0 1,1 1,0 0)))", "POINT Z(1 1 1)",
    "MULTIPOINT(0 0,1 1)", "978-0-393-04002-9", "0-393-04002-X", "1 USD", "1 m", "en_US",
)  # fmt: skip


class Values(Struct, frozen=True):
    """Values proposed for a type. ``series`` is SQL that makes a text of the number ``k``, a
    different one for each; ``ordinary`` and ``awkward`` are texts.
    """

    series: tuple[str, ...]
    ordinary: tuple[str, ...]
    awkward: tuple[str, ...]


class Proposals:
    """Proposes values for the types of a database."""

    def __init__(self, types: dict[int, FillType]) -> None:
        self._types = types

    def of(self, oid: int, modifier: int = -1, *, depth: int = 0) -> Values:
        """The values proposed for a type with its modifier (``atttypmod``)."""
        kind = self._types[oid]
        if kind.kind == "d":
            return self.of(kind.element, kind.modifier, depth=depth)
        if kind.kind == "e":
            return Values((), kind.labels, kind.labels)
        if depth > 3:
            return Values((), (), ())
        if kind.array:
            return _arrays(self.of(kind.element, modifier, depth=depth + 1))
        if kind.kind == "r":
            return _ranges(self.of(kind.element, depth=depth + 1))
        if kind.kind == "m":
            return _multiranges(self.of(kind.element, depth=depth + 1))
        if kind.kind == "c":
            return _rows([self.of(t, m, depth=depth + 1) for t, m in kind.fields])
        return _scalars(kind, modifier)


def _scalars(kind: FillType, modifier: int) -> Values:
    name = kind.name
    awkward = AWKWARD.get(name)
    if awkward is None or not (kind.builtin or name in ("citext", "hstore", "ltree", "lquery")):
        return _unknown(modifier)
    if name == "numeric" and modifier >= 4:
        scale = (modifier - 4) & 0x7FF
        whole = ((modifier - 4) >> 16 & 0xFFFF) - (scale if scale < 1024 else scale - 2048)
        most = "9" * max(whole, 0) + ("." + "9" * scale if 0 < scale < 1024 else "")
        awkward = (*awkward, most, f"-{most}")
    series = () if name.startswith("reg") else _series(name, modifier)
    return Values(series, ORDINARY.get(name, ()), awkward)


def _unknown(modifier: int) -> Values:
    """A vector takes as many numbers as its modifier says; other types take one, two or several."""
    size = modifier if 0 < modifier <= 20000 else 3
    many = f"array_to_string(array_fill(k::text, ARRAY[{size}]), ',')"
    series = (
        "k::text", f"'[' || {many} || ']'", "'a' || k", "format('(%s,%s)', k, k)",
        "format('[%s,%s]', k, k)", "format('1.%s.0', k)", f"format('{{1:%s}}/{size}', k)",
        "format('POINT(%s %s)', k % 80, k % 90)",
        "format('SRID=4326;POINT(%s %s)', k % 80, k % 90)",
    )  # fmt: skip
    vector = "[" + ",".join(["0.5"] * size) + "]"
    return Values(series, (), (*_GUESSES, vector, vector.replace("0.5", "0"), f"{{1:1}}/{size}"))


def _series(name: str, modifier: int) -> tuple[str, ...]:
    """SQL for different texts for different ``k``; the first that the type takes is used."""
    limit = modifier - 4 if name in ("varchar", "bpchar") and modifier > 4 else 0
    if limit == 1:
        letters = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
        return (f"substr('{letters}', (k % 62)::int + 1, 1)",)
    if limit:
        return (f"(k % {10 ** min(limit, 18)})::text",)
    if name == "bit":
        return (f"right(k::bit(64)::text, {max(modifier, 1)})",)
    stamp = "('2024-01-01'::timestamp + k * '1 minute'::interval)::text"
    special = {
        "int2": "(k % 32768)::text",
        "char": "chr((33 + k % 94)::int)",
        "bool": "(k % 2 = 1)::text",
        "uuid": "'00000000-0000-4000-8000-' || lpad(to_hex(k), 12, '0')",
        "date": "('2024-01-01'::date + (k % 100000)::int)::text",
        "timestamp": stamp,
        "timestamptz": f"{stamp} || '+00'",
        "time": "('00:00'::time + k * '1 second'::interval)::text",
        "timetz": "('00:00'::time + k * '1 second'::interval)::text || '+00'",
        "interval": "k || ' minutes'",
        "bytea": r"'\x' || lpad(to_hex(k), 8, '0')",
        "json": "format('{\"k\": %s}', k)",
        "jsonb": "format('{\"k\": %s}', k)",
        "jsonpath": "format('$[%s]', k)",
        "xml": "format('<a>%s</a>', k)",
        "inet": "host('10.0.0.0'::inet + k)",
        "cidr": "host('10.0.0.0'::inet + k)",
        "macaddr": "lpad(to_hex(k), 12, '0')",
        "macaddr8": "lpad(to_hex(k), 16, '0')",
        "varbit": "k::bit(32)::text",
        "point": "format('(%s,%s)', k, k)",
        "line": "format('{1,1,%s}', k)",
        "lseg": "format('[(0,0),(%s,1)]', k)",
        "box": "format('(%s,%s),(%s,%s)', 2 * k + 1, 1, 2 * k, 0)",
        "path": "format('[(0,0),(%s,1)]', k)",
        "polygon": "format('((0,0),(%s,1),(1,0))', k)",
        "circle": "format('<(%s,0),0.4>', k)",
        "tid": "format('(%s,1)', k)",
        "pg_lsn": "'0/' || to_hex(k)",
        "hstore": "format('k=>%s', k)",
        "pg_snapshot": "format('%s:%s:', k, k)",
        "txid_snapshot": "format('%s:%s:', k, k)",
    }
    return (special.get(name, "k::text"),)


def _quoted(text: str) -> str:
    return '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'


def _arrays(element: Values) -> Values:
    few = [*element.ordinary, *element.awkward][:3]
    one = [f"{{{_quoted(text)}}}" for text in few[:1]]
    both = [f"{{{{{_quoted(text)}}},{{{_quoted(text)}}}}}" for text in few[:1]]
    all_ = "{" + ",".join(_quoted(text) for text in (*few, *few[:1])) + "}"
    odd = [f"{{{_quoted(text)}}}" for text in element.awkward]
    some = [f"{{{_quoted(text)},NULL}}" for text in few[:1]]
    series = tuple(f"ARRAY[{text}]::text" for text in element.series)
    return Values(series, (*one, all_), ("{}", "{NULL}", *some, *both, *odd))


def _ranges(bound: Values) -> Values:
    """Ranges of consecutive numbers do not overlap."""
    series = tuple(
        f"'[' || quote_ident({text}) || ',' || quote_ident({_next(text)}) || ')'"
        for text in bound.series
    )
    ends = [_quoted(text) for text in bound.awkward]
    odd = [f"[{text},{text}]" for text in ends] + [f"[{text},)" for text in ends[:3]]
    plain = [f"[{_quoted(text)},)" for text in bound.ordinary[:2]]
    return Values(series, tuple(plain), ("empty", "(,)", *odd))


def _next(series: str) -> str:
    return shifted(series, 1)


def shifted(series: str, by: int) -> str:
    """A series that begins elsewhere."""
    return re.sub(r"\bk\b(?!=>)", f"(k + {by})", series)


def _multiranges(part: Values) -> Values:
    series = tuple(f"'{{' || {text} || '}}'" for text in part.series)
    odd = tuple(f"{{{text}}}" for text in part.awkward)
    return Values(series, tuple(f"{{{text}}}" for text in part.ordinary), ("{}", *odd))


def _rows(fields: list[Values]) -> Values:
    """Fields by their first series; one field awkward at a time."""
    if not fields or not all(f.series or f.ordinary or f.awkward for f in fields):
        return Values((), (), ())
    made = [(f.series or tuple(map(text_literal, f.ordinary or f.awkward)))[0] for f in fields]
    series = f"ROW({', '.join(made)})::text"
    plain = [next(iter((*f.ordinary, *f.awkward))) for f in fields]
    odd = [[*plain[:i], v, *plain[i + 1 :]] for i, f in enumerate(fields) for v in f.awkward]
    empty = "(" + "," * (len(fields) - 1) + ")"
    rows = ["(" + ",".join(map(_quoted, row)) + ")" for row in (plain, *odd)]
    return Values((series,), (rows[0],), (empty, *rows[1:]))
