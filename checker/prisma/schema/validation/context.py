"""The input of every check, and where it reports."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from checker.model import PrismaVersion, Provider
from checker.prisma.schema.resolving.models import Notes
from checker.prisma.schema.resolving.report import Problems
from checker.prisma.schema.schema import Field, Model, Position, Schema, SchemaIndex
from checker.prisma.schema.validation.databases import DATABASES, NONE


class ValidationContext:
    """The schema under check, and its database's abilities."""

    def __init__(
        self, schema: Schema, notes: Notes, prisma: PrismaVersion, report: Problems
    ) -> None:
        self.schema, self.notes, self.report = schema, notes, report
        # Since 6.13 a view is no table with keys and indexes of its own.
        self.plain_views = (prisma.major, prisma.minor) >= (6, 13)
        self.provider: Provider | None = schema.datasource.provider if schema.datasource else None
        self.database = DATABASES[self.provider] if self.provider else NONE
        self.emulated = bool(schema.datasource and schema.datasource.relation_mode == "prisma")
        self.enabled = schema.preview_features
        self.views = frozenset(v.name for v in schema.views)
        self._tables = {m.name: m for m in (*schema.models, *schema.views)}
        # Looked up often, and a model may have thousands.
        self._fields = {m.name: {f.name: f for f in m.fields} for m in self._tables.values()}
        self._criteria = {
            m.name: frozenset(tuple(sorted(columns(i))) for i in criteria(m))
            for m in self._tables.values()
        }

    @property
    def tables(self) -> Iterator[Model]:
        """Models, then views."""
        yield from self._tables.values()

    def table(self, name: str) -> Model:
        return self._tables[name]

    def field(self, model: Model, name: str) -> Field | None:
        return self._fields[model.name].get(name)

    def tells_apart(self, model: Model, names: Iterable[str]) -> bool:
        """Whether the fields are an id or unique criterion of the model, in any order."""
        return tuple(sorted(names)) in self._criteria[model.name]

    def wrong(self, message: str, position: Position) -> None:
        self.report.at(message, position)


def columns(index: SchemaIndex) -> tuple[str, ...]:
    return tuple(f.field for f in index.fields)


def criteria(model: Model) -> list[SchemaIndex]:
    """The criteria that tell rows apart: the id, and the unique criteria that hold for all rows."""
    uniques = [i for i in model.indexes if i.kind == "unique"]
    return [model.primary_key, *uniques] if model.primary_key else uniques


def scalars(model: Model) -> Iterator[Field]:
    return (f for f in model.fields if f.kind != "model")


def is_scalar(field: Field | None) -> bool:
    """Whether the model has such a field and it is not a relation."""
    return field is not None and field.kind != "model"


def is_auto_increment(field: Field) -> bool:
    return field.default is not None and field.default.function == "autoincrement"
