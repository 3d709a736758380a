import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from BE.core.database.database import Database
from BE.core.types import new_id
from tests.support.application import AppFactory
from tests.support.client import PASSWORD, Person, client_of, etag_of, sign_in, sign_up
from tests.support.postgres import TABLES

USERS = "/api/v1/users"


async def count_users(client: httpx.AsyncClient, root: Person) -> int:
    answer = await client.get(USERS, params={"limit": 100}, headers=root.headers)
    return len(answer.json()["items"])


class TestRead:
    async def test_is_allowed_to_the_user_and_to_admins(
        self, client: httpx.AsyncClient, ada: Person, bob: Person, root: Person
    ) -> None:
        path = f"{USERS}/{ada.id}"
        mine = await client.get(path, headers=ada.headers)
        read = await client.get(
            path, headers=root.headers | {"If-None-Match": f'W/{etag_of(ada.id, 1)}, "5"'}
        )

        assert mine.json()["email"] == ada.email
        assert mine.headers["etag"] == etag_of(ada.id, 1)
        assert read.status_code == 304
        assert (await client.get(path, headers=bob.headers)).status_code == 403
        assert (await client.get(f"{USERS}/{new_id()}", headers=root.headers)).status_code == 404
        assert (await client.get(f"{USERS}/x", headers=root.headers)).status_code == 422


class TestChange:
    async def test_a_change_of_name_keeps_the_session(
        self, client: httpx.AsyncClient, ada: Person, root: Person
    ) -> None:
        answer = await client.patch(
            f"{USERS}/{ada.id}",
            json={"full_name": "Ada King", "username": "ada", "role": "user"},
            headers=root.headers,
        )

        assert (answer.status_code, answer.headers["etag"]) == (200, etag_of(ada.id, 2))
        assert answer.json()["full_name"] == "Ada King"
        read = await client.get(f"{USERS}/me", headers=ada.headers)
        assert read.json() == answer.json()

    async def test_a_change_of_role_ends_the_sessions_and_applies_everywhere(
        self, client: httpx.AsyncClient, ada: Person, root: Person
    ) -> None:
        answer = await client.patch(
            f"{USERS}/{ada.id}", json={"role": "admin"}, headers=root.headers
        )

        assert answer.json()["role"] == "admin"
        assert (await client.get(f"{USERS}/me", headers=ada.headers)).status_code == 401
        again = await sign_in(client, ada.email)
        assert (await client.get(USERS, headers=again.headers)).status_code == 200
        assert (await client.get(f"{USERS}/me", headers=again.headers)).json() == answer.json()

    async def test_a_deactivated_user_is_refused_until_reactivated(
        self, client: httpx.AsyncClient, ada: Person, root: Person
    ) -> None:
        path, login = f"{USERS}/{ada.id}", {"email": ada.email, "password": "x" * 12}
        off = await client.patch(path, json={"is_active": False}, headers=root.headers)
        refused = await client.get(f"{USERS}/me", headers=ada.headers)
        wrong = await client.post("/api/v1/auth/login", json=login)
        on = await client.patch(path, json={"is_active": True}, headers=root.headers)

        assert [user.json()["is_active"] for user in (off, on)] == [False, True]
        assert (refused.status_code, wrong.json()["code"]) == (401, "INVALID_CREDENTIALS")
        assert await sign_in(client, ada.email)

    async def test_role_status_and_name_are_one_change(
        self, client: httpx.AsyncClient, ada: Person, root: Person
    ) -> None:
        changes = {"role": "admin", "is_active": False, "full_name": "Ada King", "username": "ada"}

        answer = await client.patch(f"{USERS}/{ada.id}", json=changes, headers=root.headers)
        read = await client.get(f"{USERS}/{ada.id}", headers=root.headers)

        assert (answer.status_code, answer.headers["etag"]) == (200, etag_of(ada.id, 2))
        assert read.json() == answer.json()
        assert changes.items() <= answer.json().items()

    async def test_a_stale_version_changes_nothing(
        self, client: httpx.AsyncClient, ada: Person, root: Person
    ) -> None:
        path, stale = f"{USERS}/{ada.id}", root.headers | {"If-Match": '"2"'}
        before = (await client.get(path, headers=root.headers)).json()

        changed = await client.patch(path, json={"role": "admin", "full_name": "x"}, headers=stale)
        deleted = await client.delete(path, headers=stale)

        assert (changed.status_code, deleted.status_code) == (412, 412)
        assert changed.headers["etag"] == deleted.headers["etag"] == etag_of(ada.id, 1)
        assert (await client.get(path, headers=ada.headers)).json() == before

    async def test_a_taken_username_undoes_the_role(
        self, client: httpx.AsyncClient, ada: Person, root: Person
    ) -> None:
        await sign_up(client, username="grace")

        answer = await client.patch(
            f"{USERS}/{ada.id}", json={"role": "admin", "username": "Grace"}, headers=root.headers
        )

        assert answer.status_code == 409
        assert (await client.get(f"{USERS}/me", headers=ada.headers)).json()["role"] == "user"
        assert (await client.get("/api/v1/auth/me", headers=ada.headers)).json()["role"] == "user"

    @pytest.mark.parametrize(
        "body",
        [{"role": "root"}, {"role": None}, {"is_active": None}, {"email": "a@b.de"}, {"id": "x"}],
    )
    async def test_an_invalid_change_names_its_field(
        self, client: httpx.AsyncClient, ada: Person, root: Person, body: dict[str, Any]
    ) -> None:
        answer = await client.patch(f"{USERS}/{ada.id}", json=body, headers=root.headers)

        assert answer.status_code == 422
        assert answer.json()["details"][0]["field"] == f"body.{next(iter(body))}"

    async def test_an_unknown_user_is_not_found(
        self, client: httpx.AsyncClient, root: Person
    ) -> None:
        path = f"{USERS}/{new_id()}"

        assert (await client.patch(path, json={}, headers=root.headers)).status_code == 404
        assert (await client.delete(path, headers=root.headers)).status_code == 404


class TestLastAdmin:
    @pytest.mark.parametrize("change", [{"role": "user"}, {"is_active": False}, None])
    async def test_cannot_be_demoted_deactivated_or_deleted(
        self, client: httpx.AsyncClient, root: Person, change: dict[str, Any] | None
    ) -> None:
        path = f"{USERS}/{root.id}"
        answer = await (
            client.delete(path, headers=root.headers)
            if change is None
            else client.patch(path, json=change, headers=root.headers)
        )

        assert (answer.status_code, answer.json()["code"]) == (409, "CONFLICT")
        assert (await client.get(USERS, headers=root.headers)).status_code == 200

    async def test_is_the_last_beside_a_deactivated_one(
        self, client: httpx.AsyncClient, ada: Person, root: Person
    ) -> None:
        await client.patch(f"{USERS}/{ada.id}", json={"role": "admin"}, headers=root.headers)
        await client.patch(f"{USERS}/{ada.id}", json={"is_active": False}, headers=root.headers)

        answer = await client.patch(
            f"{USERS}/{root.id}", json={"role": "user"}, headers=root.headers
        )

        assert answer.status_code == 409

    async def test_may_be_deleted_once_there_is_another(
        self, client: httpx.AsyncClient, ada: Person, root: Person
    ) -> None:
        await client.patch(f"{USERS}/{ada.id}", json={"role": "admin"}, headers=root.headers)

        answer = await client.delete(f"{USERS}/{root.id}", headers=root.headers)

        assert answer.status_code == 204

    async def test_stays_when_two_admins_remove_each_other_at_once(
        self, app: FastAPI, build_app: AppFactory, root: Person, ada: Person, database: Database
    ) -> None:
        """Uses two connection pools, as two processes would."""
        del app
        removals: list[Callable[[httpx.AsyncClient, Person, Person], Any]] = [
            lambda client, actor, target: client.patch(
                f"{USERS}/{target.id}", json={"role": "user"}, headers=actor.headers
            ),
            lambda client, actor, target: client.patch(
                f"{USERS}/{target.id}", json={"is_active": False}, headers=actor.headers
            ),
            lambda client, actor, target: client.delete(
                f"{USERS}/{target.id}", headers=actor.headers
            ),
        ]
        async with (
            build_app() as one,
            build_app() as other,
            client_of(one) as first,
            client_of(other) as second,
        ):
            for round_ in range(12):
                a, b = await make_two_admins(first, database)
                remove = removals[round_ % 3]
                answers = await asyncio.gather(remove(first, a, b), remove(second, b, a))

                statuses = sorted(answer.status_code for answer in answers)
                left = await database.fetchval(
                    "SELECT count(*) FROM auth.account WHERE role = 'admin' AND is_active"
                )
                # the second may be refused because the first has ended its session
                assert statuses[0] in {200, 204}
                assert statuses[1] in {401, 409}
                assert left == 1


async def make_two_admins(client: httpx.AsyncClient, database: Database) -> list[Person]:
    people = [await sign_up(client) for _ in range(2)]
    await database.execute(
        "UPDATE auth.account SET role = CASE WHEN id = ANY($1) THEN 'admin' ELSE 'user' END",
        [person.id for person in people],
    )
    return [await sign_in(client, person.email) for person in people]


class TestDelete:
    async def test_leaves_nothing_of_the_user(
        self, client: httpx.AsyncClient, ada: Person, root: Person, database: Database
    ) -> None:
        headers = ada.headers | {"Idempotency-Key": "key"}
        await client.post("/api/v1/specimens", json={"title": "Fern"}, headers=headers)
        await client.post("/api/v1/auth/email/resend", headers=ada.headers)
        await sign_in(client, ada.email)
        await database.execute(
            "INSERT INTO identities.identity (id, issuer, subject, account_id, is_proven)"
            " VALUES ($1, 'issuer', 'subject', $2, true)",
            new_id(),
            ada.id,
        )

        answer = await client.delete(f"{USERS}/{ada.id}", headers=root.headers)

        assert answer.status_code == 204
        assert (await client.get(f"{USERS}/me", headers=ada.headers)).status_code == 401
        for table in set(TABLES) - {"events.event"}:
            rows = await database.fetch(f"SELECT to_jsonb(t)::text FROM {table} AS t")
            assert not [row for row in rows if ada.id in row[0]], table
        await sign_up(client, email=ada.email)


def new_user(number: int = 0, **fields: Any) -> dict[str, Any]:
    return {
        "email": f"new{number}@example.com",
        "password": PASSWORD,
        "full_name": "New Comer",
    } | fields


class TestCreate:
    async def test_a_created_user_can_sign_in(
        self, client: httpx.AsyncClient, root: Person
    ) -> None:
        body = new_user(username="newcomer", role="admin")
        answer = await client.post(USERS, json=body, headers=root.headers)

        user = answer.json()
        assert answer.status_code == 201
        assert answer.headers["location"] == f"{USERS}/{user['id']}"
        assert (user["username"], user["role"], user["is_active"]) == ("newcomer", "admin", True)
        read = await client.get(answer.headers["location"], headers=root.headers)
        assert (read.json(), read.headers["etag"]) == (user, answer.headers["etag"])
        created = await sign_in(client, "new0@example.com")
        assert (await client.get(USERS, headers=created.headers)).status_code == 200

    async def test_every_taken_field_is_named(
        self, client: httpx.AsyncClient, ada: Person, root: Person
    ) -> None:
        await client.patch(f"{USERS}/me", json={"username": "ada"}, headers=ada.headers)

        body = new_user(email=ada.email.upper(), username="ADA")
        answer = await client.post(USERS, json=body, headers=root.headers)

        assert (answer.status_code, answer.json()["code"]) == (409, "CONFLICT")
        assert answer.json()["error"] == "Email already registered"
        assert [detail["field"] for detail in answer.json()["details"]] == [
            "body.email",
            "body.username",
        ]

    async def test_a_weak_password_is_refused(
        self, client: httpx.AsyncClient, root: Person
    ) -> None:
        answer = await client.post(USERS, json=new_user(password="x"), headers=root.headers)

        assert (answer.status_code, answer.json()["code"]) == (422, "WEAK_PASSWORD")
        assert answer.json()["details"][0]["field"] == "body.password"


class TestBulk:
    async def test_creates_all_in_order_with_few_statements(
        self, build_app: AppFactory, root: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        statements: list[str] = []
        run, request_task = Database._run, asyncio.current_task()

        async def record(self: Database, method: str, query: str, arguments: Any) -> Any:
            if asyncio.current_task() is request_task:  # relays have statements of their own
                statements.append(query)
            return await run(self, method, query, arguments)

        bulk = [new_user(number, username=f"u-{number}") for number in range(100)]
        async with build_app(db_pool_size=1, db_max_overflow=0) as app, client_of(app) as client:
            monkeypatch.setattr(Database, "_run", record)
            answer = await client.post(f"{USERS}/bulk", json=bulk, headers=root.headers)
            monkeypatch.undo()

            assert answer.status_code == 201, answer.text
            made = [(item["email"], item["username"]) for item in answer.json()["items"]]
            assert made == [(draft["email"], draft["username"]) for draft in bulk]
            assert sum("INSERT" in statement for statement in statements) == 3
            for index in (0, 99):
                await sign_in(client, f"new{index}@example.com")

    async def test_each_user_gets_a_mail(
        self, client: httpx.AsyncClient, root: Person, database: Database
    ) -> None:
        await client.post(f"{USERS}/bulk", json=[new_user(1), new_user(2)], headers=root.headers)

        found = await database.fetch(
            """
            SELECT DISTINCT payload ->> 'email' AS email
            FROM events.delivery
            JOIN events.event ON event.id = event_id
            WHERE handler = 'notifications.on_user_registered'
            """
        )
        assert {"new1@example.com", "new2@example.com"} <= {row["email"] for row in found}

    async def test_with_a_conflict_creates_no_user(
        self, client: httpx.AsyncClient, ada: Person, root: Person
    ) -> None:
        bulk = [new_user(0, username="x-1"), new_user(1, username="X-1"), new_user(0)]
        bulk += [new_user(3, email=ada.email)]

        answer = await client.post(f"{USERS}/bulk", json=bulk, headers=root.headers)

        assert answer.status_code == 409
        assert [(detail["field"], detail["message"]) for detail in answer.json()["details"]] == [
            ("body.1.username", "Username already taken"),
            ("body.2.email", "Email already registered"),
            ("body.3.email", "Email already registered"),
        ]
        assert await count_users(client, root) == 2

    async def test_invalid_users_are_named_by_index(
        self, client: httpx.AsyncClient, root: Person
    ) -> None:
        async def refused(*bulk: dict[str, Any]) -> tuple[str, list[str]]:
            answer = await client.post(f"{USERS}/bulk", json=bulk, headers=root.headers)
            assert answer.status_code == 422
            return answer.json()["code"], [detail["field"] for detail in answer.json()["details"]]

        weak = await refused(new_user(0, password="x"), new_user(1), new_user(2, password="a" * 20))
        invalid = await refused(new_user(0), new_user(1, email="x"), new_user(2, role="root"))

        assert weak == ("WEAK_PASSWORD", ["body.0.password", "body.2.password"])
        assert invalid == ("VALIDATION_ERROR", ["body.1.email", "body.2.role"])
        assert await count_users(client, root) == 1

    @pytest.mark.parametrize("bulk", [[], [new_user()] * 501, {}, new_user()])
    async def test_is_a_list_of_one_to_five_hundred(
        self, client: httpx.AsyncClient, root: Person, bulk: Any
    ) -> None:
        answer = await client.post(f"{USERS}/bulk", json=bulk, headers=root.headers)

        assert answer.status_code == 422
        assert answer.json()["details"][0]["field"] == "body"

    async def test_concurrent_requests_for_the_same_users_create_them_once(
        self, client: httpx.AsyncClient, root: Person
    ) -> None:
        bulk = [new_user(number, username=f"u-{number}") for number in range(8)]

        answers = await asyncio.gather(
            *(
                client.post(f"{USERS}/bulk", json=drafts, headers=root.headers)
                for drafts in (bulk, bulk[::-1])
            )
        )

        assert sorted(answer.status_code for answer in answers) == [201, 409]
        refused = max(answers, key=lambda answer: answer.status_code)
        assert len(refused.json()["details"]) == 16
        assert await count_users(client, root) == 9


class TestStats:
    async def test_count_users_by_days_in_utc(
        self, build_app: AppFactory, root: Person, database: Database
    ) -> None:
        await database.execute(
            """
            INSERT INTO users.profile (id, email, full_name, role, is_active, created_at)
            SELECT gen_random_uuid(), 'x@example.com', 'x', role, is_active, created_at
            FROM (VALUES
                ('admin', false, date_trunc('day', now(), 'UTC')),
                ('user', true, date_trunc('day', now(), 'UTC') - interval '1 microsecond'),
                ('user', false, date_trunc('week', now(), 'UTC')),
                ('user', true, date_trunc('week', now(), 'UTC') - interval '1 microsecond')
            ) AS made (role, is_active, created_at)
            """
        )
        today = datetime.now(UTC)

        async with build_app() as app, client_of(app) as client:
            answer = await client.get(f"{USERS}/stats", headers=root.headers)
            await database.execute("DELETE FROM users.profile WHERE role = 'user'")
            again = await client.get(f"{USERS}/stats", headers=root.headers)

        is_monday = today.weekday() == 0
        assert answer.json() | {"timestamp": ""} == {
            "total_users": 5,
            "active_users": 3,
            "inactive_users": 2,
            "admins": 2,
            "new_users_today": 3 if is_monday else 2,
            "new_users_week": 3 if is_monday else 4,
            "timestamp": "",
        }
        assert abs(datetime.fromisoformat(answer.json()["timestamp"]) - today) < timedelta(hours=1)
        assert again.json() == answer.json()
