"""The state of the audit trail, as an admin sees it at a glance."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from BE.modules.audit.models import Head
from BE.modules.audit.wiring import CONTEXT
from tests.support.application import AppFactory
from tests.support.audit.trail import tamper
from tests.support.client import Person, admin_of, client_of, sign_up
from tests.support.events import eventually

STATE = "/api/v1/audit/state"


@dataclass
class Alone:
    """An application whose trail nobody else writes, and an admin who looks at it."""

    app: FastAPI
    client: httpx.AsyncClient
    admin: Person

    async def state(self) -> dict[str, Any]:
        answer = await self.client.get(STATE, headers=self.admin.headers)
        assert answer.status_code == 200, answer.text
        state: dict[str, Any] = answer.json()
        return state


@pytest.fixture
async def alone(build_app: AppFactory, own_dsn: str) -> AsyncIterator[Alone]:
    """With six entries, and no more to come."""
    async with build_app(database_url=own_dsn) as app, client_of(app) as client:
        for _ in range(5):
            await sign_up(client)
        alone = Alone(app, client, await admin_of(app, client))

        async def are_recorded() -> bool:
            return bool((await alone.state())["entries"] == 6)

        await eventually(are_recorded)
        yield alone


async def test_a_trail_that_is_whole_says_so_with_the_head_to_keep(alone: Alone) -> None:
    verdict = await alone.app.state.container.objects_of(CONTEXT).audit_service.verify()

    assert await alone.state() == {
        "entries": verdict.head.sequence,
        "head": str(verdict.head),
        "sealed": 0,
        "verified": verdict.head.sequence,
        "is_whole": True,
        "fault": None,
    }


@pytest.mark.parametrize(
    ("sql", "verified", "fault"),
    [
        ("UPDATE audit.entry SET data = '{}' WHERE sequence = 5", 4, "Entry 5 of the audit trail"),
        ("DELETE FROM audit.entry WHERE sequence = 5", 4, "Entry 5 is missing"),
        ("DELETE FROM audit.entry WHERE sequence > 4", 4, "ends with entry 4, but has had"),
        ("DELETE FROM audit.entry", 0, "ends with entry 0, but has had"),
        ("UPDATE audit.head SET hash = decode(repeat('00', 32), 'hex')", 5, "the hash that was"),
    ],
)
async def test_what_was_done_to_its_end_is_seen(
    alone: Alone, own_dsn: str, sql: str, verified: int, fault: str
) -> None:
    await tamper(own_dsn, sql)

    state = await alone.state()

    assert not state["is_whole"]
    assert state["verified"] == verified
    assert fault in state["fault"]


async def test_only_the_newest_are_verified(
    alone: Alone, own_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("BE.modules.audit.service.audit._VERIFIED_AT_A_GLANCE", 3)

    await tamper(own_dsn, "DELETE FROM audit.entry WHERE sequence = 2")
    before_them = await alone.state()
    await tamper(own_dsn, "DELETE FROM audit.entry WHERE sequence = 5")
    among_them = await alone.state()

    assert (before_them["is_whole"], before_them["verified"]) == (True, 3)
    assert (among_them["is_whole"], among_them["verified"]) == (False, 1)


async def test_what_is_archived_is_counted(alone: Alone, own_dsn: str, tmp_path: Path) -> None:
    objects = alone.app.state.container.objects_of(CONTEXT)
    head: Head = (await objects.audit_service.verify()).head
    before = await alone.app.state.container.database().fetchval("SELECT now() + interval '1 hour'")

    await objects.archive_service.archive(before, tmp_path / "archive")
    state = await alone.state()

    assert state["sealed"] == head.sequence
    assert state["is_whole"]


async def test_it_is_for_admins(client: httpx.AsyncClient, ada: Person) -> None:
    assert (await client.get(STATE)).status_code == 401
    assert (await client.get(STATE, headers=ada.headers)).status_code == 403
