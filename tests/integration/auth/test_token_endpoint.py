import httpx
import pytest
from fastapi import FastAPI

from tests.support.auth.api import COOKIE, refresh_with
from tests.support.client import PASSWORD, Person


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

    async def test_a_refresh_token_is_valid_here_and_at_refresh(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        cookie = client.cookies[COOKIE]

        rotated = await token(client, grant_type="refresh_token", refresh_token=cookie)
        refreshed = await refresh_with(client, rotated.json()["refresh_token"])

        assert rotated.status_code == 200
        assert refreshed.status_code == 200

    async def test_unknown_fields_are_ignored(self, client: httpx.AsyncClient, ada: Person) -> None:
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
    async def test_a_refusal_has_a_standard_error(
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
    async def test_a_malformed_form_is_an_invalid_request(
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


async def token(client: httpx.AsyncClient, **form: str) -> httpx.Response:
    return await client.post("/api/v1/auth/token", data=form)
