"""The blocks that configure Prisma: the datasource and the generators."""

from __future__ import annotations

from typing import Literal, cast

from checker.discover.schemafile import PROVIDERS
from checker.model import Provider
from checker.prisma.schema.resolving.attributes import Arguments
from checker.prisma.schema.resolving.features import FeatureSet
from checker.prisma.schema.resolving.report import Problems
from checker.prisma.schema.schema import Datasource, Generator, SchemaExtension
from checker.prisma.schema.syntax import Block, Call, Expression, Items, Property, SchemaText, Word

_MODES = {"prisma": "prisma", "foreignKeys": "foreignKeys"}
_SCHEMAS: tuple[Provider, ...] = ("postgresql", "cockroachdb", "sqlserver")


class SchemaConfig:
    """Reads the datasource and the generators of a schema for one major version of the engine."""

    def __init__(self, blocks: tuple[Block, ...], engine: int, report: Problems) -> None:
        self.engine, self.report = engine, report
        # Checked only where nothing else is wrong.
        self._later: list[tuple[str, Block, Property]] = []
        sources = [b for b in blocks if b.keyword == "datasource"]
        provider = next((p for b in sources if (p := _provider(b)) is not None), None)
        self.features = FeatureSet(engine, provider)
        self.generators = tuple(self._generator(b) for b in blocks if b.keyword == "generator")
        self.enabled = frozenset(f for g in self.generators for f in g.preview_features)
        datasources = [self._datasource(b) for b in sources]
        if len(sources) > 1:
            for block in sources:
                self._wrong("A schema has one datasource.", block)
        self.datasource = datasources[0] if datasources else None

    def check(self) -> None:
        """Reports settings that are well-formed but impossible."""
        for message, block, line in self._later:
            self._wrong(message, block, line)

    def _wrong(self, message: str, block: Block, line: Property | None = None) -> None:
        self.report.add(message, block.source, block.start if line is None else line.start)

    def _generator(self, block: Block) -> Generator:
        lines = self._lines(block)
        provider = None
        if "provider" not in lines:
            self._wrong(f"The generator {block.name} has no provider.", block)
        else:
            provider = self._text(block, lines["provider"], env=True)
        for name in ("output", "engineType"):
            if name in lines:
                self._text(block, lines[name], env=True)
        features: list[str] = []
        line = lines.get("previewFeatures")
        for name in self._texts(block, line) if line else ():
            known = self.features.known(name)
            if known is None:
                self._wrong(f"There is no preview feature {name}.", block, line)
            else:
                features.append(known)
        return Generator(block.name, provider, tuple(features))

    def _datasource(self, block: Block) -> Datasource | None:
        lines = self._lines(block)
        provider = self._known_provider(block, lines.pop("provider", None))
        if provider is None:
            return None
        mode = self._relation_mode(block, lines, provider)
        extensions = self._extensions(block, lines, provider)
        has_url = "url" in lines
        self._urls(block, lines)
        schemas = self._schemas(block, lines.pop("schemas", None), provider)
        if "previewFeatures" in lines:
            line = lines.pop("previewFeatures")
            self._wrong("Preview features are set in a generator.", block, line)
        for line in lines.values():
            self._wrong(f"A datasource has no property {line.name}.", block, line)
        return Datasource(
            name=block.name,
            provider=provider,
            position=block.source.position(block.start),
            relation_mode=mode,
            schemas=schemas,
            extensions=extensions,
            has_url=has_url,
        )

    def _lines(self, block: Block) -> dict[str, Property]:
        for line in block.properties:
            if line.value is None:
                self._wrong(f"{line.name} has no value.", block)
        return {line.name: line for line in block.properties if line.value is not None}

    def _known_provider(self, block: Block, line: Property | None) -> Provider | None:
        if line is None:
            self._wrong(f"The datasource {block.name} has no provider.", block)
            return None
        if not isinstance(line.value, SchemaText):
            at = None if isinstance(line.value, Call) else line
            self._wrong("The provider of a datasource is a string.", block, at)
            return None
        provider = PROVIDERS.get(line.value.value)
        if provider is None:
            known = ", ".join(sorted(set(PROVIDERS.values())))
            self._wrong(f"The provider of a datasource is one of {known}.", block, line)
        return provider

    def _relation_mode(
        self, block: Block, lines: dict[str, Property], provider: Provider
    ) -> Literal["foreignKeys", "prisma"]:
        new, old = lines.pop("relationMode", None), lines.pop("referentialIntegrity", None)
        default: Literal["foreignKeys", "prisma"] = (
            "prisma" if provider == "mongodb" else "foreignKeys"
        )
        if new and old:
            message = "referentialIntegrity is the old name of relationMode: leave it out."
            self._wrong(message, block, old)
            return default
        line = new or old
        value = self._text(block, line) if line else None
        if line is None or value is None:
            return default
        if value not in _MODES:
            self._wrong("relationMode is prisma or foreignKeys.", block)
            return default
        if value == "foreignKeys" and provider == "mongodb":
            self._wrong("MongoDB has no foreign keys: relationMode is prisma.", block, line)
        return cast(Literal["foreignKeys", "prisma"], value)

    def _urls(self, block: Block, lines: dict[str, Property]) -> None:
        urls = {n: lines.pop(n, None) for n in ("url", "shadowDatabaseUrl", "directUrl")}
        if self.engine >= 7:
            for name, line in urls.items():
                if line:
                    message = f"Since Prisma 7 the {name} stands in prisma.config.ts."
                    self._wrong(message, block, line)
            return
        if urls["url"] is None:
            adapters = "schemaEngineDriverAdapters" in self.enabled
            if not (adapters and _provider(block) == "sqlite"):
                self._wrong(f"The datasource {block.name} has no url.", block)
                return
        resolved = {n: self._url(block, line) for n, line in urls.items() if line}
        shadow = resolved.get("shadowDatabaseUrl")
        for name in ("directUrl", "url"):
            line = urls[name]
            if line and shadow and shadow == resolved.get(name):
                message = f"The shadow database is the same as {name}: it would be emptied."
                self._wrong(message, block, line)

    def _url(self, block: Block, line: Property) -> tuple[str, str] | None:
        value = line.value
        if isinstance(value, Call) and value.name == "env":
            first = value.arguments[0].value if len(value.arguments) == 1 else None
            if isinstance(first, SchemaText):
                return ("env", first.value)
            self._wrong("env() takes one string, the name of a variable.", block, line)
            return None
        text = self._text(block, line)
        return ("text", text) if text else None

    def _schemas(self, block: Block, line: Property | None, provider: Provider) -> tuple[str, ...]:
        if line is None:
            return ()
        names = self._texts(block, line)
        if isinstance(line.value, Items) and not line.value.values:
            self._wrong("The list of schemas is empty.", block, line)
        if len(set(names)) < len(names):
            self._wrong("A schema is listed more than once.", block, line)
        if provider not in _SCHEMAS:
            self._wrong(f"{provider} has no schemas.", block, line)
        return tuple(sorted(names))

    def _extensions(
        self, block: Block, lines: dict[str, Property], provider: Provider
    ) -> tuple[SchemaExtension, ...]:
        if provider != "postgresql" or (line := lines.pop("extensions", None)) is None:
            return ()
        if "postgresqlExtensions" not in self.enabled:
            message = "extensions needs the preview feature postgresqlExtensions."
            self._later.append((message, block, line))
        values = line.value.values if isinstance(line.value, Items) else (line.value,)
        extensions = (self._extension(block, line, v) for v in values if v is not None)
        return tuple(sorted((e for e in extensions if e is not None), key=lambda e: e.name))

    def _extension(self, block: Block, line: Property, value: Expression) -> SchemaExtension | None:
        if isinstance(value, Word):
            return self._named(block, line, SchemaExtension(value.value))
        if not isinstance(value, Call):
            self._wrong("An extension is a name, perhaps with arguments.", block, line)
            return None
        if any(a.name is None for a in value.arguments):
            self._wrong("The arguments of an extension have names.", block, line)
            return None
        arguments = Arguments(value.name, value.arguments, line.start, block.source, self.report)
        version, schema, name = (
            arguments.string(arguments.take(n)) for n in ("version", "schema", "map")
        )
        arguments.finish()
        return self._named(block, line, SchemaExtension(value.name, version, schema), name)

    def _named(
        self, block: Block, line: Property, extension: SchemaExtension, name: str | None = None
    ) -> SchemaExtension:
        if "-" in extension.name or extension.name[0].isdigit():
            message = f"{extension.name} is no name for an extension: write it with map."
            self._later.append((message, block, line))
        return SchemaExtension(name or extension.name, extension.version, extension.schema)

    def _text(self, block: Block, line: Property, *, env: bool = False) -> str | None:
        value = line.value
        if env and isinstance(value, Call) and value.name == "env":
            return None
        if isinstance(value, SchemaText):
            return value.value
        self._wrong(f"{line.name} is a string.", block, line)
        return None

    def _texts(self, block: Block, line: Property) -> list[str]:
        values = line.value.values if isinstance(line.value, Items) else (line.value,)
        if not all(isinstance(v, SchemaText) for v in values):
            self._wrong(f"{line.name} is a list of strings.", block, line)
        return [v.value for v in values if isinstance(v, SchemaText)]


def _provider(block: Block) -> Provider | None:
    values = [p.value for p in block.properties if p.name == "provider"]
    first = values[0] if values else None
    return PROVIDERS.get(first.value) if isinstance(first, SchemaText) else None
