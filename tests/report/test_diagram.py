"""Pictures in Mermaid's language, judged by its grammar and, where it is at hand, by its parser."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.model import Mark, Picture, PictureColumn, PictureLink, PictureTable
from checker.report.diagram import render_diagram
from tests.report.evil import STRINGS, strings
from tests.report.watched import PICTURE

MARKS: tuple[Mark, ...] = ("", "added", "removed", "changed")
KEY = "(?:PK|FK|UK)"
WORD = rf"(?!{KEY}\b)[A-Za-z][A-Za-z0-9_]*"
LABEL = r'"[^"`;#<>{}\\\[\]|%$&*\n]+"'
LINES = [
    "erDiagram",
    rf"  t\d+\[{LABEL}\] \{{",
    rf"    {WORD}(?:\([0-9_]+\))?(?:\[\])? {WORD}(?: {KEY}(?:, {KEY})*)?(?: {LABEL})?",
    r"  \}",
    rf"  t\d+ \|\|(?:--|\.\.)o\{{ t\d+ : {LABEL}",
]
GRAMMAR = re.compile("|".join(LINES), re.IGNORECASE)

columns = st.builds(
    PictureColumn,
    strings | st.sampled_from(["PK", "fk", "Text[]", "Decimal(1,2)?"]),
    strings | st.sampled_from(["PK", "uk", "Text[]", "Decimal(1,2)?"]),
    st.sampled_from(MARKS),
    st.lists(st.sampled_from(["PK", "FK", "UK"]) | strings, max_size=3).map(tuple),
)
tables = st.builds(
    PictureTable,
    strings,
    st.lists(columns, max_size=3).map(tuple),
    st.sampled_from(MARKS),
    st.integers(0, 3),
)


def picture_of(found: list[PictureTable], label: str) -> Picture:
    links = (PictureLink(found[0].name, found[-1].name, label, mark) for mark in MARKS)
    return Picture(tuple(found), tuple(links))


def test_a_picture() -> None:
    assert render_diagram(PICTURE).split("\n") == [
        "erDiagram",
        '  t0["User"] {',
        "    Integer id PK",
        '    Text email "- removed, optional"',
        '    Decimal(12_2) price "~ changed"',
        '    Text[] tags UK, FK "+ added"',
        '    and more "3 not shown"',
        "  }",
        '  t1["audit.Log (+ added)"] {',
        "  }",
        '  t0 ||--o{ t1 : "userId + added"',
    ]


@given(found=st.lists(tables, min_size=1, max_size=3), label=strings)
def test_nothing_leaves_its_place(found: list[PictureTable], label: str) -> None:
    lines = render_diagram(picture_of(found, label)).split("\n")
    assert [line for line in lines if not GRAMMAR.fullmatch(line)] == []
    assert lines.count("erDiagram") == 1


PARSER = """
const mermaid = (await import(process.argv[1])).default;
const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const kinds = [];
for (const source of JSON.parse(Buffer.concat(chunks))) {
  try { kinds.push((await mermaid.parse(source)).diagramType); }
  catch (error) { kinds.push(String(error)); }
}
console.log(JSON.stringify(kinds));
"""


def test_mermaid_reads_it() -> None:
    """MERMAID is the directory of its npm package."""
    place, node = os.environ.get("MERMAID"), shutil.which("node")
    if place is None or node is None:
        pytest.skip("node is missing, or MERMAID does not name the directory of Mermaid")
    words = [*STRINGS, "PK", "fk", "UK", "class", "direction", "title", "%%{init: {}}%%", "click"]
    pictures = [
        picture_of(
            [PictureTable(w, (PictureColumn(w, w), PictureColumn(w, w, "added", ("PK",))))], w
        )
        for w in (word[:2_000] for word in words)
    ]
    sources = [render_diagram(picture) for picture in [PICTURE, *pictures]]
    module = Path(place, "dist", "mermaid.core.mjs").as_uri()
    done = subprocess.run(
        [node, "--input-type=module", "--eval", PARSER, module],
        input=json.dumps(sources).encode(),
        capture_output=True,
        check=True,
    )
    assert set(json.loads(done.stdout)) == {"er"}
