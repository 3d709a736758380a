"""API keys: shown once, used by scripts, limited by scopes, revoked in every process."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from BE.core.database.database import Database
from tests.support.application import AppFactory
from tests.support.auth.api import log_in
from tests.support.auth.freshness import make_stale
from tests.support.auth.keys import KEYS, Key, make_key, revoke, until_refused
from tests.support.client import PASSWORD, Person, client_of, delete_account, sign_up
from tests.support.contexts import needs
from tests.support.postgres import execute

API = "/api/v1"
TASKS = f"{API}/tasks"

type End = Callable[[httpx.AsyncClient, Person, Person, Key], Awaitable[httpx.Response]]


def body(**fields: Any) -> dict[str, Any]:
    return {"name": "nightly report", "scopes": ["tasks:read"], **fields}


def after(**span: float) -> str:
    return (datetime.now(UTC) + timedelta(**span)).isoformat()


class TestMaking:
    async def test_the_key_is_shown_once_and_only_its_digest_is_stored(
        self, client: httpx.AsyncClient, ada: Person, database: Database
    ) -> None:
        made = await client.post(KEYS, json=body(), headers=ada.headers)
        listed = await client.get(KEYS, headers=ada.headers)
        stored = str(await database.fetchrow("SELECT * FROM auth.api_key"))

        key = made.json().pop("key")
        assert made.status_code == 201
        assert listed.json()["items"] == [{k: v for k, v in made.json().items() if k != "key"}]
        assert made.json()["starts_with"] == key[:8]
        assert made.json()["last_used_at"] is None
        assert key not in listed.text
        assert key not in stored
        assert made.headers["cache-control"] == "no-store"

    async def test_a_key_lasts_90_days_by_default(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        made = (await client.post(KEYS, json=body(), headers=ada.headers)).json()

        life = datetime.fromisoformat(made["expires_at"]) - datetime.fromisoformat(
            made["created_at"]
        )
        assert timedelta(days=89, hours=23) < life < timedelta(days=90, hours=1)

    @needs("tasks")
    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"name": "  "}, "body.name"),
            ({"name": "a\nb"}, "body.name"),
            ({"name": "a" * 101}, "body.name"),
            ({"scopes": []}, "body.scopes"),
            ({"scopes": ["tasks:everything"]}, "body.scopes.0"),
            ({"scopes": "tasks:read"}, "body.scopes"),
            ({"scopes": ["tasks:read"] * 50}, "body.scopes"),
            ({"expires_at": None}, "body.expires_at"),
            ({"expires_at": after(seconds=-1)}, "body.expires_at"),
            ({"expires_at": after(days=366)}, "body.expires_at"),
            ({"expires_at": "2030-01-01T00:00:00"}, "body.expires_at"),
            ({"key": "bnd_x"}, "body.key"),
        ],
    )
    async def test_an_invalid_field_is_named(
        self, client: httpx.AsyncClient, ada: Person, fields: dict[str, Any], field: str
    ) -> None:
        answer = await client.post(KEYS, json=body(**fields), headers=ada.headers)

        assert answer.status_code == 422
        assert [detail["field"] for detail in answer.json()["details"]] == [field]

    @needs("tasks")
    async def test_a_key_may_last_a_year_and_repeated_scopes_count_once(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        fields = {"scopes": ["tasks:write", "tasks:read", "tasks:write"]}
        answer = await client.post(
            KEYS, json=body(expires_at=after(days=365), **fields), headers=ada.headers
        )

        assert answer.status_code == 201
        assert answer.json()["scopes"] == ["tasks:read", "tasks:write"]

    async def test_an_account_has_50_keys_at_most(
        self, client: httpx.AsyncClient, ada: Person, database: Database
    ) -> None:
        await database.execute(
            """
            INSERT INTO auth.api_key (id, account_id, name, starts_with, digest, scopes, expires_at)
            SELECT gen_random_uuid(), $1, '', '', sha256(n::text::bytea), '{}', now()
            FROM generate_series(1, 49) AS n
            """,
            ada.id,
        )

        await make_key(client, ada)
        one_more = await client.post(KEYS, json=body(), headers=ada.headers)

        assert (one_more.status_code, one_more.json()["code"]) == (409, "CONFLICT")

    @needs("tasks")
    async def test_creation_and_revocation_need_a_fresh_session(
        self, client: httpx.AsyncClient, ada: Person, dsn: str
    ) -> None:
        key = await make_key(client, ada)
        await make_stale(dsn, ada)

        made = await client.post(KEYS, json=body(), headers=ada.headers)
        ended = await client.delete(f"{KEYS}/{key.id}", headers=ada.headers)

        assert [made.json()["code"], ended.json()["code"]] == ["STEP_UP_REQUIRED"] * 2
        assert (await client.get(TASKS, headers=key.headers)).status_code == 200

    async def test_the_key_is_not_stored_for_idempotent_retries(
        self, client: httpx.AsyncClient, ada: Person, database: Database
    ) -> None:
        headers = {**ada.headers, "Idempotency-Key": "a"}

        first = await client.post(KEYS, json=body(), headers=headers)
        second = await client.post(KEYS, json=body(), headers=headers)

        assert first.json()["key"] != second.json()["key"]
        assert await database.fetchval("SELECT count(*) FROM idempotency.answer") == 0


class TestListing:
    async def test_comes_in_pages_newest_first(
        self, client: httpx.AsyncClient, ada: Person, bob: Person
    ) -> None:
        keys = [await make_key(client, ada) for _ in range(3)]
        await make_key(client, bob)

        first = await client.get(KEYS, params={"limit": 2}, headers=ada.headers)
        query = {"limit": 2, "cursor": first.json()["next_cursor"]}
        rest = await client.get(KEYS, params=query, headers=ada.headers)
        foreign = await client.get(KEYS, params=query, headers=bob.headers)

        items = first.json()["items"] + rest.json()["items"]
        assert [item["id"] for item in items] == [key.id for key in keys[::-1]]
        assert foreign.status_code == 422


class TestUsing:
    @needs("tasks")
    async def test_a_key_does_what_its_scopes_allow(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        reader = await make_key(client, ada, "tasks:read")
        writer = await make_key(client, ada, "tasks:write")

        made = await client.post(TASKS, json={"title": "a"}, headers=writer.headers)
        seen = await client.get(TASKS, headers=reader.headers)
        refused = await client.post(TASKS, json={"title": "a"}, headers=reader.headers)

        assert made.status_code == 201
        assert [task["owner_id"] for task in seen.json()["items"]] == [ada.id]
        assert (refused.status_code, refused.json()["code"]) == (403, "INSUFFICIENT_SCOPE")
        assert (
            refused.headers["www-authenticate"]
            == 'Bearer error="insufficient_scope", scope="tasks:write"'
        )

    @needs("tasks")
    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("GET", "/auth/api-keys"),
            ("POST", "/auth/api-keys"),
            ("POST", "/auth/password/change"),
            ("POST", "/auth/email/resend"),
            ("POST", "/auth/step-up"),
            ("GET", "/auth/sessions"),
            ("DELETE", "/auth/sessions"),
            ("DELETE", "/users/me"),
            ("POST", "/users/me/delete"),
        ],
    )
    async def test_no_key_does_what_only_its_owner_may(
        self, client: httpx.AsyncClient, ada: Person, method: str, path: str
    ) -> None:
        key = await make_key(client, ada, "tasks:read", "tasks:write", "users:read", "users:write")

        answer = await client.request(method, f"{API}{path}", headers=key.headers)

        assert (answer.status_code, answer.json()["code"]) == (403, "INSUFFICIENT_SCOPE")
        assert answer.headers["www-authenticate"] == 'Bearer error="insufficient_scope"'

    @needs("tasks")
    async def test_signing_out_with_a_key_ends_no_session(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        key = await make_key(client, ada)
        client.cookies.clear()

        one = await client.post(f"{API}/auth/logout", headers=key.headers)
        every = await client.post(f"{API}/auth/logout-all", headers=key.headers)

        assert (one.status_code, every.status_code) == (204, 401)
        for headers in (ada.headers, key.headers):
            assert (await client.get(TASKS, headers=headers)).status_code == 200

    @needs("tasks")
    async def test_the_last_use_is_recorded_once_an_hour(
        self, client: httpx.AsyncClient, ada: Person, database: Database
    ) -> None:
        key = await make_key(client, ada)
        versions = set()
        for _ in range(3):
            before = datetime.now(UTC)
            await client.get(TASKS, headers=key.headers)
            versions.add(await database.fetchval("SELECT xmin FROM auth.api_key"))

        [listed] = (await client.get(KEYS, headers=ada.headers)).json()["items"]
        used_at = datetime.fromisoformat(listed["last_used_at"])
        assert (used_at.minute, used_at.second, used_at.microsecond) == (0, 0, 0)
        assert before - timedelta(hours=1) < used_at <= before
        assert len(versions) <= 2  # the hour may end meanwhile

    @needs("tasks")
    @pytest.mark.parametrize("change", ["+x", "-1"])
    async def test_a_mistyped_key_is_refused(
        self, client: httpx.AsyncClient, ada: Person, change: str
    ) -> None:
        key = await make_key(client, ada)
        text = key.text + "x" if change == "+x" else key.text[:-1]

        answer = await client.get(TASKS, headers={"Authorization": f"Bearer {text}"})

        assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHORIZED")
        assert answer.json()["error"] == "The API key is not valid"

    @needs("tasks")
    async def test_an_expired_key_is_reported_as_expired(
        self, client: httpx.AsyncClient, ada: Person, database: Database
    ) -> None:
        key = await make_key(client, ada)
        await database.execute("UPDATE auth.api_key SET expires_at = now()")

        answer = await client.get(TASKS, headers=key.headers)

        assert (answer.status_code, answer.json()["code"]) == (401, "TOKEN_EXPIRED")
        assert answer.json()["error"] == "The API key has expired"

    @needs("tasks")
    async def test_a_key_expires_while_it_is_cached(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        key = await make_key(client, ada, expires_at=after(seconds=3))
        used = await client.get(TASKS, headers=key.headers)

        refused = await until_refused(client, key, TASKS)

        assert used.status_code in {200, 401}
        assert refused.json()["code"] == "TOKEN_EXPIRED"

    async def test_an_email_verified_with_a_key_is_not_verified_by_its_holder(
        self, client: httpx.AsyncClient, ada: Person, database: Database
    ) -> None:
        """The holder of a key need not know the password."""
        key = await make_key(client, ada)
        token = "a" * 43
        await database.execute(
            """
            INSERT INTO auth.one_time_token (account_id, purpose, digest, expires_at)
            VALUES ($1, 'verify_email', sha256($2::text::bytea), now() + interval '1 hour')
            ON CONFLICT (account_id, purpose) DO UPDATE SET digest = excluded.digest
            """,
            ada.id,
            token,
        )
        client.cookies.clear()

        answer = await client.post(
            f"{API}/auth/email/verify", json={"token": token}, headers=key.headers
        )

        proved = "SELECT email_verified_by_holder FROM auth.account WHERE id = $1"
        assert answer.status_code == 204
        assert await database.fetchval(proved, ada.id) is False


async def end_key(client: httpx.AsyncClient, owner: Person, _: Person, key: Key) -> httpx.Response:
    return await client.delete(f"{KEYS}/{key.id}", headers=owner.headers)


async def deactivate(
    client: httpx.AsyncClient, owner: Person, root: Person, _: Key
) -> httpx.Response:
    url = f"{API}/users/{owner.id}"
    return await client.patch(url, json={"is_active": False}, headers=root.headers)


async def promote(client: httpx.AsyncClient, owner: Person, root: Person, _: Key) -> httpx.Response:
    url = f"{API}/users/{owner.id}"
    return await client.patch(url, json={"role": "admin"}, headers=root.headers)


async def delete_by_admin(
    client: httpx.AsyncClient, owner: Person, root: Person, _: Key
) -> httpx.Response:
    return await client.delete(f"{API}/users/{owner.id}", headers=root.headers)


async def delete_oneself(
    client: httpx.AsyncClient, owner: Person, _: Person, __: Key
) -> httpx.Response:
    return await delete_account(client, owner)


async def change_password(
    client: httpx.AsyncClient, owner: Person, _: Person, __: Key
) -> httpx.Response:
    passwords = {"current_password": PASSWORD, "new_password": "walrus tundra copper 77"}
    url = f"{API}/auth/password/change"
    return await client.post(url, json=passwords, headers=owner.headers)


async def sign_out_everywhere(
    client: httpx.AsyncClient, owner: Person, _: Person, __: Key
) -> httpx.Response:
    return await client.post(f"{API}/auth/logout-all", headers=owner.headers)


class TestEnding:
    @needs("tasks")
    @pytest.mark.parametrize("end", [end_key, deactivate, promote, delete_by_admin, delete_oneself])
    async def test_reaches_keys_that_another_process_has_cached(
        self,
        client: httpx.AsyncClient,
        build_app: AppFactory,
        ada: Person,
        root: Person,
        monkeypatch: pytest.MonkeyPatch,
        end: End,
    ) -> None:
        monkeypatch.setattr("BE.modules.auth.security.revocations._POLL_INTERVAL", 3600)
        async with build_app() as app, client_of(app) as other_client:
            ada = await sign_up(client)
            key = await make_key(client, ada)
            for process in (client, other_client):
                assert (await process.get(TASKS, headers=key.headers)).status_code == 200

            assert (await end(client, ada, root, key)).status_code in {200, 204}

            answer = await client.get(TASKS, headers=key.headers)
            refused = await until_refused(other_client, key, TASKS)
        assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHORIZED")
        assert refused.json()["error"] == "The API key is not valid"

    @needs("tasks")
    @pytest.mark.parametrize("event", [change_password, sign_out_everywhere])
    async def test_of_sessions_revokes_no_key(
        self, client: httpx.AsyncClient, ada: Person, root: Person, event: End
    ) -> None:
        key = await make_key(client, ada)

        assert (await event(client, ada, root, key)).status_code == 204

        assert (await client.get(TASKS, headers=key.headers)).status_code == 200

    @needs("tasks")
    async def test_a_reset_by_mail_revokes_all_keys(
        self, client: httpx.AsyncClient, ada: Person, database: Database
    ) -> None:
        key = await make_key(client, ada)
        assert (await client.get(TASKS, headers=key.headers)).status_code == 200
        token = "b" * 43
        await database.execute(
            """
            INSERT INTO auth.one_time_token (account_id, purpose, digest, expires_at)
            VALUES ($1, 'reset_password', sha256($2::text::bytea), now() + interval '1 hour')
            """,
            ada.id,
            token,
        )

        answer = await client.post(
            f"{API}/auth/password/reset",
            json={"token": token, "new_password": "walrus tundra copper 77"},
        )

        assert answer.status_code == 204
        assert (await client.get(TASKS, headers=key.headers)).status_code == 401
        assert await database.fetchval("SELECT count(*) FROM auth.api_key") == 0

    @needs("tasks")
    async def test_the_key_of_another_user_is_not_found(
        self, client: httpx.AsyncClient, ada: Person, bob: Person
    ) -> None:
        key = await make_key(client, ada)

        answer = await client.delete(f"{KEYS}/{key.id}", headers=bob.headers)

        assert answer.status_code == 404
        assert (await client.get(TASKS, headers=key.headers)).status_code == 200

    async def test_a_session_that_has_ended_cannot_make_a_key(
        self, client: httpx.AsyncClient, ada: Person, dsn: str
    ) -> None:
        """The session has ended in the database, but this process has not been notified yet."""
        await execute(
            dsn,
            f"UPDATE auth.session SET ended_at = now() WHERE account_id = '{ada.id}'",
        )

        answer = await client.post(KEYS, json=body(), headers=ada.headers)

        assert answer.status_code == 401

    async def test_a_revoked_key_is_no_longer_listed(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        key, other = await make_key(client, ada), await make_key(client, ada)

        await revoke(client, ada, key)
        again = await client.delete(f"{KEYS}/{key.id}", headers=ada.headers)

        listed = (await client.get(KEYS, headers=await log_in(client, ada))).json()["items"]
        assert [item["id"] for item in listed] == [other.id]
        assert again.status_code == 404
