import asyncio
from hashlib import sha256
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from BE.core.database.database import Database
from BE.core.exceptions import UnavailableError
from container import Container
from tests.support.application import AppFactory
from tests.support.client import PASSWORD, Person, client_of, sign_in, sign_up
from tests.support.events import eventually, pass_an_hour
from tests.support.specimen.api import SPECIMENS, count
from tests.support.specimen.models import Specimen

USERS = "/api/v1/users"


async def post(
    client: httpx.AsyncClient, owner: Person, key: str, path: str = SPECIMENS, **body: Any
) -> httpx.Response:
    headers = owner.headers | {"Idempotency-Key": key}
    return await client.post(path, json={"title": "Fern"} | body, headers=headers)


async def test_a_repeated_request_gets_the_same_answer(
    client: httpx.AsyncClient, ada: Person
) -> None:
    first = await post(client, ada, "key")
    second = await post(client, ada, "key")

    assert first.status_code == second.status_code == 201
    assert first.content == second.content
    for name in ("location", "etag", "content-type"):
        assert first.headers[name] == second.headers[name]
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"
    assert await count(client, ada) == 1


async def test_the_first_answer_is_replayed_after_the_specimen_has_changed(
    client: httpx.AsyncClient, ada: Person
) -> None:
    first = await post(client, ada, "key")
    await client.patch(first.headers["location"], json={"title": "Moss"}, headers=ada.headers)
    await client.delete(first.headers["location"], headers=ada.headers)

    assert (await post(client, ada, "key")).content == first.content


async def test_another_body_is_refused(client: httpx.AsyncClient, ada: Person) -> None:
    await post(client, ada, "key")
    answer = await post(client, ada, "key", title="Moss")

    assert answer.status_code == 422
    assert answer.json()["code"] == "IDEMPOTENCY_KEY_REUSED"
    assert await count(client, ada) == 1


async def test_another_query_is_another_request(client: httpx.AsyncClient, ada: Person) -> None:
    headers = ada.headers | {"Idempotency-Key": "key"}
    body = {"title": "Fern"}
    first = await client.post(SPECIMENS, json=body, headers=headers)
    second = await client.post(f"{SPECIMENS}?collection=alpine", json=body, headers=headers)

    assert first.status_code == 201
    assert second.json()["code"] == "IDEMPOTENCY_KEY_REUSED"


async def test_a_key_belongs_to_one_user_and_route(
    client: httpx.AsyncClient, ada: Person, bob: Person
) -> None:
    answers = [
        await post(client, ada, "key"),
        await post(client, bob, "key"),
        await post(client, ada, "key", f"/api/v1/users/{ada.id}/specimens"),
        await post(client, ada, "Key"),
    ]

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 4


async def test_a_failed_request_is_not_stored(client: httpx.AsyncClient, ada: Person) -> None:
    refused = await post(client, ada, "key", title="")
    answer = await post(client, ada, "key")

    assert refused.status_code == 422
    assert answer.status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb", "é", "\x7f"])
async def test_a_bad_key_is_refused(client: httpx.AsyncClient, ada: Person, key: str) -> None:
    headers = [*ada.headers.items(), ("Idempotency-Key", key.encode())]
    answer = await client.post(SPECIMENS, json={"title": "Fern"}, headers=headers)  # type: ignore[arg-type]

    assert answer.status_code == 422
    assert answer.json()["details"][0]["field"] == "header.Idempotency-Key"
    assert await count(client, ada) == 0


async def test_two_keys_are_refused(client: httpx.AsyncClient, ada: Person) -> None:
    headers = [*ada.headers.items(), ("Idempotency-Key", "a"), ("Idempotency-Key", "b")]
    answer = await client.post(SPECIMENS, json={"title": "Fern"}, headers=headers)

    assert answer.status_code == 422


@pytest.mark.parametrize("key", ["x", "x" * 255, "a b !~", "0"])
async def test_any_printable_key_is_accepted(
    client: httpx.AsyncClient, ada: Person, key: str
) -> None:
    assert (await post(client, ada, key)).status_code == 201
    assert (await post(client, ada, key)).headers["idempotency-replayed"] == "true"


async def test_an_anonymous_caller_gets_401(client: httpx.AsyncClient) -> None:
    for key in ("key", ""):
        answer = await client.post(
            SPECIMENS, json={"title": "Fern"}, headers={"Idempotency-Key": key}
        )
        assert answer.status_code == 401


async def test_other_routes_ignore_the_header(client: httpx.AsyncClient, ada: Person) -> None:
    specimen = (await post(client, ada, "key")).json()
    headers = ada.headers | {"Idempotency-Key": ""}

    answer = await client.patch(
        f"{SPECIMENS}/{specimen['id']}", json={"title": "x"}, headers=headers
    )

    assert answer.status_code == 200


async def test_a_key_expires_after_a_day_and_is_purged(
    client: httpx.AsyncClient,
    ada: Person,
    app: FastAPI,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("BE.core.http.idempotency._BATCH", 2)
    for number in range(6):
        await post(client, ada, f"key {number}")
    await database.execute(
        "UPDATE idempotency.answer SET created_at = created_at - interval '24 hours'"
    )

    again = await post(client, ada, "key 0")
    replayed = await post(client, ada, "key 0")
    await pass_an_hour(app)

    assert "idempotency-replayed" not in again.headers
    assert replayed.content == again.content
    assert await count(client, ada) == 7

    async def is_purged() -> bool:
        stored = await database.fetch("SELECT key FROM idempotency.answer")
        return [row[0] for row in stored] == ["key 0"]

    await eventually(is_purged)


async def test_concurrent_requests_make_one_specimen(
    client: httpx.AsyncClient, ada: Person
) -> None:
    answers = await asyncio.gather(*(post(client, ada, "key") for _ in range(30)))

    created = [answer for answer in answers if answer.status_code == 201]
    others = [answer for answer in answers if answer.status_code != 201]
    assert created
    assert len({answer.content for answer in created}) == 1
    assert {answer.json()["code"] for answer in others} <= {"IDEMPOTENCY_IN_FLIGHT"}
    assert await count(client, ada) == 1


class _Gate:
    """Pauses a request between its effect and its answer."""

    def __init__(self) -> None:
        self.reached, self.release = asyncio.Event(), asyncio.Event()
        self.error: Exception | None = None

    def install(self, app: FastAPI) -> None:
        repository = app.state.container.specimen_repository()
        add = repository.add

        async def pausing_add(*arguments: Any, **options: Any) -> Specimen:
            specimen: Specimen = await add(*arguments, **options)
            self.reached.set()
            await self.release.wait()
            if self.error:
                raise self.error
            return specimen

        repository.add = pausing_add


@pytest.fixture
async def gate() -> _Gate:
    return _Gate()


async def test_a_request_is_refused_while_the_first_is_in_flight(
    build_app: AppFactory, gate: _Gate
) -> None:
    async with build_app() as app, client_of(app) as client:
        ada = await sign_up(client)
        gate.install(app)

        first = asyncio.create_task(post(client, ada, "key"))
        await gate.reached.wait()
        second = await post(client, ada, "key")
        gate.release.set()
        created = await first
        third = await post(client, ada, "key")

        assert (second.status_code, second.json()["code"]) == (409, "IDEMPOTENCY_IN_FLIGHT")
        assert created.status_code == 201
        assert third.content == created.content


async def test_a_rolled_back_effect_stores_no_answer(build_app: AppFactory, gate: _Gate) -> None:
    async with build_app() as app, client_of(app) as client:
        ada = await sign_up(client)
        gate.install(app)
        gate.release.set()
        gate.error = UnavailableError()

        failed = await post(client, ada, "key")
        gate.error = None
        answer = await post(client, ada, "key")

        assert failed.status_code == 503
        assert answer.status_code == 201
        assert "idempotency-replayed" not in answer.headers
        assert await count(client, ada) == 1


async def test_a_request_that_loses_the_race_for_the_key_gets_a_replay(
    build_app: AppFactory,
) -> None:
    """The other request commits between this one's lookup and its lock."""
    looked_up, release = asyncio.Event(), asyncio.Event()

    def delay_begin(container: Container) -> None:
        idempotency = container.idempotency()
        begin = idempotency._begin

        async def delayed_begin(claim: Any) -> None:
            if not looked_up.is_set():
                looked_up.set()
                await release.wait()
            await begin(claim)

        idempotency._begin = delayed_begin

    async with build_app(delay_begin) as app, client_of(app) as client:
        ada = await sign_up(client)
        slower = asyncio.create_task(post(client, ada, "key"))
        await looked_up.wait()
        faster = await post(client, ada, "key")
        release.set()

        assert (await slower).content == faster.content
        assert (await slower).headers["idempotency-replayed"] == "true"
        assert await count(client, ada) == 1


async def test_a_deferred_transaction_holds_no_connection_before_its_start(
    build_app: AppFactory,
) -> None:
    started: list[bool] = []

    async with build_app(db_pool_size=1, db_max_overflow=0) as app:
        database: Database = app.state.container.database()

        async def record_start() -> None:
            started.append(database.in_transaction)

        async def query_outside() -> Any:
            return await database.fetchval("SELECT 1")

        async def deferred() -> None:
            async with database.deferred_transaction(record_start):
                waiting.set()
                await release.wait()
                assert started == []
                async with database.transaction():
                    await database.execute("SELECT 1")
                assert started == [True]

        waiting, release = asyncio.Event(), asyncio.Event()
        running = asyncio.create_task(deferred())
        await waiting.wait()
        assert await query_outside() == 1
        release.set()
        await running
        assert await query_outside() == 1


def new_user(**fields: Any) -> dict[str, Any]:
    return {"email": "new@example.com", "password": PASSWORD, "full_name": "New Comer"} | fields


class TestUsers:
    @pytest.mark.parametrize("path", [USERS, f"{USERS}/bulk"])
    async def test_are_created_once(
        self, client: httpx.AsyncClient, root: Person, database: Database, path: str
    ) -> None:
        headers = root.headers | {"Idempotency-Key": "key"}

        async def create(**fields: Any) -> httpx.Response:
            body = new_user(**fields)
            return await client.post(
                path, json=[body] if path.endswith("bulk") else body, headers=headers
            )

        first, second = await create(), await create()
        other = await create(full_name="Somebody Else")

        assert (first.status_code, second.status_code) == (201, 201)
        assert "idempotency-replayed" not in first.headers
        assert second.headers["idempotency-replayed"] == "true"
        assert second.content == first.content
        for name in ("location", "etag", "content-type"):
            assert second.headers.get(name) == first.headers.get(name)
        assert (other.status_code, other.json()["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
        assert await database.fetchval("SELECT count(*) FROM users.profile") == 2
        assert await sign_in(client, "new@example.com")

    async def test_taken_emails_are_named_and_the_key_stays_free(
        self, client: httpx.AsyncClient, ada: Person, root: Person
    ) -> None:
        headers = root.headers | {"Idempotency-Key": "key"}
        taken = [new_user(), new_user(email=ada.email.upper())]

        refused = await client.post(f"{USERS}/bulk", json=taken, headers=headers)
        created = await client.post(f"{USERS}/bulk", json=[new_user()], headers=headers)

        assert (refused.status_code, created.status_code) == (409, 201)
        assert [detail["field"] for detail in refused.json()["details"]] == ["body.1.email"]

    async def test_hold_no_connection_while_their_passwords_are_hashed(
        self, build_app: AppFactory, root: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        headers = root.headers | {"Idempotency-Key": "key"}
        hashing, release = asyncio.Event(), asyncio.Event()

        async with build_app(db_pool_size=1, db_max_overflow=0) as app, client_of(app) as client:
            passwords = app.state.container.passwords()
            hash_all = passwords.hash_all

            async def pausing_hash_all(texts: list[str]) -> list[str]:
                hashing.set()
                await release.wait()
                hashes: list[str] = await hash_all(texts)
                return hashes

            monkeypatch.setattr(passwords, "hash_all", pausing_hash_all)
            creating = asyncio.create_task(client.post(USERS, json=new_user(), headers=headers))
            await hashing.wait()
            meanwhile = await client.get(f"{USERS}/me", headers=root.headers)
            release.set()

            assert meanwhile.status_code == 200
            assert (await creating).status_code == 201

    async def test_stored_answers_do_not_reveal_passwords(
        self, client: httpx.AsyncClient, root: Person, database: Database
    ) -> None:
        headers = root.headers | {"Idempotency-Key": "key"}
        created = await client.post(USERS, json=new_user(), headers=headers)

        [stored] = await database.fetch("SELECT request_hash, body FROM idempotency.answer")

        sent = created.request.content
        unkeyed = sha256(b"\n".join((b"", b"application/json", sent))).digest()
        assert stored["request_hash"] != unkeyed
        assert PASSWORD.encode() in sent
        assert PASSWORD.encode() not in stored["body"]


async def test_a_key_survives_the_rotation_of_the_secret(
    app: FastAPI, build_app: AppFactory, ada: Person
) -> None:
    rings = ("new:" + "n" * 32 + ",old:" + "o" * 32, "old:" + "o" * 32)
    del app
    answers = []
    for ring in reversed(rings):
        async with build_app(jwt_secret=ring) as node, client_of(node) as client:
            person = await sign_in(client, ada.email)
            answers.append(await post(client, person, "key"))

    assert answers[1].content == answers[0].content
    assert answers[1].headers["idempotency-replayed"] == "true"
