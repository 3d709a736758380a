"""The contents of an export: all data of its user, nothing of others, no secret."""

import json
from base64 import b64encode
from uuid import UUID

import httpx
from fastapi import FastAPI

from BE.core.database.database import Database
from BE.core.types import new_id
from tests.support.application import AppFactory
from tests.support.client import PASSWORD, Person, client_of, sign_in, sign_up
from tests.support.events import eventually
from tests.support.exports.api import export


async def test_an_export_has_and_explains_a_part_of_each_context(
    app: FastAPI, client: httpx.AsyncClient, ada: Person
) -> None:
    found = await export(client, ada)
    explained = found.pop("README.txt")

    assert {"account", "sessions", "profile", "identities", "specimens", "audit"} <= {*found}
    assert [part.name for part in app.state.container.personal_data().parts] == [*found]
    for name in found:
        assert f"\n{name}.json\n    " in explained
    assert explained.startswith("Everything that Bounded holds about you\n====")
    assert "Links in mails that were sent to you" in explained


async def test_sessions_are_those_of_the_user_with_their_addresses(
    client: httpx.AsyncClient, ada: Person, bob: Person
) -> None:
    again = await sign_in(client, ada.email)
    await client.post("/api/v1/auth/logout", headers=again.headers)

    sessions = (await export(client, ada))["sessions"]

    assert len(sessions) == 2
    assert [session["ended_at"] is None for session in sessions] == [True, False]
    assert {session["address"] for session in sessions} == {"127.0.0.1"}


async def test_identities_are_the_subjects_of_other_issuers(
    client: httpx.AsyncClient, ada: Person, bob: Person, database: Database
) -> None:
    for person in (ada, bob):
        await database.execute(
            """
            INSERT INTO identities.identity (id, issuer, subject, account_id, is_proven)
            VALUES ($1, 'https://issuer.example', $2, $3, true)
            """,
            new_id(),
            f"known as {person.email}",
            UUID(person.id),
        )

    [identity] = (await export(client, ada))["identities"]

    assert identity["issuer"] == "https://issuer.example"
    assert identity["subject"] == f"known as {ada.email}"


async def test_the_trail_has_entries_about_the_user_without_other_actors(
    client: httpx.AsyncClient, ada: Person, root: Person, database: Database
) -> None:
    await client.post(
        "/api/v1/auth/password/change",
        json={"current_password": PASSWORD, "new_password": "another good long password"},
        headers=ada.headers,
    )
    await client.patch(f"/api/v1/users/{ada.id}", json={"role": "admin"}, headers=root.headers)
    again = await sign_in(client, ada.email, "another good long password")

    async def is_recorded() -> bool:
        recorded: bool = await database.fetchval(
            "SELECT count(*) = 2 FROM audit.entry WHERE subject_id = $1 AND event_name = ANY($2)",
            ada.id,
            ["user.role_changed", "user.password_changed"],
        )
        return recorded

    await eventually(is_recorded)
    trail = (await export(client, again))["audit"]
    entries = {entry["event_name"]: entry for entry in trail}
    changed = entries["user.role_changed"]

    assert entries["user.password_changed"]["by_yourself"] is True
    assert entries["user.password_changed"]["address"] == "127.0.0.1"
    assert (changed["by_yourself"], changed["address"], changed["request_id"]) == (
        False,
        None,
        None,
    )
    assert root.id not in json.dumps(trail)
    assert [entry["occurred_at"] for entry in trail] == sorted(
        entry["occurred_at"] for entry in trail
    )


async def test_entries_of_the_same_time_are_exported_once(
    build_app: AppFactory, own_dsn: str
) -> None:
    async with build_app(database_url=own_dsn) as app, client_of(app) as client:
        ada, bob = await sign_up(client), await sign_up(client)
        for actor, subject, before in ((ada, bob, 0), (ada, ada, 700), (bob, ada, 1400)):
            await app.state.container.database().execute(
                """
                INSERT INTO audit.entry (
                    sequence, event_id, event_name, event_version, occurred_at, actor_id,
                    subject_id, data, hash
                )
                SELECT 1000000 + $1 + n, gen_random_uuid(), 'user.test', 1, '2030-01-01Z', $2,
                    $3::text, '{}', ''
                FROM generate_series(1, 700) AS n
                """,
                before,
                UUID(actor.id),
                subject.id,
            )
        trail = (await export(client, ada))["audit"]

    sequences = [entry["sequence"] for entry in trail if entry["event_name"] == "user.test"]
    assert sequences == list(range(1_000_001, 1_002_101))


async def test_an_export_has_no_secret_and_no_digest(
    client: httpx.AsyncClient, ada: Person, database: Database
) -> None:
    await client.post("/api/v1/auth/password/forgot", json={"email": ada.email})

    async def are_linked() -> bool:
        """Whether the tokens of both mails, to verify and to reset, are stored."""
        stored: int = await database.fetchval(
            "SELECT count(*) FROM auth.one_time_token WHERE account_id = $1", UUID(ada.id)
        )
        return stored == 2

    await eventually(are_linked)
    written = json.dumps(await export(client, ada))
    rows = await database.fetch(
        """
        SELECT password_hash FROM auth.account WHERE id = $1
        UNION ALL SELECT encode(salt, 'hex') FROM auth.session WHERE account_id = $1
        UNION ALL SELECT encode(digest, 'hex') FROM auth.one_time_token WHERE account_id = $1
        """,
        UUID(ada.id),
    )
    password_hash, *digests = (row[0] for row in rows)

    assert len(digests) == 3
    in_base64 = [b64encode(bytes.fromhex(digest)).decode() for digest in digests]
    for secret in (password_hash, PASSWORD, ada.token, *digests, *in_base64):
        assert secret not in written
