import asyncio
import base64
import json

import httpx
import pytest
from fastapi import FastAPI

from BE.core.database.database import Database
from tests.support.application import AppFactory
from tests.support.client import BASE_URL, PASSWORD, Person, client_of, sign_up

COOKIE = "__Host-refresh_token"


def register_body(**fields: object) -> dict[str, object]:
    return {"email": "ada@example.com", "password": PASSWORD, "full_name": "Ada Lovelace"} | fields


class TestRegister:
    async def test_answers_with_a_session_and_a_cookie(self, client: httpx.AsyncClient) -> None:
        answer = await client.post("/api/v1/auth/register", json=register_body())

        assert answer.status_code == 201
        assert answer.json()["token_type"] == "bearer"
        assert answer.json()["expires_in"] == 900
        assert answer.json()["user"]["email"] == "ada@example.com"
        assert answer.json()["user"]["email_verified"] is False
        assert answer.headers["cache-control"] == "no-store"
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith(f"{COOKIE}=")
        for attribute in ("HttpOnly", "Secure", "SameSite=Strict", "Path=/", "Max-Age=604800"):
            assert attribute in cookie.split("; ")

    async def test_the_profile_exists_once_it_has_answered(self, client: httpx.AsyncClient) -> None:
        ada = await sign_up(client, username="ada", full_name="  Ada Lovelace ")

        profile = await client.get("/api/v1/users/me", headers=ada.headers)

        assert profile.json()["full_name"] == "Ada Lovelace"
        assert profile.json()["username"] == "ada"
        assert profile.json()["id"] == ada.id

    async def test_an_email_is_taken_in_whatever_case(self, client: httpx.AsyncClient) -> None:
        await sign_up(client, email="Ada@example.com")

        answer = await client.post("/api/v1/auth/register", json=register_body())

        assert answer.status_code == 409
        assert answer.json()["code"] == "CONFLICT"
        assert answer.json()["error"] == "Email already registered"

    async def test_without_its_profile_there_is_no_account(self, client: httpx.AsyncClient) -> None:
        await sign_up(client, username="Ada")

        taken = await client.post("/api/v1/auth/register", json=register_body(username="ada"))
        again = await client.post("/api/v1/auth/register", json=register_body(username="other"))

        assert taken.status_code == 409
        assert taken.json()["error"] == "Username already taken"
        assert again.status_code == 201

    @pytest.mark.parametrize(
        "password", ["short", "Ada-is-the-best", "i love lovelace", "bounded-pw-1", "Sunshine2025!"]
    )
    async def test_a_weak_password_is_refused(
        self, client: httpx.AsyncClient, password: str
    ) -> None:
        body = register_body(email="grace@example.com", password=password, username="ada-is")

        answer = await client.post("/api/v1/auth/register", json=body)

        assert answer.status_code == 422
        assert answer.json()["code"] == "WEAK_PASSWORD"
        assert answer.json()["details"][0]["field"] == "body.password"
        assert password not in answer.text

    @pytest.mark.parametrize(
        "fields",
        [
            {"email": "no-email"},
            {"email": None},
            {"email": "a" * 250 + "@example.com"},
            {"password": "x" * 257},
            {"password": "long enough\x00password"},
            {"full_name": "  "},
            {"full_name": "x" * 101},
            {"full_name": "a\x00b"},
            {"username": "no"},
            {"username": "späce"},
            {"username": "with space"},
            {"username": "trailing\n"},
            {"role": "admin"},
            {"email": ["ada@example.com"]},
        ],
    )
    async def test_an_invalid_field_is_named(
        self, client: httpx.AsyncClient, fields: dict[str, object]
    ) -> None:
        answer = await client.post("/api/v1/auth/register", json=register_body(**fields))

        assert answer.status_code == 422
        assert answer.json()["code"] == "VALIDATION_ERROR"
        assert answer.json()["details"][0]["field"] == f"body.{next(iter(fields))}"


class TestLogin:
    async def test_is_told_apart_by_nothing(self, client: httpx.AsyncClient, ada: Person) -> None:
        wrong = {"email": ada.email, "password": "not the password"}
        unknown = {"email": "nobody@example.com", "password": PASSWORD}

        answers = [await client.post("/api/v1/auth/login", json=each) for each in (wrong, unknown)]

        assert {each.status_code for each in answers} == {401}
        assert {each.json()["code"] for each in answers} == {"INVALID_CREDENTIALS"}
        assert {each.json()["error"] for each in answers} == {"Incorrect email or password"}
        assert {each.headers["www-authenticate"] for each in answers} == {"Bearer"}

    async def test_a_deactivated_account_is_unknown(
        self, client: httpx.AsyncClient, ada: Person, database: Database
    ) -> None:
        await database.execute("UPDATE auth.account SET is_active = false")

        answer = await client.post(
            "/api/v1/auth/login", json={"email": ada.email, "password": PASSWORD}
        )

        assert answer.status_code == 401
        assert answer.json()["code"] == "INVALID_CREDENTIALS"

    async def test_takes_the_email_in_whatever_case(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        answer = await client.post(
            "/api/v1/auth/login", json={"email": ada.email.upper(), "password": PASSWORD}
        )

        assert answer.status_code == 200
        assert answer.json()["user"]["id"] == ada.id


class TestMe:
    async def test_is_the_account_and_its_session(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        answer = await client.get("/api/v1/auth/me", headers=ada.headers)

        assert answer.status_code == 200
        assert answer.json()["id"] == ada.id
        assert answer.json()["session_id"]

    @pytest.mark.parametrize("header", ["", "Bearer", "Bearer x", "Basic abc", "Bearer a.b.c"])
    async def test_is_for_those_who_signed_in(self, client: httpx.AsyncClient, header: str) -> None:
        answer = await client.get("/api/v1/auth/me", headers={"Authorization": header})

        assert answer.status_code == 401
        assert answer.json()["code"] == "UNAUTHORIZED"
        assert answer.headers["www-authenticate"] == "Bearer"

    async def test_an_expired_token_says_so(self, build_app: AppFactory) -> None:
        async with build_app(jwt_expire_minutes=-1) as app, client_of(app) as client:
            late = await sign_up(client)

            answer = await client.get("/api/v1/auth/me", headers=late.headers)

        assert answer.status_code == 401
        assert answer.json()["code"] == "TOKEN_EXPIRED"

    async def test_an_altered_token_is_refused(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        header, payload, signature = ada.token.split(".")
        claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
        forged = base64.urlsafe_b64encode(json.dumps(claims | {"role": "admin"}).encode())
        token = f"{header}.{forged.decode().rstrip('=')}.{signature}"

        answer = await client.get("/api/v1/auth/me", headers={"Authorization": f"Bearer {token}"})

        assert answer.status_code == 401

    async def test_an_account_that_is_gone_is_nobody(
        self, client: httpx.AsyncClient, ada: Person, database: Database
    ) -> None:
        await database.execute("DELETE FROM auth.account")

        answer = await client.get("/api/v1/auth/me", headers=ada.headers)

        assert answer.status_code == 401


class TestRefresh:
    async def test_gives_the_next_cookie_and_a_new_token(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        first = client.cookies[COOKIE]

        answer = await client.post("/api/v1/auth/refresh")

        assert answer.status_code == 200
        assert answer.json()["user"]["id"] == ada.id
        assert client.cookies[COOKIE] != first
        assert answer.headers["cache-control"] == "no-store"

    async def test_a_second_tab_gets_the_same_cookie(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        first = client.cookies[COOKIE]
        one = await client.post("/api/v1/auth/refresh")
        client.cookies.set(COOKIE, first, domain="bounded.test")

        two = await client.post("/api/v1/auth/refresh")

        assert two.status_code == 200
        assert one.headers["set-cookie"] == two.headers["set-cookie"]

    async def test_reuse_ends_the_session_for_good(
        self, client: httpx.AsyncClient, ada: Person, database: Database
    ) -> None:
        stolen = client.cookies[COOKIE]
        await client.post("/api/v1/auth/refresh")
        await database.execute("UPDATE auth.session SET rotated_at = now() - interval '31 s'")
        current = client.cookies[COOKIE]

        reused = await refresh_with(client, stolen)
        owner = await refresh_with(client, current)

        assert reused.status_code == 401
        assert reused.json()["code"] == "REFRESH_TOKEN_REUSED"
        assert "Max-Age=0" in reused.headers["set-cookie"]
        assert owner.status_code == 401
        assert owner.json()["code"] == "INVALID_REFRESH_TOKEN"

    @pytest.mark.parametrize("column", ["rotated_at", "created_at"])
    async def test_a_session_too_old_is_refused(
        self, client: httpx.AsyncClient, ada: Person, database: Database, column: str
    ) -> None:
        await database.execute(f"UPDATE auth.session SET {column} = now() - interval '31 days'")

        answer = await client.post("/api/v1/auth/refresh")

        assert answer.status_code == 401
        assert answer.json()["code"] == "INVALID_REFRESH_TOKEN"

    @pytest.mark.parametrize("cookie", [None, "", "garbage", "AAAA", "\x7f" * 10])
    async def test_anything_else_is_refused_and_forgotten(
        self, client: httpx.AsyncClient, cookie: str | None
    ) -> None:
        answer = await refresh_with(client, cookie)

        assert answer.status_code == 401
        assert answer.json()["code"] == "INVALID_REFRESH_TOKEN"
        assert "Max-Age=0" in answer.headers["set-cookie"]

    async def test_a_forged_token_ends_nothing(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        genuine = client.cookies[COOKIE]
        forged = genuine[:-4] + ("AAAA" if genuine[-4:] != "AAAA" else "BBBB")

        refused = await refresh_with(client, forged)
        owner = await refresh_with(client, genuine)

        assert refused.json()["code"] == "INVALID_REFRESH_TOKEN"
        assert owner.status_code == 200

    async def test_without_https_the_cookie_has_no_prefix(self, build_app: AppFactory) -> None:
        async with build_app(cookie_secure=False) as app, client_of(app) as client:
            answer = await client.post(
                "/api/v1/auth/register", json=register_body(email="c@example.com")
            )

        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("refresh_token=")
        assert "Path=/api/v1/auth" in cookie
        assert "Secure" not in cookie


class TestLogout:
    async def test_ends_the_session_and_clears_the_cookie(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        cookie = client.cookies[COOKIE]

        answer = await client.post("/api/v1/auth/logout", headers=ada.headers)
        refused = await refresh_with(client, cookie)

        assert answer.status_code == 204
        assert "Max-Age=0" in answer.headers["set-cookie"]
        assert refused.status_code == 401

    async def test_leaves_other_sessions_alone(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        await client.post("/api/v1/auth/login", json={"email": ada.email, "password": PASSWORD})
        other = client.cookies[COOKIE]

        await client.post("/api/v1/auth/logout", headers=ada.headers)

        assert (await refresh_with(client, other)).status_code == 200

    async def test_the_access_token_is_dead_at_once(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        before = await client.get("/api/v1/auth/me", headers=ada.headers)
        await client.post("/api/v1/auth/logout", headers=ada.headers)

        after = await client.get("/api/v1/tasks", headers=ada.headers)

        assert before.status_code == 200
        assert after.status_code == 401
        assert after.json()["code"] == "UNAUTHORIZED"

    async def test_everywhere_ends_every_session_of_the_account_alone(
        self, client: httpx.AsyncClient, ada: Person, bob: Person
    ) -> None:
        other = await log_in(client, ada)

        answer = await client.post("/api/v1/auth/logout-all", headers=ada.headers)

        statuses = [
            (await client.get("/api/v1/auth/me", headers=headers)).status_code
            for headers in (ada.headers, other, bob.headers)
        ]
        assert answer.status_code == 204
        assert "Max-Age=0" in answer.headers["set-cookie"]
        assert statuses == [401, 401, 200]


class TestSessions:
    async def test_are_listed_with_their_device_newest_first(
        self, client: httpx.AsyncClient, ada: Person, bob: Person
    ) -> None:
        phone = await log_in(client, ada, user_agent="phone")

        page = (await client.get("/api/v1/auth/sessions", headers=phone)).json()

        assert [each["current"] for each in page["items"]] == [True, False]
        assert page["items"][0]["user_agent"] == "phone"
        assert page["items"][0]["ip"] == "127.0.0.1"
        assert page["next_cursor"] is None

    async def test_are_paged(self, client: httpx.AsyncClient, ada: Person) -> None:
        for _ in range(2):
            await log_in(client, ada)

        seen, params = [], {"limit": "2"}
        for _ in range(2):
            page = (
                await client.get("/api/v1/auth/sessions", params=params, headers=ada.headers)
            ).json()
            seen += [each["id"] for each in page["items"]]
            params["cursor"] = page["next_cursor"]

        assert len(set(seen)) == 3
        assert seen == sorted(seen, reverse=True)
        assert params["cursor"] is None

    async def test_one_can_be_ended_from_another(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        phone = await log_in(client, ada)
        page = (await client.get("/api/v1/auth/sessions", headers=ada.headers)).json()
        path = f"/api/v1/auth/sessions/{page['items'][0]['id']}"

        answer = await client.delete(path, headers=ada.headers)
        again = await client.delete(path, headers=ada.headers)

        assert answer.status_code == 204
        assert again.status_code == 404
        assert (await client.get("/api/v1/auth/me", headers=phone)).status_code == 401
        assert (await client.get("/api/v1/auth/me", headers=ada.headers)).status_code == 200

    async def test_another_s_is_not_found(
        self, client: httpx.AsyncClient, ada: Person, bob: Person
    ) -> None:
        mine = (await client.get("/api/v1/auth/me", headers=ada.headers)).json()["session_id"]

        answer = await client.delete(f"/api/v1/auth/sessions/{mine}", headers=bob.headers)

        assert answer.status_code == 404
        assert (await client.get("/api/v1/auth/me", headers=ada.headers)).status_code == 200


class TestPasswordChange:
    NEW = "another good passphrase"

    async def change(self, client: httpx.AsyncClient, who: Person, **body: str) -> httpx.Response:
        return await client.post(
            "/api/v1/auth/password/change",
            json={"current_password": PASSWORD, "new_password": self.NEW} | body,
            headers=who.headers,
        )

    async def test_the_new_one_counts_and_every_other_session_ends(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        other = await log_in(client, ada)

        answer = await self.change(client, ada)

        old, new = [
            await client.post("/api/v1/auth/login", json={"email": ada.email, "password": each})
            for each in (PASSWORD, self.NEW)
        ]
        assert answer.status_code == 204
        assert (old.status_code, new.status_code) == (401, 200)
        assert (await client.get("/api/v1/auth/me", headers=other)).status_code == 401
        assert (await client.get("/api/v1/auth/me", headers=ada.headers)).status_code == 200

    async def test_a_wrong_one_changes_nothing(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        answer = await self.change(client, ada, current_password="not the password")

        assert answer.status_code == 401
        assert answer.json()["code"] == "INVALID_CREDENTIALS"
        await log_in(client, ada)

    @pytest.mark.parametrize(
        "password",
        ["short", "lovelace-forever", "my-name-is-countess", "it-is-bounded-too", "iloveyou1234"],
    )
    async def test_a_weak_one_is_refused(self, client: httpx.AsyncClient, password: str) -> None:
        ada = await sign_up(client, username="countess")

        answer = await self.change(client, ada, new_password=password)

        assert answer.status_code == 422
        assert answer.json()["code"] == "WEAK_PASSWORD"
        assert answer.json()["details"][0]["field"] == "body.new_password"
        await log_in(client, ada)

    async def test_of_two_at_once_one_counts(self, client: httpx.AsyncClient, ada: Person) -> None:
        answers = await asyncio.gather(
            self.change(client, ada), self.change(client, ada, new_password="a third passphrase")
        )

        assert sorted(answer.status_code for answer in answers) == [204, 401]

    async def test_a_login_at_the_same_time_never_outlives_it(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        login = client.post("/api/v1/auth/login", json={"email": ada.email, "password": PASSWORD})

        changed, logged_in = await asyncio.gather(self.change(client, ada), login)

        assert changed.status_code == 204
        if logged_in.status_code == 200:
            headers = {"Authorization": f"Bearer {logged_in.json()['access_token']}"}
            assert (await client.get("/api/v1/auth/me", headers=headers)).status_code == 401

    async def test_is_for_those_who_signed_in(self, client: httpx.AsyncClient) -> None:
        answer = await client.post("/api/v1/auth/password/change", json={})

        assert answer.status_code == 401


class TestToken:
    async def test_a_password_is_exchanged_for_both_tokens(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        answer = await token(client, grant_type="password", username=ada.email, password=PASSWORD)

        assert answer.status_code == 200
        assert set(answer.json()) == {"access_token", "token_type", "expires_in", "refresh_token"}
        assert "set-cookie" not in answer.headers
        assert answer.headers["cache-control"] == "no-store"
        headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        assert (await client.get("/api/v1/auth/me", headers=headers)).json()["id"] == ada.id

    async def test_a_refresh_token_is_good_here_and_at_refresh_alike(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        cookie = client.cookies[COOKIE]

        here = await token(client, grant_type="refresh_token", refresh_token=cookie)
        there = await refresh_with(client, here.json()["refresh_token"])

        assert here.status_code == 200
        assert there.status_code == 200

    async def test_what_is_not_known_is_ignored(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        answer = await token(
            client,
            grant_type="password",
            username=ada.email,
            password=PASSWORD,
            scope="",
            client_id="x",
        )

        assert answer.status_code == 200

    @pytest.mark.parametrize(
        ("form", "error"),
        [
            ({"grant_type": "password", "username": "a@example.com"}, "invalid_request"),
            ({"username": "a@example.com", "password": "x"}, "invalid_request"),
            ({"grant_type": "client_credentials"}, "unsupported_grant_type"),
            ({"grant_type": ""}, "unsupported_grant_type"),
            (
                {"grant_type": "password", "username": "a@example.com", "password": "x"},
                "invalid_grant",
            ),
            ({"grant_type": "password", "username": "nobody", "password": "x"}, "invalid_grant"),
            (
                {"grant_type": "password", "username": "a@example.com", "password": "\x00"},
                "invalid_request",
            ),
            ({"grant_type": "refresh_token"}, "invalid_request"),
            ({"grant_type": "refresh_token", "refresh_token": "garbage"}, "invalid_grant"),
        ],
    )
    async def test_a_refusal_is_one_of_the_standard(
        self, client: httpx.AsyncClient, form: dict[str, str], error: str
    ) -> None:
        answer = await token(client, **form)

        assert answer.status_code == 400
        assert answer.json()["error"] == error
        assert answer.json()["error_description"]

    @pytest.mark.parametrize(
        ("content", "kind"),
        [
            (b'{"grant_type": "password"}', "application/json"),
            (b"grant_type=password", "text/plain"),
            (b"grant_type=password", ""),
            (b"grant_type=password&grant_type=password", "application/x-www-form-urlencoded"),
            (b"grant_type=\xff", "application/x-www-form-urlencoded"),
            (b"grant_type=%ff", "application/x-www-form-urlencoded"),
            (b"a&" * 100, "application/x-www-form-urlencoded"),
            (b"", "application/x-www-form-urlencoded"),
        ],
    )
    async def test_what_is_no_form_is_an_invalid_request(
        self, client: httpx.AsyncClient, content: bytes, kind: str
    ) -> None:
        answer = await client.post(
            "/api/v1/auth/token", content=content, headers={"Content-Type": kind} if kind else {}
        )

        assert answer.status_code == 400
        assert answer.json()["error"] == "invalid_request"

    async def test_the_docs_page_signs_in_here(self, app: FastAPI) -> None:
        flows = app.openapi()["components"]["securitySchemes"]["access_token"]["flows"]

        assert flows["password"]["tokenUrl"] == "/api/v1/auth/token"


class TestOrigin:
    @pytest.mark.parametrize(
        ("headers", "status"),
        [
            ({}, 401),
            ({"Origin": BASE_URL}, 401),
            ({"Origin": f"{BASE_URL}:443"}, 401),
            ({"Origin": "https://app.example.com"}, 401),
            ({"Sec-Fetch-Site": "same-origin"}, 401),
            ({"Origin": "https://evil.example.com"}, 403),
            ({"Origin": "http://bounded.test"}, 403),
            ({"Origin": "null"}, 403),
            ({"Origin": "https://[broken"}, 403),
            ({"Sec-Fetch-Site": "cross-site"}, 403),
        ],
    )
    async def test_a_browser_may_sign_in_from_our_own_sites_only(
        self, build_app: AppFactory, headers: dict[str, str], status: int
    ) -> None:
        async with (
            build_app(cors_origins=("https://app.example.com",)) as app,
            client_of(app) as client,
        ):
            answer = await client.post("/api/v1/auth/refresh", headers=headers)

        assert answer.status_code == status

    @pytest.mark.parametrize(
        ("hops", "proto", "status"),
        [
            (0, "https", 403),
            (1, "https", 401),
            (1, "https, http", 403),
            (2, "https, http", 401),
            (2, "https", 401),
        ],
    )
    async def test_the_word_of_our_own_proxies_counts(
        self, build_app: AppFactory, hops: int, proto: str, status: int
    ) -> None:
        headers = {
            "Origin": "https://public.example.com",
            "X-Forwarded-Proto": proto,
            "X-Forwarded-Host": "public.example.com",
        }

        async with build_app(trusted_proxy_hops=hops) as app, client_of(app) as client:
            answer = await client.post("/api/v1/auth/refresh", headers=headers)

        assert answer.status_code == status


async def refresh_with(client: httpx.AsyncClient, cookie: str | None) -> httpx.Response:
    client.cookies.clear()
    headers = {} if cookie is None else {"Cookie": f"{COOKIE}={cookie}"}
    return await client.post("/api/v1/auth/refresh", headers=headers)


async def log_in(
    client: httpx.AsyncClient, person: Person, user_agent: str = "browser"
) -> dict[str, str]:
    answer = await client.post(
        "/api/v1/auth/login",
        json={"email": person.email, "password": PASSWORD},
        headers={"User-Agent": user_agent},
    )
    assert answer.status_code == 200
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


async def token(client: httpx.AsyncClient, **form: str) -> httpx.Response:
    return await client.post("/api/v1/auth/token", data=form)
