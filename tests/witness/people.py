"""Tables with rows whose losses can be counted."""

from __future__ import annotations

from msgspec.structs import replace

from checker.model import Loss
from checker.pg.connection import Connection
from checker.witness.losses.compare import LossComparison, compare
from checker.witness.losses.snapshot import RowReader, Snapshot

PEOPLE = """
CREATE TYPE "Role" AS ENUM ('USER', 'ADMIN');
CREATE DOMAIN mail AS varchar(300);
CREATE TABLE "User" (
  id int PRIMARY KEY, email text, age int, never text, price numeric(10,2), at timestamp,
  data json, active bool, role "Role", ratio real, exact double precision, twin text);
INSERT INTO "User" SELECT g,
  CASE g % 2 WHEN 0 THEN 'Person' ELSE 'person' END || g || '@Host.example',
  nullif(g % 3, 0) * g, NULL, g + (g % 4) * 0.25,
  timestamp '2024-03-31 00:00:00' + (g - 1) * interval '1 hour 0.5 seconds' ,
  ('{"b": ' || g || ', "a": [1, 2.50]}')::json, g % 2 = 0,
  (CASE g % 2 WHEN 0 THEN 'USER' ELSE 'ADMIN' END)::"Role", g / 7.0, g / 7.0,
  CASE g % 2 WHEN 0 THEN 'Person' ELSE 'person' END || g || '@Host.example'
  FROM generate_series(1, 60) g;
UPDATE "User" SET email = lower(email), twin = lower(twin) WHERE id % 2 = 1;
CREATE TABLE "Post" (id int PRIMARY KEY, title text, "authorId" int REFERENCES "User");
INSERT INTO "Post" SELECT g, 'Title ' || g, g FROM generate_series(1, 30) g;
CREATE TABLE "Note" (id int PRIMARY KEY, a text, b text);
INSERT INTO "Note" SELECT g, 'a' || g, 'b' || g FROM generate_series(1, 20) g;
CREATE TABLE log (line text, level int);
INSERT INTO log SELECT 'line ' || g % 3, g % 3 FROM generate_series(1, 12) g;
CREATE TABLE event (what text, day int) PARTITION BY RANGE (day);
CREATE TABLE event_1 (extra int, day int, what text);
ALTER TABLE event_1 DROP COLUMN extra;
ALTER TABLE event ATTACH PARTITION event_1 FOR VALUES FROM (0) TO (10);
CREATE TABLE event_2 PARTITION OF event FOR VALUES FROM (10) TO (50);
INSERT INTO event SELECT 'what ' || g, g FROM generate_series(0, 19) g;
"""


class Watched:
    """The migration's connection, in a transaction that is rolled back at the end."""

    def __init__(self, connection: Connection, reader: RowReader) -> None:
        self.connection = connection
        self.reader = reader

    def look(self, previous: Snapshot | None = None) -> Snapshot:
        return self.reader.snapshot(self.connection, previous=previous)

    def run(self, statement: str) -> None:
        self.connection.execute(statement.encode())

    def setting(self, name: str) -> object:
        return self.connection.execute(f"SHOW {name}".encode()).fetchone()

    def lost(self, *statements: str) -> tuple[Loss, ...]:
        """What the last of the statements loses, whether or not its values are alike now."""
        return tuple(replace(x, alike=False) for x in self.compared(*statements).losses)

    def compared(self, *statements: str) -> LossComparison:
        """What the last of the statements loses; the start is before the first."""
        start = before = self.look()
        for statement in statements:
            before = self.look()
            self.run(statement)
        return compare(before, self.look(), start)
