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
class OwnTrail:
    """An application with a trail of its own, and an admin who reads its state."""

    app: FastAPI
    client: httpx.AsyncClient
    admin: Person

    async def state(self) -> dict[str, Any]:
        answer = await self.client.get(STATE, headers=self.admin.headers)
        assert answer.status_code == 200, answer.text
        state: dict[str, Any] = answer.json()
        return state


@pytest.fixture
async def trail(build_app: AppFactory, own_dsn: str) -> AsyncIterator[OwnTrail]:
    """A trail with six entries that no longer grows."""
    async with build_app(database_url=own_dsn) as app, client_of(app) as client:
        for _ in range(5):
            await sign_up(client)
        trail = OwnTrail(app, client, await admin_of(app, client))

        async def are_recorded() -> bool:
            return bool((await trail.state())["entries"] == 6)

        await eventually(are_recorded)
        yield trail


async def test_a_whole_trail_is_reported_with_its_head(trail: OwnTrail) -> None:
    verdict = await trail.app.state.container.objects_of(CONTEXT).audit_service.verify()

    assert await trail.state() == {
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
async def test_tampering_with_its_end_is_detected(
    trail: OwnTrail, own_dsn: str, sql: str, verified: int, fault: str
) -> None:
    await tamper(own_dsn, sql)

    state = await trail.state()

    assert not state["is_whole"]
    assert state["verified"] == verified
    assert fault in state["fault"]


async def test_only_the_newest_entries_are_verified(
    trail: OwnTrail, own_dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("BE.modules.audit.service.audit._VERIFIED_AT_A_GLANCE", 3)

    await tamper(own_dsn, "DELETE FROM audit.entry WHERE sequence = 2")
    before_them = await trail.state()
    await tamper(own_dsn, "DELETE FROM audit.entry WHERE sequence = 5")
    among_them = await trail.state()

    assert (before_them["is_whole"], before_them["verified"]) == (True, 3)
    assert (among_them["is_whole"], among_them["verified"]) == (False, 1)


async def test_archived_entries_are_counted(trail: OwnTrail, own_dsn: str, tmp_path: Path) -> None:
    objects = trail.app.state.container.objects_of(CONTEXT)
    head: Head = (await objects.audit_service.verify()).head
    before = await trail.app.state.container.database().fetchval("SELECT now() + interval '1 hour'")

    await objects.archive_service.archive(before, tmp_path / "archive")
    state = await trail.state()

    assert state["sealed"] == head.sequence
    assert state["is_whole"]


async def test_only_admins_may_read_the_state(client: httpx.AsyncClient, ada: Person) -> None:
    assert (await client.get(STATE)).status_code == 401
    assert (await client.get(STATE, headers=ada.headers)).status_code == 403
