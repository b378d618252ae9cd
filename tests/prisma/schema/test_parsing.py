"""Text that is no schema at all."""

from __future__ import annotations

import pytest

from checker.prisma.schema.reading import InvalidSchema, read_schema


@pytest.mark.parametrize("junk", ["x", "_", "x ", "{", "foo {", '"'])
def test_much_of_nothing_is_refused_at_once(junk: str) -> None:
    """Where the time grew with the square of the length, this would take hours."""
    with pytest.raises(InvalidSchema) as found:
        read_schema({"schema.prisma": junk * 200_000})
    assert found.value.problems[0].position.line == 1
