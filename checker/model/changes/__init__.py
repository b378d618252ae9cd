"""What a statement changes, in the words of the database.

The same words serve for what was read in a migration and for what was observed in a
replay, so that the two can be compared. Every value is frozen and hashable.
"""

from __future__ import annotations

from checker.model.changes.code import (
    ControlTransaction,
    LockTable,
    Maintain,
    Opaque,
    ReadRows,
    RunCode,
    SetParameter,
)
from checker.model.changes.columns import (
    AddColumn,
    AlterColumn,
    AlterColumnType,
    Column,
    DropColumn,
    DropDefault,
    DropNotNull,
    RenameColumn,
    SetDefault,
    SetNotNull,
)
from checker.model.changes.compounds import (
    RecreateColumn,
    RecreateEnum,
    ReplaceColumn,
    ReplaceTable,
)
from checker.model.changes.constraints import (
    AddConstraint,
    Constraint,
    ConstraintKind,
    DropConstraint,
    RenameConstraint,
    ValidateConstraint,
)
from checker.model.changes.indexes import (
    CreateIndex,
    DropIndex,
    RenameIndex,
)
from checker.model.changes.names import (
    DEFAULT_SCHEMA,
    Name,
    literal,
    quote,
    safe_literal,
)
from checker.model.changes.objects import (
    AlterObject,
    ChangePrivileges,
    Comment,
    CreateObject,
    DropObject,
    RenameObject,
)
from checker.model.changes.rows import (
    DeleteRows,
    InsertRows,
    RowStatement,
    TruncateTable,
    UpdateRows,
)
from checker.model.changes.tables import (
    AlterTable,
    CreateTable,
    DropTable,
    MoveTable,
    RenameTable,
)
from checker.model.changes.types import (
    AddEnumValue,
    AlterDomain,
    CreateDomain,
    CreateEnum,
    DropType,
    RenameEnumValue,
    RenameType,
    Type,
)

__all__ = [
    "DEFAULT_SCHEMA",
    "AddColumn",
    "AddConstraint",
    "AddEnumValue",
    "AlterColumn",
    "AlterColumnType",
    "AlterDomain",
    "AlterObject",
    "AlterTable",
    "Change",
    "ChangePrivileges",
    "Column",
    "Comment",
    "CompoundChange",
    "Constraint",
    "ConstraintKind",
    "ControlTransaction",
    "CreateDomain",
    "CreateEnum",
    "CreateIndex",
    "CreateObject",
    "CreateTable",
    "DeleteRows",
    "DropColumn",
    "DropConstraint",
    "DropDefault",
    "DropIndex",
    "DropNotNull",
    "DropObject",
    "DropTable",
    "DropType",
    "InsertRows",
    "LockTable",
    "Maintain",
    "MoveTable",
    "Name",
    "Opaque",
    "ReadRows",
    "RecreateColumn",
    "RecreateEnum",
    "RenameColumn",
    "RenameConstraint",
    "RenameEnumValue",
    "RenameIndex",
    "RenameObject",
    "RenameTable",
    "RenameType",
    "ReplaceColumn",
    "ReplaceTable",
    "RowChange",
    "RowStatement",
    "RunCode",
    "SetDefault",
    "SetNotNull",
    "SetParameter",
    "TableChange",
    "TruncateTable",
    "Type",
    "UpdateRows",
    "ValidateConstraint",
    "literal",
    "quote",
    "safe_literal",
]

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
