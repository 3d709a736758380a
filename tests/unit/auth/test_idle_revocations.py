"""Without requests, revocations are polled only at the configured idle interval."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from BE.core.database.database import CannotListenError
from BE.core.types import new_id
from BE.modules.auth.security.revocations import Revocations
from tests.support.events import eventually, holds


class CountingRepository:
    def __init__(self) -> None:
        self.polls = 0

    async def revoked_sessions(self, within: timedelta | None) -> list[UUID]:
        self.polls += 1
        return []

    async def is_revoked(self, session_id: UUID) -> bool:
        return False


class PooledDatabase:
    """A database behind a pooler, which cannot LISTEN."""

    def listening(self, *_: object) -> Any:
        raise CannotListenError


async def test_an_idle_process_polls_at_its_next_check(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("BE.modules.auth.security.revocations._POLL_INTERVAL", 0.005)
    repository = CountingRepository()
    database: Any = PooledDatabase()
    revocations = Revocations(
        database,
        repository,
        token_lifetime=timedelta(minutes=15),
        forget_tokens=lambda _: None,
        idle_poll=3600,
    )
    await revocations.load()
    async with revocations.watching():
        await asyncio.sleep(0.1)
        assert repository.polls == 1

        await revocations.check(new_id())
        await eventually(lambda: holds(repository.polls == 2))
