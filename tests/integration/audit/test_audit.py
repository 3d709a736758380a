"""The audit trail: who did what to whom, as it is recorded, read, and proved to be whole."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import fields
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI

from BE.core.database.connections import connect
from BE.core.database.database import Database
from BE.core.events import HourPassed
from BE.modules.audit.models import Head, chain
from BE.modules.audit.repository import NEWEST, AuditRepository
from BE.modules.audit.service import AuditService
from tests.support.audit.trail import keep_trail, reset_trail, tamper
from tests.support.client import PASSWORD, Person, admin_of, sign_up
from tests.support.events import Counted, CountingDatabase, Node, Noticed, eventually
from tests.support.postgres import execute, fresh_database

AUDIT = "/api/v1/audit"


@pytest.fixture
async def admin(app: FastAPI, client: httpx.AsyncClient) -> Person:
    return await admin_of(app, client)


class Trail:
    """The trail as an admin reads it."""

    def __init__(self, client: httpx.AsyncClient, admin: Person) -> None:
        self._client = client
        self._admin = admin

    async def read(self, **query: Any) -> list[dict[str, Any]]:
        answer = await self._client.get(AUDIT, params=query, headers=self._admin.headers)
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    async def wait_for(self, count: int = 1, **query: Any) -> list[dict[str, Any]]:
        """Wait for ``count`` entries, oldest first: they are written after the request's answer."""

        async def are_there() -> bool:
            return len(await self.read(**query)) >= count

        await eventually(are_there)
        return (await self.read(**query))[::-1]


@pytest.fixture
def trail(client: httpx.AsyncClient, admin: Person) -> Trail:
    return Trail(client, admin)


class TestActions:
    async def test_a_registration_is_recorded(
        self, client: httpx.AsyncClient, trail: Trail
    ) -> None:
        request_id = uuid4().hex
        client.headers["X-Request-ID"] = request_id
        ada = await sign_up(client, username=f"a{request_id[:8]}")

        (entry,) = await trail.wait_for(request_id=request_id, event_name="user.registered")

        assert entry["subject_id"] == ada.id
        assert entry["actor_id"] is None
        assert entry["client_ip"] == "127.0.0.1"
        assert entry["event_version"] == 1
        assert entry["data"] == {"role": "user", "user_id": ada.id}

    async def test_a_change_of_password_is_recorded(
        self, client: httpx.AsyncClient, trail: Trail
    ) -> None:
        ada = await sign_up(client)
        change = {"current_password": PASSWORD, "new_password": "another horse battery staple"}
        headers = ada.headers | {"X-Request-ID": uuid4().hex}
        answer = await client.post("/api/v1/auth/password/change", json=change, headers=headers)
        assert answer.status_code == 204

        registered, changed = await trail.wait_for(2, subject_id=ada.id)

        assert registered["event_name"] == "user.registered"
        assert changed["event_name"] == "user.password_changed"
        assert changed["actor_id"] == changed["subject_id"] == ada.id
        assert changed["request_id"] == headers["X-Request-ID"]
        assert changed["data"]["by_link"] is False

    async def test_a_reused_refresh_token_is_recorded(
        self, client: httpx.AsyncClient, trail: Trail
    ) -> None:
        ada = await sign_up(client)
        stolen = client.cookies["__Host-refresh_token"]
        for _ in range(2):
            answer = await client.post("/api/v1/auth/refresh")
            assert answer.status_code == 200
        client.cookies.clear()
        request_id = uuid4().hex
        reused = await client.post(
            "/api/v1/auth/refresh",
            headers={"X-Request-ID": request_id, "Cookie": f"__Host-refresh_token={stolen}"},
        )
        assert reused.json()["code"] == "REFRESH_TOKEN_REUSED"

        (entry,) = await trail.wait_for(request_id=request_id)

        assert entry["event_name"] == "user.token_reuse_detected"
        assert entry["subject_id"] == ada.id
        assert entry["client_ip"] == "127.0.0.1"
        assert set(entry["data"]) == {"user_id", "session_id"}

    async def test_the_retry_of_a_dead_letter_is_recorded(
        self, client: httpx.AsyncClient, trail: Trail, admin: Person, database: Database
    ) -> None:
        delivery_id = await database.fetchval(
            """
            WITH event AS (
                INSERT INTO events.event (id, name, version, payload, occurred_at)
                VALUES (gen_random_uuid(), 'test.noticed', 1, '{}', now())
                RETURNING id
            )
            INSERT INTO events.delivery (event_id, handler, state, finished_at)
            SELECT id, 'nobody', 'dead', now() FROM event
            RETURNING id
            """
        )
        url = f"/api/v1/events/{delivery_id}/retry"
        assert (await client.post(url, headers=admin.headers)).status_code == 204

        (entry,) = await trail.wait_for(
            event_name="delivery.retried", subject_id=str(delivery_id), actor_id=admin.id
        )

        assert entry["data"] == {"delivery_id": delivery_id, "handler": None, "retried": 1}
        await database.execute("DELETE FROM events.delivery WHERE id = $1", delivery_id)

    async def test_a_failed_request_is_not_recorded(
        self, client: httpx.AsyncClient, trail: Trail, admin: Person
    ) -> None:
        request_id = uuid4().hex
        url = "/api/v1/events/999999999/retry"
        headers = admin.headers | {"X-Request-ID": request_id}
        assert (await client.post(url, headers=headers)).status_code == 404
        ada = await sign_up(client)
        await trail.wait_for(subject_id=ada.id)

        assert await trail.read(request_id=request_id) == []


class TestReading:
    async def test_is_for_admins(self, client: httpx.AsyncClient, ada: Person) -> None:
        assert (await client.get(AUDIT)).status_code == 401
        assert (await client.get(AUDIT, headers=ada.headers)).status_code == 403

    @pytest.mark.parametrize(
        "query",
        [
            {"user_id": "x"},
            {"actor_id": "ada"},
            {"since": "2030-01-01"},
            {"until": "2030-01-01T00:00:00"},
            {"event_name": ""},
            {"subject_id": "x" * 256},
            {"request_id": "\x00"},
            {"limit": 101},
            {"cursor": "x"},
        ],
        ids=str,
    )
    async def test_refuses_invalid_queries(
        self, client: httpx.AsyncClient, admin: Person, query: dict[str, Any]
    ) -> None:
        answer = await client.get(AUDIT, params=query, headers=admin.headers)

        assert answer.status_code == 422

    async def test_a_cursor_continues_the_list_with_its_filter_only(
        self, client: httpx.AsyncClient, admin: Person, trail: Trail
    ) -> None:
        request_id = uuid4().hex
        client.headers["X-Request-ID"] = request_id
        people = [await sign_up(client) for _ in range(3)]
        await trail.wait_for(3, request_id=request_id)

        async def page(**query: Any) -> httpx.Response:
            return await client.get(AUDIT, params=query, headers=admin.headers)

        first = await page(limit=2, request_id=request_id)
        cursor = first.json()["next_cursor"]
        second = await page(limit=2, request_id=request_id, cursor=cursor)
        with_other_filter = await page(limit=2, cursor=cursor)

        found = [item["subject_id"] for item in first.json()["items"] + second.json()["items"]]
        assert found == [person.id for person in reversed(people)]
        assert second.json()["next_cursor"] is None
        assert with_other_filter.status_code == 422

    async def test_is_narrowed_by_time(self, trail: Trail, client: httpx.AsyncClient) -> None:
        ada = await sign_up(client)
        (entry,) = await trail.wait_for(subject_id=ada.id)
        at = entry["occurred_at"]

        assert await trail.read(subject_id=ada.id, since=at) == [entry]
        assert await trail.read(subject_id=ada.id, until=at) == []


@pytest.fixture(scope="module")
async def audit_dsn(server: str, migrated: str) -> AsyncIterator[str]:
    async with fresh_database(server, migrated) as dsn:
        yield dsn


type Start = Callable[..., Awaitable[Node]]


@pytest.fixture
async def start(audit_dsn: str) -> AsyncIterator[Start]:
    """Make nodes that stand for processes with one database."""
    await reset_trail(audit_dsn)
    await execute(audit_dsn, "DELETE FROM events.event")
    async with AsyncExitStack() as databases:

        async def start(**relay: Any) -> Node:
            database = CountingDatabase(
                audit_dsn, pool_size=1, max_overflow=3, acquire_timeout=60, idle_lifetime=300
            )
            return Node(await databases.enter_async_context(database), **relay)

        yield start


@pytest.fixture
async def node(start: Start) -> Node:
    return await start()


async def record(node: Node, count: int) -> AuditService:
    """Publish ``count`` events, and wait until they are recorded."""
    audit = keep_trail(node)
    await node.publish(*(Counted(subject=str(number), number=number) for number in range(count)))
    async with node.relaying():
        await node.settled()
    return audit


async def heads(node: Node) -> list[Head]:
    """The head that the trail had after each entry."""
    return [entry.head for entry in await AuditRepository(node.db).following(0, limit=10_000)]


class TestRecording:
    async def test_appends_many_entries_in_one_transaction(self, node: Node) -> None:
        keep_trail(node)
        await node.publish(*(Noticed(number=number) for number in range(30)))
        node.db.statements.clear()

        async with node.relaying():
            await node.settled()

        locks = [
            statement for statement, _ in node.db.statements if "audit.head FOR UPDATE" in statement
        ]
        assert len(await heads(node)) == 30
        assert len(locks) == 1

    async def test_an_event_that_cannot_be_recorded_does_not_block_others(self, node: Node) -> None:
        audit = keep_trail(node)
        await node.publish(*(Noticed(number=number) for number in range(5)))
        await node.db.execute(
            "UPDATE events.event SET payload = '[]' WHERE payload->>'number' = '2'"
        )

        async with node.relaying():
            await node.settled()

        assert (await audit.verify()).head.sequence == 4
        assert sorted(await node.states()) == [("dead", 3)] + [("done", 1)] * 4

    async def test_a_rolled_back_append_leaves_no_gap(self, node: Node) -> None:
        audit = keep_trail(node)
        append, failures = AuditRepository.append, 0

        async def append_and_fail(repository: AuditRepository, entries: Any) -> None:
            nonlocal failures
            await append(repository, entries)
            if failures < 2:
                failures += 1
                raise ValueError("boom")

        audit._repository.append = append_and_fail.__get__(audit._repository)  # type: ignore[method-assign]
        await node.publish(*(Noticed(number=number) for number in range(5)))
        async with node.relaying():
            await node.settled()
        verdict = await audit.verify()

        assert failures == 2
        assert verdict.is_whole
        assert verdict.head.sequence == 5

    async def test_by_concurrent_nodes_makes_one_chain(self, start: Start) -> None:
        nodes = [await start() for _ in range(4)]
        audits = [keep_trail(node) for node in nodes]
        async with AsyncExitStack() as running:
            for node in nodes:
                await running.enter_async_context(node.relaying())
            await asyncio.gather(
                *(
                    node.publish(Counted(subject=str(number % 7), number=number))
                    for number in range(200)
                    for node in [nodes[number % 4]]
                )
            )
            await nodes[0].settled()
        verdict = await audits[0].verify()
        recorded = await nodes[0].db.fetch("SELECT data->>'number' AS number FROM audit.entry")

        assert verdict.is_whole
        assert verdict.head.sequence == 200
        assert {int(row["number"]) for row in recorded} == set(range(200))

    async def test_leaves_out_hourly_ticks(self, node: Node) -> None:
        audit = keep_trail(node)

        async def ignore(_: HourPassed) -> None: ...

        node.bus.subscribe(HourPassed, ignore, name="ignore")
        await node.schedule.tick()
        await node.publish(Noticed(number=1))
        async with node.relaying():
            await node.settled()

        assert (await audit.verify()).head.sequence == 1


class TestAppendOnly:
    @pytest.mark.parametrize(
        "sql",
        [
            "UPDATE audit.entry SET client_ip = NULL",
            "UPDATE audit.entry SET client_ip = NULL WHERE false",
            "DELETE FROM audit.entry WHERE sequence = 1",
            "TRUNCATE audit.entry",
            "DELETE FROM audit.head",
            "TRUNCATE audit.head",
            "SET LOCAL session_replication_role = replica; DELETE FROM audit.entry",
        ],
    )
    async def test_the_database_refuses(self, dsn: str, sql: str) -> None:
        """On a database that no test has tampered with: tampering recreates the triggers."""
        connection = await connect(dsn)

        with pytest.raises(Exception, match="append-only"):
            await connection.execute(f"BEGIN; {sql}; COMMIT")

        await connection.close()


SWAPPED = """
    CREATE TEMP TABLE swapped AS
    SELECT 7 - sequence AS sequence, event_id, event_name, event_version, occurred_at, actor_id,
        subject_id, request_id, client_ip, data, hash
    FROM audit.entry
    WHERE sequence IN (3, 4);
    DELETE FROM audit.entry WHERE sequence IN (3, 4);
    INSERT INTO audit.entry SELECT * FROM swapped
"""


GAP_CLOSED = """
    DELETE FROM audit.entry WHERE sequence = 3;
    UPDATE audit.entry SET sequence = sequence + 100 WHERE sequence > 3;
    UPDATE audit.entry SET sequence = sequence - 101 WHERE sequence > 100
"""
PREPENDED = """
    INSERT INTO audit.entry (
        sequence, event_id, event_name, event_version, occurred_at, data, hash
    )
    VALUES (0, gen_random_uuid(), 'user.deleted', 1, now(), '{}', '')
"""
HEAD_AT = """
    UPDATE audit.head
    SET (sequence, hash) = (SELECT sequence, hash FROM audit.entry WHERE sequence = {})
"""


class TestVerify:
    @pytest.mark.parametrize(
        ("sql", "intact", "fault"),
        [
            *(
                (f"UPDATE audit.entry SET {change} WHERE sequence = 3", 2, "not as it was")
                for change in (
                    "event_id = gen_random_uuid()",
                    "event_name = 'user.registered'",
                    "event_version = 2",
                    "occurred_at = occurred_at + '1 us'::interval",
                    "actor_id = gen_random_uuid()",
                    "subject_id = ''",
                    "request_id = 'x'",
                    "client_ip = '192.0.2.1'",
                    "data = '{}'",
                    """data = (data::text || ' ')::json""",
                    "hash = decode(repeat('00', 32), 'hex')",
                )
            ),
            ("DELETE FROM audit.entry WHERE sequence = 1", 0, "Entry 1 is missing"),
            ("DELETE FROM audit.entry WHERE sequence = 3", 2, "Entry 3 is missing"),
            (
                GAP_CLOSED,
                2,
                "Entry 3 of the audit trail is not as it was",
            ),
            (PREPENDED, 0, "Entry 0 does not belong"),
            (SWAPPED, 2, "Entry 3 of the audit trail is not as it was"),
            ("DELETE FROM audit.entry WHERE sequence > 4", 4, "ends with entry 4, but has had 6"),
            ("DELETE FROM audit.entry", 0, "ends with entry 0, but has had 6"),
            ("UPDATE audit.head SET sequence = 4", 3, "Entry 4 of the audit trail does not have"),
            (
                HEAD_AT.format(5),
                6,
                "Entry 6 of the audit trail was added",
            ),
            (
                "UPDATE audit.head SET hash = decode(repeat('00', 32), 'hex')",
                5,
                "Entry 6 of the audit trail does not have the hash that was kept",
            ),
        ],
    )
    async def test_detects_tampering(
        self, node: Node, audit_dsn: str, sql: str, intact: int, fault: str
    ) -> None:
        audit = await record(node, 6)
        assert (await audit.verify()).is_whole

        await tamper(audit_dsn, sql)
        verdict = await audit.verify()

        assert verdict.fault is not None
        assert fault in verdict.fault
        assert verdict.head.sequence == intact

    async def test_a_truncated_trail_with_its_head_is_detected_by_a_kept_head(
        self, node: Node, audit_dsn: str
    ) -> None:
        audit = await record(node, 6)
        kept = (await audit.verify()).head

        await tamper(
            audit_dsn,
            f"DELETE FROM audit.entry WHERE sequence > 4; {HEAD_AT.format(4)}",
        )

        assert (await audit.verify()).is_whole
        assert "ends with entry 4, but has had 6" in str((await audit.verify(kept)).fault)

    async def test_a_forged_end_of_the_trail_is_detected_by_a_kept_head(
        self, node: Node, audit_dsn: str
    ) -> None:
        audit = await record(node, 6)
        kept = await heads(node)
        await forge(node, audit_dsn)

        assert (await audit.verify()).is_whole
        assert (await audit.verify(kept[1])).is_whole
        assert not (await audit.verify(Head(0, b"another"))).is_whole
        assert (await audit.verify(kept[4])).fault == (
            "Entry 5 of the audit trail does not have the hash that was kept."
        )


async def forge(node: Node, dsn: str) -> None:
    """Change entry 3 and rebuild the chain after it, as one with write access could."""
    repository = AuditRepository(node.db)
    _, second, *rest = await repository.following(0, limit=100)
    await tamper(
        dsn,
        f"DELETE FROM audit.entry WHERE sequence > 2; {HEAD_AT.format(2)}",
    )
    forged = [type(entry.record)(*_changed(entry.record)) for entry in rest]
    await repository.append(chain(second.head, forged))


def _changed(record: Any) -> list[Any]:
    return [
        "192.0.2.66" if field.name == "client_ip" else getattr(record, field.name)
        for field in fields(record)
    ]


class TestIndexes:
    @pytest.mark.parametrize(
        ("narrowed", "index"),
        [
            ({}, "entry_time"),
            ({"since": None, "until": None}, "entry_time"),
            ({"actor_id": UUID(int=7)}, "entry_actor"),
            ({"subject_id": "7"}, "entry_subject"),
            ({"event_name": "test.seldom"}, "entry_name"),
            ({"request_id": "7"}, "entry_request"),
        ],
        ids=["nothing", "time", "actor", "subject", "name", "request"],
    )
    async def test_serve_each_filter_in_its_order(
        self, node: Node, audit_dsn: str, narrowed: dict[str, Any], index: str
    ) -> None:
        await node.db.execute(
            """
            INSERT INTO audit.entry (
                sequence, event_id, event_name, event_version, occurred_at, actor_id, subject_id,
                request_id, data, hash
            )
            SELECT n, gen_random_uuid(), 'test.noticed', 1, now() - n * '1 min'::interval,
                gen_random_uuid(), n::text, n::text, '{}', ''
            FROM generate_series(1, 5000) AS n
            """
        )
        await execute(audit_dsn, "ANALYZE audit.entry")
        now = await node.db.fetchval("SELECT now()")
        node.db.statements.clear()
        found: Any = {name: value or now for name, value in narrowed.items()}
        await AuditRepository(node.db).newest(found, before=NEWEST, limit=21)
        ((query, arguments),) = node.db.statements

        plan = await node.db.fetch(f"EXPLAIN {query}", *arguments)

        text = "\n".join(row[0] for row in plan)
        assert index in text
        assert "Sort" not in text
        assert "Seq Scan" not in text
