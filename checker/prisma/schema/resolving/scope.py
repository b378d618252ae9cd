"""The meaning of a schema's names."""

from __future__ import annotations

from checker.prisma.schema.resolving.names import SCALARS
from checker.prisma.schema.resolving.report import Problems
from checker.prisma.schema.schema import FieldKind
from checker.prisma.schema.syntax import Block, FieldLine

_KINDS: dict[str, FieldKind] = {
    "model": "model",
    "view": "model",
    "enum": "enum",
    "type": "composite",
}


class Scope:
    """The declarations of all files, by name."""

    def __init__(
        self,
        blocks: tuple[Block, ...],
        report: Problems,
        *,
        engine: int,
        enabled: frozenset[str],
    ) -> None:
        self.report, self.engine, self.enabled = report, engine, enabled
        self.blocks = {b.name: b for b in blocks if b.keyword in _KINDS}
        self._lines = {b.name: {line.name: line for line in b.fields} for b in blocks}

    def kind(self, line: FieldLine) -> FieldKind | None:
        """The kind of value that a field holds; None where its type is unknown."""
        if line.unsupported:
            return "unsupported"
        if line.type in SCALARS:
            return "scalar"
        block = self.blocks.get(line.type)
        return _KINDS[block.keyword] if block else None

    def check_types(self) -> None:
        """Reports fields of types that are undeclared or not allowed there."""
        for block in self.blocks.values():
            for line in block.fields if block.keyword != "enum" else ():
                kind = self.kind(line)
                if kind is None:
                    message = f"{line.name}: there is no type {line.type}."
                elif kind == "model" and block.keyword == "type":
                    message = f"{line.name}: a composite type has no relations, to {line.type}."
                else:
                    continue
                self.report.add(message, block.source, line.start)

    def line(self, block: str, field: str) -> FieldLine | None:
        return self._lines[block].get(field) if block in self._lines else None

    def is_relation(self, block: Block, field: str) -> bool:
        line = self.line(block.name, field)
        return line is not None and self.kind(line) in ("model", None)

    def has_path(self, block: Block, path: str) -> bool:
        """Whether a path of fields, through composite types, leads to one."""
        owner = block.name
        names = path.split(".")
        for at, name in enumerate(names):
            line = self.line(owner, name)
            if line is None:
                return False
            if at < len(names) - 1:
                if self.kind(line) != "composite":
                    return False
                owner = line.type
        return True
