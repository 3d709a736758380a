"""In-memory fakes of what the core uses outside itself. Each subclasses what it replaces."""

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from BE.core.database.database import Database
from BE.core.events import Event, EventBus
from BE.core.events.outbox import Outbox, Outgoing
from BE.core.mail import Mail, Mailer
from BE.core.security.passwords import HashingBusy, Passwords


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = datetime(2030, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def seconds(self) -> float:
        return self.now.timestamp()


class FakeDatabase(Database):
    """Counts commits and rollbacks."""

    def __init__(self) -> None:
        self.commits = 0
        self.rollbacks = 0
        self._depth = 0
        self.after_commit_callbacks: list[Callable[[], None]] = []

    @property
    def in_transaction(self) -> bool:
        return self._depth > 0

    def after_commit(self, callback: Callable[[], None]) -> None:
        self.after_commit_callbacks.append(callback)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        self._depth += 1
        try:
            yield
        except BaseException:
            self.rollbacks += 1
            self.after_commit_callbacks.clear()
            raise
        else:
            self.commits += 1
        finally:
            self._depth -= 1


class RecordingBus(EventBus):
    """Records the events that are published, and delivers none."""

    def __init__(self) -> None:
        self.published: list[Event] = []
        self.later: list[tuple[Event, datetime | timedelta]] = []

    async def publish(self, *events: Event) -> None:
        self.published.extend(events)

    async def publish_later(self, event: Event, when: datetime | timedelta) -> None:
        self.later.append((event, when))


class FakeOutbox(Outbox):
    """Records the events that are to be delivered durably."""

    def __init__(self) -> None:
        self.added: list[Outgoing] = []

    async def add(
        self, outgoing: Collection[Outgoing], when: datetime | timedelta = timedelta(0)
    ) -> None:
        self.added.extend(outgoing)


class FakePasswords(Passwords):
    """Hashes by reversing the text, with parameters of version 1."""

    def __init__(self) -> None:
        self.version = "1"
        self.is_busy = False
        self.verified: list[str | None] = []

    async def hash(self, password: str) -> str:
        return f"{self.version}:{password[::-1]}"

    async def hash_all(self, passwords: Sequence[str]) -> list[str]:
        return [await self.hash(password) for password in passwords]

    async def verify(self, password_hash: str | None, password: str) -> bool:
        if self.is_busy:
            raise HashingBusy
        self.verified.append(password_hash)
        return password_hash is not None and password_hash[2:] == password[::-1]

    def needs_rehash(self, password_hash: str) -> bool:
        return password_hash[0] != self.version

    def close(self) -> None:
        pass


class RecordingMailer(Mailer):
    def __init__(self) -> None:
        self.sent: list[Mail] = []

    async def send(self, mail: Mail) -> None:
        self.sent.append(mail)
