import httpx
import pytest

from tests.support.auth.api import COOKIE, register_body
from tests.support.client import sign_up


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

    async def test_the_profile_exists_by_the_time_of_the_answer(
        self, client: httpx.AsyncClient
    ) -> None:
        ada = await sign_up(client, username="ada", full_name="  Ada Lovelace ")

        profile = await client.get("/api/v1/users/me", headers=ada.headers)

        assert profile.json()["full_name"] == "Ada Lovelace"
        assert profile.json()["username"] == "ada"
        assert profile.json()["id"] == ada.id

    async def test_emails_are_unique_in_any_case(self, client: httpx.AsyncClient) -> None:
        await sign_up(client, email="Ada@example.com")

        answer = await client.post("/api/v1/auth/register", json=register_body())

        assert answer.status_code == 409
        assert answer.json()["code"] == "CONFLICT"
        assert answer.json()["error"] == "Email already registered"

    async def test_a_taken_username_leaves_no_account(self, client: httpx.AsyncClient) -> None:
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
