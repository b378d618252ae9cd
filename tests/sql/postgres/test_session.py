from __future__ import annotations

import pytest

from checker.model.changes import (
    AlterObject,
    Change,
    ControlTransaction,
    LockTable,
    Maintain,
    Name,
    ReadRows,
    RunCode,
    SetParameter,
)
from tests.sql.reading import statements

T = Name("t")


@pytest.mark.parametrize(
    ("sql", "kind", "expected"),
    [
        ("BEGIN", "BEGIN", [ControlTransaction("BEGIN")]),
        ("START TRANSACTION", "START TRANSACTION", [ControlTransaction("BEGIN")]),
        ("END", "COMMIT", [ControlTransaction("COMMIT")]),
        ("ABORT", "ROLLBACK", [ControlTransaction("ROLLBACK")]),
        ("SAVEPOINT a", "SAVEPOINT", [ControlTransaction("SAVEPOINT")]),
        ("RELEASE a", "RELEASE", [ControlTransaction("RELEASE")]),
        ("ROLLBACK TO a", "ROLLBACK", [ControlTransaction("ROLLBACK TO")]),
        (
            "PREPARE TRANSACTION 'a'",
            "PREPARE TRANSACTION",
            [ControlTransaction("PREPARE TRANSACTION")],
        ),
        ("SET lock_timeout = '2s'", "SET", [SetParameter("lock_timeout", "2s")]),
        ("SET LOCAL work_mem TO 64", "SET", [SetParameter("work_mem", "64", local=True)]),
        ("SET search_path = a, \"B\"", "SET", [SetParameter("search_path", "a, B")]),
        ("SET a TO DEFAULT", "SET", [SetParameter("a", None)]),
        ("SET TIME ZONE 'UTC'", "SET", [SetParameter("timezone", "UTC")]),
        ("SET ROLE a", "SET", [SetParameter("role", "a")]),
        (
            "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE",
            "SET",
            [SetParameter("TRANSACTION", "transaction_isolation=serializable")],
        ),
        ("SET CONSTRAINTS ALL DEFERRED", "SET CONSTRAINTS",
         [SetParameter("CONSTRAINTS", "DEFERRED", local=True)]),
        ("RESET a", "RESET", [SetParameter("a", None)]),
        ("RESET ALL", "RESET", [SetParameter("ALL", None)]),
        ("DISCARD ALL", "DISCARD ALL", [SetParameter("ALL", None)]),
        ("DISCARD PLANS", "DISCARD PLANS", [ReadRows()]),
        ("ALTER SYSTEM SET a = 1", "ALTER SYSTEM", [AlterObject("SYSTEM", Name("a"), "SET")]),
        ("ALTER SYSTEM RESET ALL", "ALTER SYSTEM", [AlterObject("SYSTEM", Name("ALL"), "RESET")]),
        ("LOCK TABLE t, u", "LOCK TABLE",
         [LockTable(T, "ACCESS EXCLUSIVE"), LockTable(Name("u"), "ACCESS EXCLUSIVE")]),
        ("LOCK t IN SHARE ROW EXCLUSIVE MODE", "LOCK TABLE", [LockTable(T, "SHARE ROW EXCLUSIVE")]),
        ("VACUUM", "VACUUM", [Maintain("VACUUM")]),
        ("VACUUM (FULL) t", "VACUUM", [Maintain("VACUUM FULL", T)]),
        ("VACUUM (FULL off) t", "VACUUM", [Maintain("VACUUM", T)]),
        ("VACUUM (FULL 0, ANALYZE 1) t", "VACUUM", [Maintain("VACUUM", T)]),
        ("ANALYZE t (a)", "ANALYZE", [Maintain("ANALYZE", T)]),
        ("CLUSTER t USING i", "CLUSTER", [Maintain("CLUSTER", T)]),
        ("CLUSTER", "CLUSTER", [Maintain("CLUSTER")]),
        ("REINDEX INDEX CONCURRENTLY s.i", "REINDEX",
         [Maintain("REINDEX INDEX", Name("i", "s"), concurrently=True)]),
        ("REINDEX SCHEMA s", "REINDEX", [Maintain("REINDEX SCHEMA", Name("s"))]),
        ("REFRESH MATERIALIZED VIEW CONCURRENTLY v", "REFRESH MATERIALIZED VIEW",
         [Maintain("REFRESH MATERIALIZED VIEW", Name("v"), concurrently=True)]),
        ("CHECKPOINT", "CHECKPOINT", [Maintain("CHECKPOINT")]),
        ("LOAD 'x'", "LOAD", [RunCode("LOAD", Name("x"))]),
        ("CALL s.p(1)", "CALL", [RunCode("CALL", Name("p", "s"))]),
        ("EXECUTE p(1)", "EXECUTE", [RunCode("EXECUTE", Name("p"))]),
        ("DEALLOCATE p", "DEALLOCATE", [ReadRows()]),
        ("DEALLOCATE ALL", "DEALLOCATE ALL", [ReadRows()]),
        ("SHOW a", "SHOW", [ReadRows()]),
        ("FETCH c", "FETCH", [ReadRows()]),
        ("MOVE c", "MOVE", [ReadRows()]),
        ("CLOSE c", "CLOSE CURSOR", [ReadRows()]),
        ("CLOSE ALL", "CLOSE CURSOR ALL", [ReadRows()]),
        ("NOTIFY a", "NOTIFY", [ReadRows()]),
        ("LISTEN a", "LISTEN", [ReadRows()]),
        ("UNLISTEN *", "UNLISTEN", [ReadRows()]),
    ],
)  # fmt: skip
def test_a_statement(sql: str, kind: str, expected: list[Change]) -> None:
    (statement,) = statements(sql)
    assert (statement.kind, list(statement.changes)) == (kind, expected)
