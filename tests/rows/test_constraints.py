"""Every row satisfies every constraint, and each table gets as many as its constraints allow."""

from __future__ import annotations

import pytest

from checker.rows import Style
from tests.rows.conftest import Fills
from tests.rows.helpers import texts

FULL: dict[str, tuple[str, tuple[str, ...]]] = {
    "ranges of numbers": (
        "CREATE TABLE t (a int NOT NULL CHECK (a BETWEEN 18 AND 120), b numeric(4,2) NOT NULL "
        "CHECK (b > 0 AND b <= 1), c smallint NOT NULL CHECK (c % 7 = 3))",
        ("t",),
    ),
    "texts of a form": (
        r"CREATE TABLE t (a text NOT NULL CHECK (a ~ '^[A-Z]{2}\d{6}$') UNIQUE, b varchar(40) NOT "
        r"NULL CHECK (b ~* '^[^@ ]+@[^@ ]+\.[a-z]{2,}$'), c text NOT NULL CHECK (c LIKE 'cus\_%'), "
        "d text NOT NULL CHECK (length(d) = 9), e text NOT NULL CHECK (e = upper(e) AND e <> ''), "
        "f text NOT NULL CHECK (btrim(f) = f AND char_length(f) BETWEEN 3 AND 5))",
        ("t",),
    ),
    "few values": (
        "CREATE TABLE t (a text NOT NULL CHECK (a IN ('draft', 'sent', 'paid')), "
        "b text[] NOT NULL CHECK (b <@ ARRAY['x', 'y'] AND cardinality(b) > 0), "
        "c char(2) NOT NULL CHECK (c = 'DE' OR c = 'AT'))",
        ("t",),
    ),
    "documents": (
        "CREATE TABLE t (a jsonb NOT NULL CHECK (jsonb_typeof(a) = 'object'), b jsonb NOT NULL "
        "CHECK (b ? 'kind' AND b ->> 'kind' IN ('a', 'b')), c jsonb NOT NULL "
        "CHECK (jsonb_typeof(c -> 'items') = 'array'), d json CHECK (json_typeof(d) = 'array'))",
        ("t",),
    ),
    "columns together": (
        "CREATE TABLE t (a date NOT NULL, b date NOT NULL, c int, d int, e int, k text NOT NULL, "
        "low int NOT NULL, high int NOT NULL, CHECK (a < b), CHECK (num_nonnulls(c, d, e) = 1), "
        "CHECK ((k = 'c') = (c IS NOT NULL)), CHECK (k IN ('c', 'other')), "
        "CHECK (low < high AND high <= low + 10))",
        ("t",),
    ),
    "many columns of which one": (
        "CREATE TABLE t (" + ", ".join(f"c{i} int" for i in range(14)) + ", CHECK (num_nonnulls("
        + ", ".join(f"c{i}" for i in range(14)) + ") = 1))",
        ("t",),
    ),
    "a reference or another": (
        "CREATE TABLE u (id uuid PRIMARY KEY); CREATE TABLE o (id bigserial PRIMARY KEY); "
        "CREATE TABLE t (u uuid REFERENCES u, o bigint REFERENCES o, CHECK ((u IS NULL) <> "
        "(o IS NULL)))",
        ("u", "o", "t"),
    ),
    "domains": (
        "CREATE DOMAIN pos AS int NOT NULL CHECK (VALUE > 0); CREATE DOMAIN pct AS pos CHECK "
        "(VALUE <= 100); CREATE DOMAIN iso AS char(3) CHECK (VALUE ~ '^[A-Z]{3}$'); "
        "CREATE DOMAIN tags AS text[] CHECK (array_length(VALUE, 1) <= 3); "
        "CREATE TABLE t (a pct, b iso NOT NULL, c pos[], d tags NOT NULL, id pos PRIMARY KEY); "
        "CREATE TABLE s (t pos REFERENCES t)",
        ("t", "s"),
    ),
    "keys of parts": (
        "CREATE TABLE org (id uuid PRIMARY KEY); CREATE TABLE usr (org uuid REFERENCES org, id "
        "int, PRIMARY KEY (org, id)); CREATE TABLE prj (org uuid REFERENCES org, id int, boss int, "
        "PRIMARY KEY (org, id), FOREIGN KEY (org, boss) REFERENCES usr); CREATE TABLE tsk (org "
        "uuid NOT NULL, prj int NOT NULL, usr int NOT NULL, FOREIGN KEY (org, prj) REFERENCES prj, "
        "FOREIGN KEY (org, usr) REFERENCES usr, UNIQUE (prj, usr))",
        ("org", "usr", "prj", "tsk"),
    ),
    "match full": (
        "CREATE TABLE p (a int, b int, PRIMARY KEY (a, b)); CREATE TABLE t (a int, b int, "
        "FOREIGN KEY (a, b) REFERENCES p MATCH FULL)",
        ("p", "t"),
    ),
    "itself": (
        "CREATE TABLE t (id serial PRIMARY KEY, parent int REFERENCES t, root int NOT NULL "
        "REFERENCES t, next int UNIQUE REFERENCES t, org int NOT NULL, up int, UNIQUE (org, id), "
        "FOREIGN KEY (org, up) REFERENCES t (org, id))",
        ("t",),
    ),
    "in a circle": (
        "CREATE TABLE a (id uuid PRIMARY KEY, b int NOT NULL); CREATE TABLE b (id serial PRIMARY "
        "KEY, c text NOT NULL); CREATE TABLE c (id text PRIMARY KEY, a uuid NOT NULL REFERENCES a "
        "DEFERRABLE INITIALLY DEFERRED); ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b; "
        "ALTER TABLE b ADD FOREIGN KEY (c) REFERENCES c",
        ("a", "b", "c"),
    ),
    "one to one": (
        "CREATE TABLE u (id text PRIMARY KEY); CREATE TABLE p (u text UNIQUE NOT NULL REFERENCES "
        "u); CREATE TABLE q (id text PRIMARY KEY REFERENCES u)",
        ("u", "p", "q"),
    ),
    "unique in other ways": (
        "CREATE TABLE t (id int, slug text, active boolean NOT NULL, gone timestamptz, n int); "
        "CREATE UNIQUE INDEX ON t (lower(slug)); CREATE UNIQUE INDEX ON t (id) WHERE gone IS NULL; "
        "CREATE UNIQUE INDEX ON t (active) WHERE active; "
        "ALTER TABLE t ADD UNIQUE (n) DEFERRABLE INITIALLY DEFERRED",
        ("t",),
    ),
    "combinations of few": (
        "CREATE TYPE e AS ENUM ('a', 'b', 'c', 'd'); CREATE TABLE t (a e NOT NULL, b e NOT NULL, "
        "c smallint NOT NULL CHECK (c BETWEEN 1 AND 5), UNIQUE (a, b, c))",
        ("t",),
    ),
    "not at the same time": (
        "CREATE TABLE t (a int4range NOT NULL, b tstzrange, EXCLUDE USING gist (a WITH &&), "
        "EXCLUDE USING gist (b WITH &&) DEFERRABLE)",
        ("t",),
    ),
    "computed": (
        "CREATE TABLE t (a int NOT NULL, b int GENERATED ALWAYS AS (a * 2) STORED UNIQUE, "
        "c text GENERATED ALWAYS AS ('x' || a::text) STORED, CHECK (b < 1000 AND b > 10), "
        "id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY)",
        ("t",),
    ),
    "parts of a table": (
        "CREATE TABLE r (id int, at date NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at); "
        "CREATE TABLE r1 PARTITION OF r FOR VALUES FROM ('1999-01-01') TO ('1999-02-01'); "
        "CREATE TABLE r2 PARTITION OF r FOR VALUES FROM ('1999-02-01') TO ('1999-03-01'); "
        "CREATE TABLE l (k text NOT NULL, v text) PARTITION BY LIST (k); "
        "CREATE TABLE l1 PARTITION OF l FOR VALUES IN ('x'); CREATE TABLE l2 PARTITION OF l FOR "
        "VALUES IN ('y', 'z') PARTITION BY RANGE (v); CREATE TABLE l3 PARTITION OF l2 DEFAULT; "
        "CREATE TABLE h (id uuid PRIMARY KEY) PARTITION BY HASH (id); "
        "CREATE TABLE h0 PARTITION OF h FOR VALUES WITH (MODULUS 2, REMAINDER 0); "
        "CREATE TABLE h1 PARTITION OF h FOR VALUES WITH (MODULUS 2, REMAINDER 1); "
        "CREATE TABLE d (a int) PARTITION BY RANGE (a); CREATE TABLE d1 PARTITION OF d DEFAULT; "
        "CREATE TABLE s (id int, at date, FOREIGN KEY (id, at) REFERENCES r)",
        ("r", "l", "h", "d", "s"),
    ),
    "heirs": (
        "CREATE TABLE p (id int PRIMARY KEY, a int CHECK (a > 7)); CREATE TABLE c (b text NOT "
        "NULL) INHERITS (p); CREATE TABLE r (p int NOT NULL REFERENCES p)",
        ("p", "c", "r"),
    ),
    "odd names": (
        'CREATE TABLE "a b""c%s" ("k" int NOT NULL, "v" int NOT NULL, "select" text, "i %(x)s" '
        'int, CHECK ("k" < "v"), CHECK ("select" <> \'%\'), CHECK ("i %(x)s" > 3), '
        'PRIMARY KEY ("k")); CREATE TABLE "n" ("k" int REFERENCES "a b""c%s")',
        ('a b"c%s', "n"),
    ),
    "no columns": ("CREATE TABLE t ()", ("t",)),
    "a condition that may fail": (
        "CREATE TABLE t (a int NOT NULL CHECK (100 / a > 20), b text NOT NULL CHECK (b::int > 5), "
        "c int NOT NULL, d int NOT NULL, CHECK (c / d = 2))",
        ("t",),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", list(FULL))
def test_tables_are_filled(name: str, style: Style, filled: Fills) -> None:
    schema, names = FULL[name]
    made = filled(schema, style)
    few = {table: made.rows(table) for table in names if made.rows(table) < 45}
    assert few == {}


def test_each_partition_gets_rows(filled: Fills) -> None:
    made = filled(FULL["parts of a table"][0])
    for part in ("r1", "r2", "l1", "l2", "l3", "h0", "h1", "d1"):
        assert made.rows(part) > 0


IMPOSSIBLE = {
    "CREATE TABLE t (a int NOT NULL CHECK (a > 5 AND a < 3))": 'CHECK "t_a_check" could not be',
    "CREATE TABLE t (a int NOT NULL, b int NOT NULL, CHECK (a < b), CHECK (b < a))":
        'CHECK "t_check" and "t_check1" could not be',
    "CREATE TABLE t (a int CHECK (false))": 'CHECK "t_check" could not be',
    "CREATE TABLE t (a text NOT NULL CHECK (md5(a) = 'd41d8cd98f00b204e9800998ecf8427f' "
    "AND a <> ''))": 'CHECK "t_a_check" could not be',
    "CREATE TABLE t (a int) PARTITION BY RANGE (a)": "it has no partition",
    "CREATE TYPE empty AS ENUM (); CREATE TABLE t (a empty NOT NULL)": "no value of type",
}  # fmt: skip


@pytest.mark.parametrize("schema", list(IMPOSSIBLE))
def test_what_cannot_be_filled_says_so(schema: str, style: Style, filled: Fills) -> None:
    made = filled(f"{schema}; CREATE TABLE other (id int PRIMARY KEY)", style)
    assert IMPOSSIBLE[schema] in made.problem("t")
    assert made.rows("other") == 60


def test_what_must_reference_it_says_so_too(style: Style, filled: Fills) -> None:
    made = filled(
        "CREATE TABLE t (id int PRIMARY KEY CHECK (false)); "
        "CREATE TABLE a (t int NOT NULL REFERENCES t); CREATE TABLE b (t int REFERENCES t)",
        style,
    )
    assert made.problem("a") == 'it must reference "t", which could not be filled'
    assert made.rows("b") == 60
    assert set(texts(made, "b", "t")) == {None}


def test_a_single_row_is_all_that_some_tables_take(style: Style, filled: Fills) -> None:
    made = filled(
        "CREATE TABLE t (id int PRIMARY KEY CHECK (id = 1), v text); "
        "CREATE TABLE s (t int NOT NULL REFERENCES t)",
        style,
    )
    assert (made.rows("t"), made.rows("s")) == (1, 60)
