import httpx

from tests.support.auth.api import COOKIE, log_in, refresh_with
from tests.support.client import PASSWORD, Person


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
        client.cookies.clear()

        await client.post("/api/v1/auth/logout", headers=ada.headers)

        assert (await refresh_with(client, other)).status_code == 200

    async def test_the_access_token_is_refused_at_once(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        before = await client.get("/api/v1/auth/me", headers=ada.headers)
        await client.post("/api/v1/auth/logout", headers=ada.headers)

        after = await client.get("/api/v1/specimens", headers=ada.headers)

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

        assert [item["current"] for item in page["items"]] == [True, False]
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
            seen += [item["id"] for item in page["items"]]
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

    async def test_all_other_sessions_can_be_ended(
        self, client: httpx.AsyncClient, ada: Person, bob: Person
    ) -> None:
        phones = [await log_in(client, ada) for _ in range(2)]

        answer = await client.delete("/api/v1/auth/sessions", headers=ada.headers)

        assert answer.status_code == 204
        for phone in phones:
            assert (await client.get("/api/v1/auth/me", headers=phone)).status_code == 401
        page = (await client.get("/api/v1/auth/sessions", headers=ada.headers)).json()
        assert [item["current"] for item in page["items"]] == [True]
        assert (await client.get("/api/v1/auth/me", headers=bob.headers)).status_code == 200

    async def test_the_session_of_another_user_is_not_found(
        self, client: httpx.AsyncClient, ada: Person, bob: Person
    ) -> None:
        session_id = (await client.get("/api/v1/auth/me", headers=ada.headers)).json()["session_id"]

        answer = await client.delete(f"/api/v1/auth/sessions/{session_id}", headers=bob.headers)

        assert answer.status_code == 404
        assert (await client.get("/api/v1/auth/me", headers=ada.headers)).status_code == 200
