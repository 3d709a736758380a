"""Writes events and their durable deliveries, a row for each event and handler."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID, uuid4

from BE.core.database.database import Database
from BE.core.database.json_rows import json_rows, nested
from BE.core.durable.codec import encode
from BE.core.events.change import Change
from BE.core.events.event import Envelope, Event

_EVENTS = """
    INSERT INTO events.event (
        id, name, version, payload, occurred_at, actor_id, request_id, client_ip, trace,
        api_key_id
    )
    SELECT id, name, version, payload, occurred_at, actor_id, request_id, client_ip, trace,
        api_key_id
    FROM jsonb_to_recordset($1::jsonb) AS given (
        id uuid, name text, version integer, payload jsonb, occurred_at timestamptz,
        actor_id uuid, request_id text, client_ip text, trace jsonb, api_key_id uuid
    )
"""

_DELIVERIES = """
    INSERT INTO events.delivery (event_id, handler, key, due_at)
    SELECT event_id, handler, key, coalesce($3, now()) + $4::interval
    FROM jsonb_to_recordset($2::jsonb) AS given (event_id uuid, handler text, key text)
"""

_INSERT = f"WITH event AS ({_EVENTS}) {_DELIVERIES}"


def _changes(parameter: str) -> str:
    """Dated by the database's clock."""
    return f"""
        INSERT INTO events.change (name, audience_id, subject_id, subject_version, at)
        SELECT name, audience_id, subject_id, subject_version, clock_timestamp()
        FROM jsonb_to_recordset({parameter}::jsonb) AS given (
            name text, audience_id uuid, subject_id uuid, subject_version integer
        )
    """


_FOLLOWERS = "SELECT ARRAY(SELECT process_id FROM events.follower WHERE until > now())"

_INSERT_WITH_CHANGES = f"""
    WITH event AS ({_EVENTS}), delivery AS ({_DELIVERIES}), change AS ({_changes("$5")})
    {_FOLLOWERS}
"""
"""Returns the processes that follow the changes."""

_INSERT_CHANGES = f"WITH change AS ({_changes('$1')}) {_FOLLOWERS}"
"""The same."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An event that is published, the value of its key, and the handlers that receive it."""

    envelope: Envelope[Event]
    key: str | None
    handlers: Sequence[str]
    changes: Sequence[Change] = ()
    """The changes that the live feed shows for it."""


class Outbox:
    def __init__(self, database: Database) -> None:
        self._db = database
        self.filled = asyncio.Event()
        """Set when this process has committed a delivery."""
        self.process_id = uuid4()
        self.changed = asyncio.Event()
        """Set when this process has committed changes that a process follows."""
        self._followers: set[UUID] = set()

    async def add(
        self, outgoing: Collection[Outgoing], when: datetime | timedelta = timedelta(0)
    ) -> None:
        """Write the events and their deliveries, due at ``when``: a time or a delay."""
        at, delay = (None, when) if isinstance(when, timedelta) else (when, timedelta(0))
        arguments = (
            json_rows([_row(event.envelope) for event in outgoing]),
            json_rows(
                [
                    {"event_id": event.envelope.id, "handler": handler, "key": event.key}
                    for event in outgoing
                    for handler in event.handlers
                ]
            ),
            at,
            delay,
        )
        changes = [change for event in outgoing for change in event.changes]
        if not changes:
            await self._db.execute(_INSERT, *arguments)
        else:
            followers = await self._db.fetchval(
                _INSERT_WITH_CHANGES, *arguments, json_rows(changes)
            )
            self._notify(followers)
        self._db.after_commit(self.filled.set)

    async def show(self, changes: Sequence[Change]) -> None:
        """Write changes for the live feed that come without an event."""
        self._notify(await self._db.fetchval(_INSERT_CHANGES, json_rows(changes)))

    async def tick_hour(self, name: str, version: int, handlers: Sequence[str]) -> float:
        """Write the event of the current hour unless it is there.

        Returns the seconds until the next hour, by the database's clock. The event's id is derived
        from its time, so that it exists once, however many processes write it.
        """
        row = await self._db.fetchrow(
            """
            WITH tick AS (
                SELECT md5($1 || ' ' || extract(epoch FROM began))::uuid AS id, began
                FROM date_trunc('hour', now(), 'UTC') AS began
            ), event AS (
                INSERT INTO events.event (id, name, version, payload, occurred_at)
                SELECT id, $1, $2, jsonb_build_object('began_at', began), began
                FROM tick
                ON CONFLICT (id) DO NOTHING
                RETURNING id
            ), delivery AS (
                INSERT INTO events.delivery (event_id, handler)
                SELECT event.id, handler
                FROM event, unnest($3::text[]) AS handler
            )
            SELECT EXISTS (SELECT FROM event),
                extract(epoch FROM began + '1 hour' - now())::float
            FROM tick
            """,
            name,
            version,
            handlers,
        )
        is_written, seconds = row
        if is_written:
            self._db.after_commit(self.filled.set)
        return float(seconds)

    def take_followers(self) -> set[UUID]:
        """The processes that follow the changes committed since the last call."""
        self.changed.clear()
        followers, self._followers = self._followers, set()
        return followers

    def _notify(self, followers: list[UUID]) -> None:
        if followers:
            self._db.after_commit(partial(self._note_changes, followers))

    def _note_changes(self, followers: list[UUID]) -> None:
        self._followers.update(followers)
        self.changed.set()


def _row(envelope: Envelope[Event]) -> dict[str, object]:
    return {
        "id": envelope.id,
        "name": envelope.event.name,
        "version": envelope.event.version,
        "payload": nested(encode(envelope.event)),
        "occurred_at": envelope.occurred_at,
        "actor_id": envelope.actor_id,
        "request_id": envelope.request_id,
        "client_ip": envelope.client_ip,
        "trace": nested(envelope.trace),
        "api_key_id": envelope.api_key_id,
    }
