from __future__ import annotations

import pytest
from postgast import pg_query_pb2 as pb

from checker.model.changes import (
    AddColumn,
    AddConstraint,
    AlterColumn,
    AlterColumnType,
    AlterDomain,
    AlterObject,
    AlterTable,
    Change,
    ChangePrivileges,
    Column,
    Constraint,
    DropColumn,
    DropConstraint,
    DropDefault,
    DropNotNull,
    MoveTable,
    Name,
    RenameColumn,
    RenameConstraint,
    RenameIndex,
    RenameObject,
    RenameTable,
    RenameType,
    SetDefault,
    SetNotNull,
    Type,
    ValidateConstraint,
)
from checker.sql.postgres import alter
from tests.sql.reading import change, changes, statements

T = Name("t")


def test_five_commands_are_five_changes_in_order() -> None:
    sql = """ALTER TABLE t DROP COLUMN a, ADD COLUMN b TEXT NOT NULL, ALTER COLUMN c SET NOT NULL,
        ALTER c DROP DEFAULT, ADD CONSTRAINT k UNIQUE (b)"""
    assert changes(sql) == [
        DropColumn(T, "a"),
        AddColumn(T, Column("b", Type("text"), not_null=True)),
        SetNotNull(T, "c"),
        DropDefault(T, "c"),
        AddConstraint(T, Constraint("unique", ("b",), "k")),
    ]


COMMANDS: list[tuple[str, Change]] = [
    ("DROP COLUMN IF EXISTS a CASCADE", DropColumn(T, "a", cascade=True, if_exists=True)),
    ("ADD IF NOT EXISTS a int", AddColumn(T, Column("a", Type("integer")), if_not_exists=True)),
    (
        "ADD a int CONSTRAINT u UNIQUE",
        AddColumn(T, Column("a", Type("integer")), (Constraint("unique", ("a",), "u"),)),
    ),
    ("ALTER a SET DEFAULT 'x'", SetDefault(T, "a", "'x'")),
    ("ALTER a SET DEFAULT NULL", SetDefault(T, "a", "NULL")),
    ("ALTER a DROP NOT NULL", DropNotNull(T, "a")),
    (
        'ALTER a TYPE varchar(5) COLLATE "C" USING a::varchar(5)',
        AlterColumnType(T, "a", Type("character varying", None, ("5",)), "a::varchar(5)", "C"),
    ),
    ("ALTER a ADD GENERATED ALWAYS AS IDENTITY", AlterColumn(T, "a", "ADD IDENTITY")),
    ("ALTER a SET STORAGE external", AlterColumn(T, "a", "SET STORAGE")),
    ("ALTER a DROP EXPRESSION", AlterColumn(T, "a", "DROP EXPRESSION")),
    ("DROP CONSTRAINT IF EXISTS c CASCADE", DropConstraint(T, "c", cascade=True, if_exists=True)),
    ("VALIDATE CONSTRAINT c", ValidateConstraint(T, "c")),
    (
        "ADD CONSTRAINT c CHECK (a > 0) NOT VALID",
        AddConstraint(T, Constraint("check", ("a",), "c", "a > 0", not_valid=True)),
    ),
    (
        "ADD CONSTRAINT c UNIQUE USING INDEX i",
        AddConstraint(T, Constraint("unique", (), "c", using_index="i")),
    ),
    ("ADD CONSTRAINT c NOT NULL a", AddConstraint(T, Constraint("not_null", ("a",), "c"))),
    ("ENABLE ROW LEVEL SECURITY", AlterTable(T, "ENABLE ROW LEVEL SECURITY")),
    (
        "SET (fillfactor = 70, autovacuum_enabled)",
        AlterTable(T, "SET (fillfactor, autovacuum_enabled)"),
    ),
    ("SET UNLOGGED", AlterTable(T, "SET UNLOGGED")),
    ("SET ACCESS METHOD heap", AlterTable(T, "SET ACCESS METHOD", Name("heap"))),
    ("SET TABLESPACE x", AlterTable(T, "SET TABLESPACE", Name("x"))),
    ("DISABLE TRIGGER x", AlterTable(T, "DISABLE TRIGGER", Name("x"))),
    ("ALTER CONSTRAINT c DEFERRABLE", AlterTable(T, "ALTER CONSTRAINT", Name("c"))),
    ("ATTACH PARTITION s.p DEFAULT", AlterTable(T, "ATTACH PARTITION", Name("p", "s"))),
    (
        "DETACH PARTITION p CONCURRENTLY",
        AlterTable(T, "DETACH PARTITION", Name("p"), concurrently=True),
    ),
    ("INHERIT p", AlterTable(T, "INHERIT", Name("p"))),
    ("OF ty", AlterTable(T, "OF", Name("ty"))),
    ("REPLICA IDENTITY FULL", AlterTable(T, "REPLICA IDENTITY")),
    ("OWNER TO CURRENT_USER", ChangePrivileges("OWNER TO", (T,), ("CURRENT_USER",))),
    ("RENAME TO u", RenameTable(T, "u")),
    ("RENAME a TO b", RenameColumn(T, "a", "b")),
    ("RENAME CONSTRAINT a TO b", RenameConstraint(T, "a", "b")),
    ("SET SCHEMA s", MoveTable(T, "s")),
]


@pytest.mark.parametrize(("command", "expected"), COMMANDS, ids=[c for c, _ in COMMANDS])
def test_a_command(command: str, expected: Change) -> None:
    (statement,) = statements(f"ALTER TABLE t {command}")
    assert (statement.kind, statement.changes) == ("ALTER TABLE", (expected,))


OTHERS: list[tuple[str, str, Change]] = [
    ("ALTER FOREIGN TABLE t DROP a", "ALTER FOREIGN TABLE", DropColumn(T, "a")),
    ("ALTER INDEX s.a RENAME TO b", "ALTER INDEX", RenameIndex(Name("a", "s"), "b")),
    (
        "ALTER INDEX a SET TABLESPACE x",
        "ALTER INDEX",
        AlterObject("INDEX", Name("a"), "SET TABLESPACE"),
    ),
    ("ALTER VIEW a RENAME TO b", "ALTER VIEW", RenameObject("VIEW", Name("a"), "b")),
    ("ALTER VIEW a RENAME c TO d", "ALTER VIEW", AlterObject("VIEW", Name("a"), "RENAME COLUMN")),
    (
        "ALTER VIEW a ALTER c SET DEFAULT 1",
        "ALTER VIEW",
        AlterObject("VIEW", Name("a"), "ALTER COLUMN DEFAULT"),
    ),
    (
        "ALTER SEQUENCE a OWNER TO b",
        "ALTER SEQUENCE",
        ChangePrivileges("OWNER TO", (Name("a"),), ("b",)),
    ),
    (
        "ALTER SEQUENCE a RESTART OWNED BY NONE",
        "ALTER SEQUENCE",
        AlterObject("SEQUENCE", Name("a"), "RESTART, OWNED BY"),
    ),
    (
        "ALTER MATERIALIZED VIEW a RENAME TO b",
        "ALTER MATERIALIZED VIEW",
        RenameObject("MATERIALIZED VIEW", Name("a"), "b"),
    ),
    ("ALTER TYPE a RENAME TO b", "ALTER TYPE", RenameType(Name("a"), "b")),
    (
        "ALTER TYPE a ADD ATTRIBUTE b int",
        "ALTER TYPE",
        AlterObject("TYPE", Name("a"), "ADD ATTRIBUTE"),
    ),
    (
        "ALTER TYPE a RENAME ATTRIBUTE b TO c",
        "ALTER TYPE",
        AlterObject("TYPE", Name("a"), "RENAME ATTRIBUTE"),
    ),
    (
        "ALTER TYPE a SET SCHEMA s",
        "ALTER TYPE",
        AlterObject("TYPE", Name("a"), "SET SCHEMA", argument="s"),
    ),
    (
        "ALTER SEQUENCE a OWNED BY s.t.c",
        "ALTER SEQUENCE",
        AlterObject("SEQUENCE", Name("a"), "OWNED BY", Name("t", "s"), "c"),
    ),
    (
        "ALTER DOMAIN a RENAME CONSTRAINT b TO c",
        "ALTER DOMAIN",
        AlterDomain(Name("a"), "RENAME CONSTRAINT", name="b", to="c"),
    ),
    ("ALTER DOMAIN a RENAME TO b", "ALTER DOMAIN", RenameType(Name("a"), "b")),
    ("ALTER DOMAIN a SET NOT NULL", "ALTER DOMAIN", AlterDomain(Name("a"), "SET NOT NULL")),
    ("ALTER DOMAIN a DROP DEFAULT", "ALTER DOMAIN", AlterDomain(Name("a"), "DROP DEFAULT")),
    (
        "ALTER DOMAIN a ADD CONSTRAINT c CHECK (value > 0) NOT VALID",
        "ALTER DOMAIN",
        AlterDomain(
            Name("a"),
            "ADD CONSTRAINT",
            Constraint("check", (), "c", "value > 0", not_valid=True),
        ),
    ),
    ("ALTER POLICY p ON t RENAME TO q", "ALTER POLICY", RenameObject("POLICY", Name("p"), "q", T)),
    (
        "ALTER TRIGGER p ON t RENAME TO q",
        "ALTER TRIGGER",
        RenameObject("TRIGGER", Name("p"), "q", T),
    ),
    ("ALTER SCHEMA a RENAME TO b", "ALTER SCHEMA", RenameObject("SCHEMA", Name("a"), "b")),
    (
        "ALTER FUNCTION s.f(int) RENAME TO g",
        "ALTER FUNCTION",
        RenameObject("FUNCTION", Name("f", "s"), "g"),
    ),
    (
        "ALTER FUNCTION f OWNER TO b",
        "ALTER FUNCTION",
        ChangePrivileges("OWNER TO", (Name("f"),), ("b",)),
    ),
]


@pytest.mark.parametrize(("sql", "kind", "expected"), OTHERS, ids=[sql for sql, *_ in OTHERS])
def test_alter_of_other_objects(sql: str, kind: str, expected: Change) -> None:
    (statement,) = statements(sql)
    assert (statement.kind, statement.changes) == (kind, (expected,))


def test_every_command_of_the_grammar_is_known() -> None:
    """What is not known is made by PostgreSQL itself after parsing."""
    internal = {
        "ALTER_TABLE_TYPE_UNDEFINED", "AT_AddColumnToView", "AT_CookedColumnDefault",
        "AT_AddIndex", "AT_ReAddIndex", "AT_ReAddConstraint", "AT_ReAddDomainConstraint",
        "AT_AddIndexConstraint", "AT_ReAddComment", "AT_ReplaceRelOptions", "AT_ReAddStatistics",
    }  # fmt: skip
    known = (
        set(alter._COMMANDS)
        | set(alter._COLUMN_COMMANDS)
        | set(alter._TABLE_COMMANDS)
        | {pb.AT_ChangeOwner}
    )
    every = {name for name, value in pb.AlterTableType.items() if value not in known}
    assert every == internal


def test_alter_table_on_a_sequence_cannot_be_told_from_a_table() -> None:
    assert change("ALTER TABLE t_id_seq RENAME TO u") == RenameTable(Name("t_id_seq"), "u")
