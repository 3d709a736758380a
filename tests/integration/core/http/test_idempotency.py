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


async def test_the_same_again_is_answered_again(client: httpx.AsyncClient, ada: Person) -> None:
    first = await post(client, ada, "key")
    second = await post(client, ada, "key")

    assert first.status_code == second.status_code == 201
    assert first.content == second.content
    for name in ("location", "etag", "content-type"):
        assert first.headers[name] == second.headers[name]
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"
    assert await count(client, ada) == 1


async def test_the_first_answer_is_given_even_when_the_specimen_has_changed(
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


async def test_a_key_is_one_user_s_on_one_route(
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


async def test_what_failed_is_not_kept(client: httpx.AsyncClient, ada: Person) -> None:
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


async def test_two_keys_are_none(client: httpx.AsyncClient, ada: Person) -> None:
    headers = [*ada.headers.items(), ("Idempotency-Key", "a"), ("Idempotency-Key", "b")]
    answer = await client.post(SPECIMENS, json={"title": "Fern"}, headers=headers)

    assert answer.status_code == 422


@pytest.mark.parametrize("key", ["x", "x" * 255, "a b !~", "0"])
async def test_any_printable_key_will_do(client: httpx.AsyncClient, ada: Person, key: str) -> None:
    assert (await post(client, ada, key)).status_code == 201
    assert (await post(client, ada, key)).headers["idempotency-replayed"] == "true"


async def test_a_stranger_receives_401(client: httpx.AsyncClient) -> None:
    for key in ("key", ""):
        answer = await client.post(
            SPECIMENS, json={"title": "Fern"}, headers={"Idempotency-Key": key}
        )
        assert answer.status_code == 401


async def test_elsewhere_the_header_is_ignored(client: httpx.AsyncClient, ada: Person) -> None:
    specimen = (await post(client, ada, "key")).json()
    headers = ada.headers | {"Idempotency-Key": ""}

    answer = await client.patch(
        f"{SPECIMENS}/{specimen['id']}", json={"title": "x"}, headers=headers
    )

    assert answer.status_code == 200


async def test_after_a_day_it_is_forgotten_and_cleared_away(
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

    async def is_cleared() -> bool:
        kept = await database.fetch("SELECT key FROM idempotency.answer")
        return [row[0] for row in kept] == ["key 0"]

    await eventually(is_cleared)


async def test_many_at_once_make_one_specimen(client: httpx.AsyncClient, ada: Person) -> None:
    answers = await asyncio.gather(*(post(client, ada, "key") for _ in range(30)))

    made = [answer for answer in answers if answer.status_code == 201]
    others = [answer for answer in answers if answer.status_code != 201]
    assert made
    assert len({answer.content for answer in made}) == 1
    assert {answer.json()["code"] for answer in others} <= {"IDEMPOTENCY_IN_FLIGHT"}
    assert await count(client, ada) == 1


class _Halting:
    """Lets a test stand between an effect and its answer."""

    def __init__(self) -> None:
        self.reached, self.go_on = asyncio.Event(), asyncio.Event()
        self.error: Exception | None = None

    def install(self, app: FastAPI) -> None:
        repository = app.state.container.specimen_repository()
        add = repository.add

        async def halting(*arguments: Any, **options: Any) -> Specimen:
            specimen: Specimen = await add(*arguments, **options)
            self.reached.set()
            await self.go_on.wait()
            if self.error:
                raise self.error
            return specimen

        repository.add = halting


@pytest.fixture
async def halting() -> _Halting:
    return _Halting()


async def test_while_the_first_runs_the_others_are_refused(
    build_app: AppFactory, halting: _Halting
) -> None:
    async with build_app() as app, client_of(app) as client:
        ada = await sign_up(client)
        halting.install(app)

        first = asyncio.create_task(post(client, ada, "key"))
        await halting.reached.wait()
        second = await post(client, ada, "key")
        halting.go_on.set()
        made = await first
        third = await post(client, ada, "key")

        assert (second.status_code, second.json()["code"]) == (409, "IDEMPOTENCY_IN_FLIGHT")
        assert made.status_code == 201
        assert third.content == made.content


async def test_an_effect_that_is_undone_leaves_no_answer(
    build_app: AppFactory, halting: _Halting
) -> None:
    async with build_app() as app, client_of(app) as client:
        ada = await sign_up(client)
        halting.install(app)
        halting.go_on.set()
        halting.error = UnavailableError()

        failed = await post(client, ada, "key")
        halting.error = None
        answer = await post(client, ada, "key")

        assert failed.status_code == 503
        assert answer.status_code == 201
        assert "idempotency-replayed" not in answer.headers
        assert await count(client, ada) == 1


async def test_a_caller_who_was_slower_by_a_statement_receives_the_same(
    build_app: AppFactory,
) -> None:
    """The first commits between the other's look and its lock."""
    looked, go_on = asyncio.Event(), asyncio.Event()

    def slow(container: Container) -> None:
        idempotency = container.idempotency()
        begin = idempotency._begin

        async def late(claim: Any) -> None:
            if not looked.is_set():
                looked.set()
                await go_on.wait()
            await begin(claim)

        idempotency._begin = late

    async with build_app(slow) as app, client_of(app) as client:
        ada = await sign_up(client)
        slower = asyncio.create_task(post(client, ada, "key"))
        await looked.wait()
        faster = await post(client, ada, "key")
        go_on.set()

        assert (await slower).content == faster.content
        assert (await slower).headers["idempotency-replayed"] == "true"
        assert await count(client, ada) == 1


async def test_a_deferred_transaction_holds_no_connection_before_it_begins(
    build_app: AppFactory,
) -> None:
    begun: list[bool] = []

    async with build_app(db_pool_size=1, db_max_overflow=0) as app:
        database: Database = app.state.container.database()

        async def note() -> None:
            begun.append(database.in_transaction)

        async def elsewhere() -> Any:
            return await database.fetchval("SELECT 1")

        async def deferred() -> None:
            async with database.deferred_transaction(note):
                waiting.set()
                await go_on.wait()
                assert begun == []
                async with database.transaction():
                    await database.execute("SELECT 1")
                assert begun == [True]

        waiting, go_on = asyncio.Event(), asyncio.Event()
        running = asyncio.create_task(deferred())
        await waiting.wait()
        assert await elsewhere() == 1
        go_on.set()
        await running
        assert await elsewhere() == 1


def drafted(**fields: Any) -> dict[str, Any]:
    return {"email": "new@example.com", "password": PASSWORD, "full_name": "New Comer"} | fields


class TestUsers:
    @pytest.mark.parametrize("path", [USERS, f"{USERS}/bulk"])
    async def test_are_made_once(
        self, client: httpx.AsyncClient, root: Person, database: Database, path: str
    ) -> None:
        headers = root.headers | {"Idempotency-Key": "key"}

        async def ask(**fields: Any) -> httpx.Response:
            body = drafted(**fields)
            return await client.post(
                path, json=[body] if path.endswith("bulk") else body, headers=headers
            )

        first, second = await ask(), await ask()
        other = await ask(full_name="Somebody Else")

        assert (first.status_code, second.status_code) == (201, 201)
        assert "idempotency-replayed" not in first.headers
        assert second.headers["idempotency-replayed"] == "true"
        assert second.content == first.content
        for name in ("location", "etag", "content-type"):
            assert second.headers.get(name) == first.headers.get(name)
        assert (other.status_code, other.json()["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
        assert await database.fetchval("SELECT count(*) FROM users.profile") == 2
        assert await sign_in(client, "new@example.com")

    async def test_taken_are_named_and_the_key_stays_free(
        self, client: httpx.AsyncClient, ada: Person, root: Person
    ) -> None:
        headers = root.headers | {"Idempotency-Key": "key"}
        taken = [drafted(), drafted(email=ada.email.upper())]

        refused = await client.post(f"{USERS}/bulk", json=taken, headers=headers)
        made = await client.post(f"{USERS}/bulk", json=[drafted()], headers=headers)

        assert (refused.status_code, made.status_code) == (409, 201)
        assert [detail["field"] for detail in refused.json()["details"]] == ["body.1.email"]

    async def test_hold_no_connection_while_their_passwords_are_hashed(
        self, build_app: AppFactory, root: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        headers = root.headers | {"Idempotency-Key": "key"}
        hashing, go_on = asyncio.Event(), asyncio.Event()

        async with build_app(db_pool_size=1, db_max_overflow=0) as app, client_of(app) as client:
            passwords = app.state.container.passwords()
            hash_all = passwords.hash_all

            async def halting(texts: list[str]) -> list[str]:
                hashing.set()
                await go_on.wait()
                hashes: list[str] = await hash_all(texts)
                return hashes

            monkeypatch.setattr(passwords, "hash_all", halting)
            making = asyncio.create_task(client.post(USERS, json=drafted(), headers=headers))
            await hashing.wait()
            meanwhile = await client.get(f"{USERS}/me", headers=root.headers)
            go_on.set()

            assert meanwhile.status_code == 200
            assert (await making).status_code == 201

    async def test_passwords_cannot_be_guessed_from_what_is_kept(
        self, client: httpx.AsyncClient, root: Person, database: Database
    ) -> None:
        headers = root.headers | {"Idempotency-Key": "key"}
        made = await client.post(USERS, json=drafted(), headers=headers)

        [kept] = await database.fetch("SELECT request_hash, body FROM idempotency.answer")

        sent = made.request.content
        unkeyed = sha256(b"\n".join((b"", b"application/json", sent))).digest()
        assert kept["request_hash"] != unkeyed
        assert PASSWORD.encode() in sent
        assert PASSWORD.encode() not in kept["body"]


async def test_a_key_survives_the_rotation_of_the_secret(
    app: FastAPI, build_app: AppFactory, ada: Person
) -> None:
    rings = ("new:" + "n" * 32 + ",old:" + "o" * 32, "old:" + "o" * 32)
    del app
    answers = []
    for ring in reversed(rings):
        async with build_app(jwt_secret=ring) as node, client_of(node) as client:
            somebody = await sign_in(client, ada.email)
            answers.append(await post(client, somebody, "key"))

    assert answers[1].content == answers[0].content
    assert answers[1].headers["idempotency-replayed"] == "true"
