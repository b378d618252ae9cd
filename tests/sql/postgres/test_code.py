from __future__ import annotations

import pytest

from checker.model.changes import (
    AddColumn,
    AddConstraint,
    AddEnumValue,
    Change,
    Constraint,
    ControlTransaction,
    CreateEnum,
    DeleteRows,
    DropTable,
    InsertRows,
    Name,
    RunCode,
    Type,
    UpdateRows,
)
from tests.sql.reading import changes, statements

T = Name("t")
DO = RunCode("DO")


def block(body: str, declare: str = "") -> list[Change]:
    first, *inner = changes(f"DO $body$ {declare} BEGIN {body} END $body$")
    assert first == DO
    return inner


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("NULL;", []),
        (
            "IF NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = 'c') THEN "
            "ALTER TABLE t ADD CONSTRAINT c UNIQUE (a); END IF;",
            [AddConstraint(T, Constraint("unique", ("a",), "c"))],
        ),
        (
            "CREATE TYPE e AS ENUM ('a'); EXCEPTION WHEN duplicate_object THEN NULL;",
            [CreateEnum(Name("e"), ("a",))],
        ),
        ("DROP TABLE t; EXCEPTION WHEN OTHERS THEN DROP TABLE u;",
         [DropTable(T), DropTable(Name("u"))]),
        ("EXECUTE 'DROP TABLE t; DROP TABLE u';", [DropTable(T), DropTable(Name("u"))]),
        ("EXECUTE $x$ALTER TYPE e ADD VALUE 'b'$x$;", [AddEnumValue(Name("e"), "b")]),
        ("EXECUTE E'DROP\\nTABLE t';", [DropTable(T)]),
        ("EXECUTE 'DROP TABLE ' || 't';", []),
        ("EXECUTE format('DROP TABLE %I', 't');", []),
        ("EXECUTE 'not SQL';", []),
        ("IF a THEN DELETE FROM t; ELSIF b THEN UPDATE t SET x = 1; "
         "ELSE INSERT INTO t VALUES (1); END IF;",
         [DeleteRows(T, False), UpdateRows(T, ("x",), False), InsertRows(T)]),
        ("CASE a WHEN 1 THEN DELETE FROM t; ELSE DROP TABLE t; END CASE;",
         [DeleteRows(T, False), DropTable(T)]),
        ("LOOP DELETE FROM t WHERE a; EXIT; END LOOP;", [DeleteRows(T)]),
        ("FOR i IN 1..3 LOOP DELETE FROM t WHERE a = i; END LOOP;", [DeleteRows(T)]),
        ("FOR r IN DELETE FROM t RETURNING * LOOP NULL; END LOOP;", [DeleteRows(T, False)]),
        ("FOR r IN SELECT 1 LOOP EXECUTE 'DROP TABLE ' || r.x; END LOOP;", []),
        ("SELECT count(*) INTO n FROM t;", []),
        ("PERFORM f();", [RunCode("SELECT", Name("f"))]),
        ("PERFORM 1 FROM t;", []),
        ("CALL p();", [RunCode("CALL", Name("p"))]),
        ("COMMIT;", [ControlTransaction("COMMIT")]),
        ("BEGIN BEGIN DROP TABLE t; END; END;", [DropTable(T)]),
        ("EXECUTE 'DO $x$ BEGIN DROP TABLE t; END $x$';", [DO, DropTable(T)]),
    ],
)  # fmt: skip
def test_what_a_block_contains_is_read(body: str, expected: list[Change]) -> None:
    assert block(body, "DECLARE r record; n int; a int; b int;") == expected


@pytest.mark.parametrize(
    "declared",
    [
        'a "Role"[]',
        "a s.role[]",
        'a "Role"[] := ARRAY[]::"Role"[]',
        "a text[]",
        'a "S"."Role"',
        "a s.t%ROWTYPE",
        "a s.e; b x[]",
    ],
)
def test_a_block_may_declare_variables_of_any_type(declared: str) -> None:
    body = "ALTER TABLE t ADD COLUMN c text[];"
    (found,) = block(body, f"DECLARE {declared};")
    assert isinstance(found, AddColumn)
    assert found.column.type == Type("text", array=True)


def test_a_block_may_contain_any_quote() -> None:
    assert changes("DO 'BEGIN DELETE FROM t WHERE a = ''$_$''; END'") == [DO, DeleteRows(T)]


@pytest.mark.parametrize(
    "sql",
    [
        "DO LANGUAGE plv8 $$ BEGIN DROP TABLE t; END $$",
        "DO $$ BEGIN DROP TABL t; END $$",
        "DO $$ this is not PL/pgSQL $$",
        "DO $$ $$",
    ],
)
def test_a_block_that_cannot_be_read_is_code(sql: str) -> None:
    assert changes(sql) == [DO]


def test_a_block_is_one_statement() -> None:
    (statement,) = statements("DO $$ BEGIN DROP TABLE t; DROP TABLE u; END $$;")
    assert (statement.kind, len(statement.changes)) == ("DO", 3)
