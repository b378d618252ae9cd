"""What fuzzing has found once is answered for ever; and the fuzzer finds what is wrong."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from tests.fuzz import __main__ as fuzz
from tests.fuzz.targets import READERS, seeds

FOUND = sorted(path for path in fuzz.CORPUS.glob("*/*") if path.is_file())


@pytest.mark.parametrize("file", FOUND, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_what_was_found_is_answered(file: Path) -> None:
    assert fuzz.outcome(file.parent.name, file.read_bytes()) is None


@pytest.mark.parametrize("target", READERS)
def test_every_reader_answers_texts_that_are_almost_real(target: str) -> None:
    texts, rng = seeds(target), random.Random(target)
    for _ in range(15):
        data = fuzz.mutated(texts, rng)
        assert fuzz.outcome(target, data) is None, data


def test_an_exception_and_a_hang_are_findings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(READERS, "url", lambda data: data[99])
    assert fuzz.outcome("url", b"") == "IndexError: index out of range"
    monkeypatch.setattr(fuzz, "SECONDS", 1)
    monkeypatch.setitem(READERS, "url", lambda _: time.sleep(30))
    assert fuzz.outcome("url", b"") == "more than 1 seconds"
