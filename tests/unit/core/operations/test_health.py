import json
from typing import Any

import pytest

from BE.core.exceptions import UnavailableError
from BE.core.operations.health import Readiness
from BE.core.operations.pulse import DatabasePulse
from BE.core.telemetry.logging import configure_logging


class FakeDatabase:
    async def warm_up(self) -> None:
        pass


@pytest.mark.usefixtures("restored_logging")
async def test_the_reason_for_not_being_ready_is_logged_when_it_changes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logging(style="json", level="WARNING")
    database: Any = FakeDatabase()
    readiness, reasons = (
        Readiness(database, DatabasePulse(database)),
        ["away", "away", "unmigrated"],
    )

    async def prepare() -> None:
        if reasons:
            raise UnavailableError(reasons.pop(0))

    async with readiness.serving(prepare):
        await readiness.started.wait()

    logged = [json.loads(line)["reason"] for line in capsys.readouterr().err.splitlines()]
    assert logged == ["away", "unmigrated"]
