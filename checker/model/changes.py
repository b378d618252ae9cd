"""What a statement changes, in the words of the database.

The same words serve for what was read in a migration and for what was observed in a
replay, so that the two can be compared. Every value is frozen and hashable.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

DEFAULT_SCHEMA = "public"
_PLAIN_TYPE = re.compile(r"[a-z_][a-z0-9_ ]*")


def quote(identifier: str) -> str:
    """An identifier as Prisma writes it: always quoted (PostgreSQL 4.1.1, Identifiers)."""
    return '"' + identifier.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text as a constant of SQL, where standard_conforming_strings is on (PostgreSQL 4.1.2.1)."""
    return "'" + text.replace("'", "''") + "'"


def safe_literal(text: str) -> str:
    """A text as a constant of SQL that every setting of a server reads alike (4.1.2.2)."""
    return "E" + literal(text.replace("\\", "\\\\")) if "\\" in text else literal(text)


class Name(Struct, frozen=True, order=True):
    """The name of a relation, type or other object. ``schema`` is None where none was written."""

    name: str
    schema: str | None = None

    @property
    def key(self) -> tuple[str, str]:
        """(schema, name), with the default schema where none was written."""
        return (self.schema or DEFAULT_SCHEMA, self.name)

    @property
    def sql(self) -> str:
        """The name quoted for SQL."""
        if self.schema is None:
            return quote(self.name)
        return f"{quote(self.schema)}.{quote(self.name)}"

    def __str__(self) -> str:
        """The name for people: ``User`` or ``auth.User``."""
        return self.name if self.schema is None else f"{self.schema}.{self.name}"


class Type(Struct, frozen=True):
    """A data type. ``name`` is PostgreSQL's long name where it has one (``character varying``).

    ``modifiers`` are the figures in parentheses as text: ``("10", "2")`` of numeric(10,2).
    """

    name: str
    schema: str | None = None
    modifiers: tuple[str, ...] = ()
    array: bool = False

    @property
    def sql(self) -> str:
        """The type for SQL: a name that would not survive unquoted is quoted."""
        plain = _PLAIN_TYPE.fullmatch(self.name) is not None
        name = self.name if plain else quote(self.name)
        schema = None if self.schema is None else quote(self.schema)
        return str(Type(name, schema, self.modifiers, self.array))

    def __str__(self) -> str:
        base = self.name if self.schema is None else f"{self.schema}.{self.name}"
        figures = ",".join(self.modifiers)
        if figures and " time zone" in base:
            head, tail = base.split(" ", 1)
            base = f"{head}({figures}) {tail}"
        elif figures:
            base = f"{base}({figures})"
        return base + ("[]" if self.array else "")


class Column(Struct, frozen=True):
    """A column as its definition says. ``default`` is the SQL text of the expression.

    ``generated`` is a column computed from others; ``filled`` says that the database itself
    gives every row a value (identity, serial, generated), so that none need be supplied.
    """

    name: str
    type: Type
    not_null: bool = False
    default: str | None = None
    generated: Literal["stored", "virtual"] | None = None
    filled: bool = False


ConstraintKind = Literal["primary_key", "unique", "foreign_key", "check", "exclude", "not_null"]


class Constraint(Struct, frozen=True):
    """A constraint of a table. ``columns`` of a CHECK are those that its expression names.

    ``method`` is the access method of an EXCLUDE constraint. ``deferred`` is INITIALLY DEFERRED.
    ``on_delete`` names the columns after SET NULL or SET DEFAULT where it concerns only some.
    """

    kind: ConstraintKind
    columns: tuple[str, ...] = ()
    name: str | None = None
    expression: str | None = None
    references: Name | None = None
    referenced_columns: tuple[str, ...] = ()
    on_delete: str | None = None
    on_update: str | None = None
    not_valid: bool = False
    deferrable: bool = False
    using_index: str | None = None
    nulls_not_distinct: bool = False
    method: str | None = None
    deferred: bool = False
    match_full: bool = False
    include: tuple[str, ...] = ()


# -- tables ---------------------------------------------------------------------------------


class CreateTable(Struct, frozen=True):
    """CREATE TABLE, also CREATE TABLE AS, FOREIGN TABLE and PARTITION OF.

    ``like_options`` are what LIKE includes besides names, types and NOT NULL (``DEFAULTS``);
    ``partitioned`` tables have their rows in partitions.
    """

    table: Name
    columns: tuple[Column, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    temporary: bool = False
    if_not_exists: bool = False
    partition_of: Name | None = None
    inherits: tuple[Name, ...] = ()
    like: Name | None = None
    from_query: bool = False
    like_options: tuple[str, ...] = ()
    partitioned: bool = False
    foreign: bool = False


class DropTable(Struct, frozen=True):
    table: Name
    cascade: bool = False
    if_exists: bool = False


class RenameTable(Struct, frozen=True):
    table: Name
    to: str


class MoveTable(Struct, frozen=True):
    """ALTER TABLE … SET SCHEMA."""

    table: Name
    to: str


class AlterTable(Struct, frozen=True):
    """Any other change of a table; ``what`` names it (``SET LOGGED``, ``ENABLE TRIGGER``)."""

    table: Name
    what: str
    argument: Name | None = None
    concurrently: bool = False


# -- columns --------------------------------------------------------------------------------


class AddColumn(Struct, frozen=True):
    """ADD COLUMN; ``constraints`` are those written inside the column's definition."""

    table: Name
    column: Column
    constraints: tuple[Constraint, ...] = ()
    if_not_exists: bool = False


class DropColumn(Struct, frozen=True):
    table: Name
    column: str
    cascade: bool = False
    if_exists: bool = False


class RenameColumn(Struct, frozen=True):
    table: Name
    column: str
    to: str


class AlterColumnType(Struct, frozen=True):
    """ALTER COLUMN … TYPE; ``using`` is the SQL text of the expression."""

    table: Name
    column: str
    type: Type
    using: str | None = None
    collation: str | None = None


class SetNotNull(Struct, frozen=True):
    table: Name
    column: str


class DropNotNull(Struct, frozen=True):
    table: Name
    column: str


class SetDefault(Struct, frozen=True):
    table: Name
    column: str
    default: str


class DropDefault(Struct, frozen=True):
    table: Name
    column: str


class AlterColumn(Struct, frozen=True):
    """Any other change of a column: ``what`` names it (``ADD IDENTITY``, ``SET STORAGE``)."""

    table: Name
    column: str
    what: str


# -- constraints and indexes ----------------------------------------------------------------


class AddConstraint(Struct, frozen=True):
    table: Name
    constraint: Constraint


class DropConstraint(Struct, frozen=True):
    table: Name
    name: str
    cascade: bool = False
    if_exists: bool = False


class RenameConstraint(Struct, frozen=True):
    table: Name
    name: str
    to: str


class ValidateConstraint(Struct, frozen=True):
    table: Name
    name: str


class CreateIndex(Struct, frozen=True):
    """CREATE INDEX. ``columns`` holds names; an expression stands there as SQL in parentheses.

    ``uses`` are the columns that its expressions and its condition name. It is not ``plain`` where
    a key has an operator class, a collation or an order of its own.
    """

    table: Name
    name: str | None
    columns: tuple[str, ...]
    unique: bool = False
    concurrently: bool = False
    if_not_exists: bool = False
    method: str = "btree"
    include: tuple[str, ...] = ()
    where: str | None = None
    nulls_not_distinct: bool = False
    only: bool = False
    uses: tuple[str, ...] = ()
    plain: bool = True


class DropIndex(Struct, frozen=True):
    """DROP INDEX; ``table`` is known where the dialect writes it (MySQL, SQL Server)."""

    index: Name
    table: Name | None = None
    concurrently: bool = False
    cascade: bool = False
    if_exists: bool = False


class RenameIndex(Struct, frozen=True):
    index: Name
    to: str


# -- types ----------------------------------------------------------------------------------


class CreateEnum(Struct, frozen=True):
    enum: Name
    values: tuple[str, ...]


class AddEnumValue(Struct, frozen=True):
    """ALTER TYPE … ADD VALUE; ``before`` or ``after`` names the neighbour where one was given."""

    enum: Name
    value: str
    before: str | None = None
    after: str | None = None
    if_not_exists: bool = False


class RenameEnumValue(Struct, frozen=True):
    enum: Name
    value: str
    to: str


class RenameType(Struct, frozen=True):
    type: Name
    to: str


class DropType(Struct, frozen=True):
    """DROP TYPE or DROP DOMAIN."""

    type: Name
    cascade: bool = False
    if_exists: bool = False


class CreateDomain(Struct, frozen=True):
    domain: Name
    type: Type
    not_null: bool = False
    default: str | None = None
    constraints: tuple[Constraint, ...] = ()


class AlterDomain(Struct, frozen=True):
    """ALTER DOMAIN; ``what`` names it (``SET NOT NULL``, ``ADD CONSTRAINT``).

    ``name`` is the constraint that is dropped, validated or renamed ``to`` another name.
    """

    domain: Name
    what: str
    constraint: Constraint | None = None
    name: str | None = None
    to: str | None = None
    default: str | None = None


# -- other objects --------------------------------------------------------------------------


class CreateObject(Struct, frozen=True):
    """An object that has no change of its own here; ``kind`` as in SQL (``VIEW``, ``FUNCTION``).

    ``source`` names the relations that a view's query reads, ``columns`` the columns that it names,
    with ``*`` among them where it takes all.
    """

    kind: str
    name: Name
    on: Name | None = None
    replace: bool = False
    if_not_exists: bool = False
    source: tuple[Name, ...] = ()
    columns: tuple[str, ...] = ()


class AlterObject(Struct, frozen=True):
    """``argument`` is the new schema of SET SCHEMA, or the column of OWNED BY, ``on`` its table."""

    kind: str
    name: Name
    what: str
    on: Name | None = None
    argument: str | None = None


class RenameObject(Struct, frozen=True):
    kind: str
    name: Name
    to: str
    on: Name | None = None


class DropObject(Struct, frozen=True):
    kind: str
    name: Name
    on: Name | None = None
    cascade: bool = False
    if_exists: bool = False


class ChangePrivileges(Struct, frozen=True):
    """GRANT, REVOKE, ALTER DEFAULT PRIVILEGES, OWNER TO, REASSIGN OWNED."""

    what: str
    names: tuple[Name, ...] = ()
    roles: tuple[str, ...] = ()


class Comment(Struct, frozen=True):
    kind: str
    name: Name


# -- rows -----------------------------------------------------------------------------------


class InsertRows(Struct, frozen=True):
    """INSERT or COPY … FROM; ``source`` names the tables that a query reads."""

    table: Name
    source: tuple[Name, ...] = ()
    columns: tuple[str, ...] = ()


class UpdateRows(Struct, frozen=True):
    """UPDATE; ``restricted`` is False where no condition, or one that is always true, limits it.
    ``joined`` says that rows of other tables decide which rows it takes.
    """

    table: Name
    columns: tuple[str, ...] = ()
    restricted: bool = True
    joined: bool = False


class DeleteRows(Struct, frozen=True):
    """DELETE; ``restricted`` and ``joined`` as for an UPDATE."""

    table: Name
    restricted: bool = True
    joined: bool = False


class RowStatement(Struct, frozen=True):
    """An UPDATE or DELETE of one table: the new values by column, and its condition, as SQL."""

    table: Name
    values: Mapping[str, str]
    condition: str | None


class TruncateTable(Struct, frozen=True):
    table: Name
    cascade: bool = False


# -- code, session and transaction ----------------------------------------------------------


class RunCode(Struct, frozen=True):
    """Code whose effect only a replay shows: a DO block, CALL, a SELECT that calls a function."""

    kind: str
    name: Name | None = None


class ControlTransaction(Struct, frozen=True):
    """``what``: BEGIN, COMMIT, ROLLBACK, SAVEPOINT, RELEASE, ROLLBACK TO, PREPARE TRANSACTION."""

    what: str


class SetParameter(Struct, frozen=True):
    """SET or RESET of a run-time parameter; ``value`` is None for RESET and DEFAULT."""

    name: str
    value: str | None
    local: bool = False


class LockTable(Struct, frozen=True):
    table: Name
    mode: str


class Maintain(Struct, frozen=True):
    """VACUUM, ANALYZE, CLUSTER, REINDEX, REFRESH MATERIALIZED VIEW: no row changes its value."""

    what: str
    name: Name | None = None
    concurrently: bool = False


class ReadRows(Struct, frozen=True):
    """A query that changes neither schema nor rows by itself."""


class Opaque(Struct, frozen=True):
    """A statement that was not understood. ``what`` says which kind it is."""

    what: str


# -- one change written as several ------------------------------------------------------------


class RecreateColumn(Struct, frozen=True):
    """A column dropped and added again under its name: how Prisma writes a type it cannot cast."""

    table: Name
    column: Column


class ReplaceColumn(Struct, frozen=True):
    """A column dropped while one like it is added: how Prisma writes a renamed field."""

    table: Name
    column: str
    by: Column


class ReplaceTable(Struct, frozen=True):
    """A table dropped while one like it is created: how Prisma writes a renamed model."""

    table: Name
    by: Name


class RecreateEnum(Struct, frozen=True):
    """An enum replaced by another of its name: how Prisma writes removed values.

    ``before`` is empty where the old values are not known.
    """

    enum: Name
    before: tuple[str, ...]
    values: tuple[str, ...]


CompoundChange = RecreateColumn | ReplaceColumn | ReplaceTable | RecreateEnum

TableChange = (
    CreateTable | DropTable | RenameTable | MoveTable | AlterTable
    | AddColumn | DropColumn | RenameColumn | AlterColumnType | SetNotNull | DropNotNull
    | SetDefault | DropDefault | AlterColumn
    | AddConstraint | DropConstraint | RenameConstraint | ValidateConstraint
    | CreateIndex
)  # fmt: skip

RowChange = InsertRows | UpdateRows | DeleteRows | TruncateTable

Change = (
    TableChange | RowChange | DropIndex | RenameIndex
    | CreateEnum | AddEnumValue | RenameEnumValue | RenameType | DropType
    | CreateDomain | AlterDomain
    | CreateObject | AlterObject | RenameObject | DropObject | ChangePrivileges | Comment
    | CompoundChange
    | RunCode | ControlTransaction | SetParameter | LockTable | Maintain | ReadRows | Opaque
)  # fmt: skip
