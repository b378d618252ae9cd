"""The preview features that an engine knows.

Those that have become standard, or were given up, are still accepted. Source: Prisma's reference
"Preview features", and the engines' answers.
"""

from __future__ import annotations

from checker.model import Provider

_FINISHED = frozenset(
    [
        "aggregateApi",
        "atomicNumberOperations",
        "clientExtensions",
        "cockroachDb",
        "connectOrCreate",
        "createMany",
        "dataProxy",
        "deno",
        "distinct",
        "driverAdapters",
        "extendedIndexes",
        "extendedWhereUnique",
        "fieldReference",
        "filterJson",
        "filteredRelationCount",
        "fullTextIndex",
        "fullTextSearch",
        "groupBy",
        "improvedQueryRaw",
        "interactiveTransactions",
        "jsonProtocol",
        "metrics",
        "microsoftSqlServer",
        "middlewares",
        "mongoDb",
        "multiSchema",
        "nApi",
        "namedConstraints",
        "napi",
        "nativeTypes",
        "omitApi",
        "orderByAggregateGroup",
        "orderByNulls",
        "orderByRelation",
        "prismaSchemaFolder",
        "queryCompiler",
        "reactNative",
        "referentialActions",
        "referentialIntegrity",
        "selectRelationCount",
        "tracing",
        "transactionApi",
        "typedSql",
        "uncheckedScalarInputs",
    ]
)
_PREVIEW = frozenset(
    [
        "nativeDistinct",
        "postgresqlExtensions",
        "relationJoins",
        "schemaEngineDriverAdapters",
        "shardKeys",
        "strictUndefinedChecks",
        "views",
    ]
)


class FeatureSet:
    """The features of one major version; where a database is known, for that database."""

    def __init__(self, engine: int, provider: Provider | None) -> None:
        self._known = _FINISHED | _PREVIEW
        if engine >= 7:
            self._known = self._known - {"metrics"} | {"partialIndexes"}
        self._full_text = provider == "postgresql"

    def known(self, name: str) -> str | None:
        """The feature's current name; None for an unknown feature."""
        if self._full_text and name in ("fullTextSearch", "fullTextSearchPostgres"):
            return "fullTextSearchPostgres"
        return name if name in self._known else None
