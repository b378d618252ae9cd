"""The tests' own machinery."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import pytest

from checker.engines.postgresql.server.binaries import Binaries
from checker.engines.postgresql.server.ephemeral import EphemeralServer
from checker.engines.postgresql.server.launch import ServerSettings
from tests.servers import shared_server


def test_the_shared_server_outlives_a_slow_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[ServerSettings] = []

    def start(_: Binaries, *, settings: ServerSettings) -> nullcontext[None]:
        started.append(settings)
        return nullcontext()

    monkeypatch.setattr(EphemeralServer, "start", start)
    with shared_server(Binaries(Path("bin"), "17.0", "system")):
        pass
    assert [settings.bounds.seconds > 3600 for settings in started] == [True]
    assert ServerSettings().bounds.seconds == 1800  # what users get stays
