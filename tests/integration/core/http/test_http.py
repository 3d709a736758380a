import json
import re
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI

from BE.core.exceptions import ForbiddenError
from BE.core.http.access import SIGNED_IN
from tests.support.application import AppFactory
from tests.support.client import Person, client_of, until_ready, user_without_account

SPA = "https://app.example.com"


class TestRequestId:
    @pytest.mark.parametrize("sent", ["abc", "A.b_c-9", "x" * 128])
    async def test_a_valid_request_id_is_kept(self, client: httpx.AsyncClient, sent: str) -> None:
        answer = await client.get("/health/live", headers={"X-Request-ID": sent})

        assert answer.headers["x-request-id"] == sent

    @pytest.mark.parametrize("sent", ["", "x" * 129, "a b", "é", "a\tb", '"'])
    async def test_an_invalid_request_id_is_replaced(
        self, client: httpx.AsyncClient, sent: str
    ) -> None:
        answer = await client.get("/nowhere", headers={"X-Request-ID": sent.encode()})  # type: ignore[arg-type]

        assert answer.headers["x-request-id"] != sent
        assert answer.json()["request_id"] == answer.headers["x-request-id"]


class TestHeaders:
    @pytest.mark.parametrize("path", ["/health/live", "/nowhere", "/api/v1/specimens"])
    async def test_every_answer_carries_the_security_headers(
        self, client: httpx.AsyncClient, path: str
    ) -> None:
        headers = (await client.get(path)).headers

        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"
        assert headers["content-security-policy"] == "frame-ancestors 'none'"
        assert headers["referrer-policy"] == "no-referrer"
        assert "strict-transport-security" not in headers

    async def test_no_answer_under_auth_is_stored(self, client: httpx.AsyncClient) -> None:
        assert (await client.get("/api/v1/auth/me")).headers["cache-control"] == "no-store"
        assert (await client.get("/api/v1/auth/nowhere")).headers["cache-control"] == "no-store"

    async def test_other_answers_are_cached_privately_and_revalidated(
        self, client: httpx.AsyncClient, ada: Person
    ) -> None:
        listed = await client.get("/api/v1/specimens", headers=ada.headers)
        read = await client.get("/api/v1/users/me", headers=ada.headers)
        cached = ada.headers | {"If-None-Match": read.headers["etag"]}
        unchanged = await client.get("/api/v1/users/me", headers=cached)
        missing = await client.get("/api/v1/nowhere", headers=ada.headers)
        refused = await client.get("/api/v1/users/me")

        for answer in (listed, missing, refused):
            assert answer.headers["cache-control"] == "private, no-cache"
        for answer in (read, unchanged):
            assert answer.headers["cache-control"] == "private, no-cache, no-transform"


class TestProduction:
    async def test_has_no_docs_and_requires_https(self, build_app: AppFactory) -> None:
        async with build_app(environment="production") as app, client_of(app) as client:
            answers = [
                await client.get(path) for path in ("/", "/docs", "/redoc", "/api/v1/openapi.json")
            ]

        assert {answer.status_code for answer in answers} == {404}
        assert "max-age" in answers[0].headers["strict-transport-security"]


class TestDocs:
    async def test_the_root_redirects_to_the_docs(self, client: httpx.AsyncClient) -> None:
        assert (await client.get("/")).headers["location"] == "/docs"
        assert (await client.get("/docs")).status_code == 200

    @pytest.mark.parametrize("path", ["/docs", "/redoc"])
    async def test_the_docs_need_no_other_server_and_no_inline_script(
        self, client: httpx.AsyncClient, path: str
    ) -> None:
        page = await client.get(path)

        files = re.findall(r'(?:src|href|data-openapi|spec-url)="([^"]*)"', page.text)
        answers = {file: await client.get(file) for file in files}

        assert len(files) >= 3
        assert {answer.status_code for answer in answers.values()} == {200}
        assert "://" not in page.text
        assert re.findall(r"<script(?![^>]*src=)", page.text) == []
        assert "script-src" not in page.headers["content-security-policy"]
        assert "default-src 'self'" in page.headers["content-security-policy"]

    async def test_a_missing_file_gets_the_usual_404(self, client: httpx.AsyncClient) -> None:
        answer = await client.get("/docs/assets/nothing.js")

        assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")

    async def test_every_operation_is_named_and_every_error_declared(self, app: FastAPI) -> None:
        operations = [
            operation for path in app.openapi()["paths"].values() for operation in path.values()
        ]

        names = [operation["operationId"] for operation in operations]
        assert len(names) == len(set(names))
        assert "list_specimens" in names
        for operation in operations:
            errors = {code for code in operation["responses"] if code >= "400"}
            assert errors >= {"422", "500", "503", "504"}, operation["operationId"]
        assert "HTTPValidationError" not in json.dumps(app.openapi())


class TestCors:
    async def test_our_spa_may_call_with_its_cookie(self, build_app: AppFactory) -> None:
        preflight = {"Origin": SPA, "Access-Control-Request-Method": "PATCH"}

        async with build_app(cors_origins=(SPA,)) as app, client_of(app) as client:
            allowed = await client.options("/api/v1/specimens", headers=preflight)
            refused = await client.options(
                "/api/v1/specimens", headers=preflight | {"Origin": "https://evil.example.com"}
            )
            failed = await client.get("/api/v1/users/me", headers={"Origin": SPA})

        assert allowed.status_code == 200
        assert allowed.headers["access-control-allow-origin"] == SPA
        assert allowed.headers["access-control-allow-credentials"] == "true"
        assert refused.status_code == 400
        assert refused.json()["code"] == "BAD_REQUEST"
        assert "access-control-allow-origin" not in refused.headers
        assert failed.status_code == 401
        assert failed.headers["access-control-allow-origin"] == SPA
        assert "ETag" in failed.headers["access-control-expose-headers"]
        assert "Content-Disposition" in failed.headers["access-control-expose-headers"]

    @pytest.mark.parametrize(
        "requested",
        [
            "authorization,traceparent,baggage",
            "authorization, traceparent, tracestate",
            "sentry-trace,baggage,content-type",
            "Authorization,Idempotency-Key,If-Match,If-None-Match,X-Request-ID,Last-Event-ID",
        ],
    )
    async def test_a_traced_spa_may_send_its_headers(
        self, build_app: AppFactory, requested: str
    ) -> None:
        preflight = {
            "Origin": SPA,
            "Access-Control-Request-Method": "GET",
            "Access-Control-Request-Headers": requested,
        }

        async with build_app(cors_origins=(SPA,)) as app, client_of(app) as client:
            answer = await client.options("/api/v1/specimens", headers=preflight)
            refused = await client.options(
                "/api/v1/specimens",
                headers=preflight | {"Access-Control-Request-Headers": "x-unknown"},
            )

        assert answer.status_code == 200
        assert answer.headers["access-control-max-age"] == "86400"
        assert refused.status_code == 400


class TestClientAddress:
    @pytest.mark.parametrize(
        ("hops", "forwarded", "expected"),
        [
            (0, "198.51.100.7", "127.0.0.1"),
            (1, "203.0.113.9, 198.51.100.7", "198.51.100.7"),
            (2, "203.0.113.9, 198.51.100.7", "203.0.113.9"),
            (2, "198.51.100.7", "127.0.0.1"),
            (1, "nonsense", "127.0.0.1"),
            (1, "2001:db8::1", "2001:db8::1"),
            (1, "203.0.113.7:51234", "203.0.113.7"),
            (1, "[2001:db8::1]:443", "2001:db8::1"),
            (1, "[2001:db8::1]", "2001:db8::1"),
            (2, "203.0.113.7:51234, 198.51.100.7:80", "203.0.113.7"),
            (1, "::ffff:203.0.113.7", "203.0.113.7"),
            (1, "::ffff:203.0.113.7:80", "203.0.113.7"),
            (1, "[::FFFF:203.0.113.7]:80", "203.0.113.7"),
            (1, "203.0.113.7:51234,", "203.0.113.7"),
            (2, "203.0.113.7:1,,10.0.0.1", "203.0.113.7"),
            (1, "203.0.113.7:", "203.0.113.7"),
            (1, "203.0.113.7:port", "127.0.0.1"),
            (1, "[203.0.113.7", "127.0.0.1"),
            (1, "unknown:80", "127.0.0.1"),
        ],
    )
    async def test_the_client_address_is_the_one_that_our_proxies_received(
        self, build_app: AppFactory, hops: int, forwarded: str, expected: str
    ) -> None:
        body = {
            "email": f"{uuid4().hex}@example.com",
            "password": "correct horse battery staple",
            "full_name": "Ada",
        }

        async with build_app(trusted_proxy_hops=hops) as app, client_of(app) as client:
            await client.post(
                "/api/v1/auth/register", json=body, headers={"X-Forwarded-For": forwarded}
            )
            database = app.state.container.database()
            stored = await database.fetchval(
                "SELECT ip FROM auth.session ORDER BY created_at DESC, id DESC LIMIT 1"
            )

        assert stored == expected


async def test_a_forwarded_host_from_a_client_is_not_trusted(
    build_app: AppFactory,
) -> None:
    headers = [
        ("Origin", "https://evil.example"),
        ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-Host", "evil.example"),
        ("X-Forwarded-Host", "public.example.com"),
    ]

    async with build_app(trusted_proxy_hops=1) as app, client_of(app) as client:
        answer = await client.post("/api/v1/auth/refresh", headers=headers)

    assert answer.status_code == 403


class TestHealth:
    async def test_a_running_service_is_alive_and_ready(self, client: httpx.AsyncClient) -> None:
        await until_ready(client)
        assert (await client.get("/health/live")).json() == {"status": "alive"}
        assert (await client.get("/health/ready")).json() == {"status": "ready"}

    async def test_liveness_has_an_etag_for_the_doctor(self, client: httpx.AsyncClient) -> None:
        headers = (await client.get("/health/live")).headers

        assert headers["etag"] == '"alive"'
        assert headers["cache-control"] == "no-cache, no-transform"

    async def test_an_unmigrated_database_is_not_ready(
        self, build_app: AppFactory, empty_dsn: str
    ) -> None:
        async with build_app(database_url=empty_dsn) as app, client_of(app) as client:
            live, ready = await client.get("/health/live"), await client.get("/health/ready")
            login = await client.post(
                "/api/v1/auth/login", json={"email": "ada@example.com", "password": "x"}
            )

        assert login.status_code == 503
        assert live.status_code == 200
        assert ready.status_code == 503
        assert ready.headers["retry-after"] == "1"

    async def test_in_development_the_application_migrates_the_database(
        self, build_app: AppFactory, empty_dsn: str
    ) -> None:
        settings = {"database_url": empty_dsn, "environment": "development"}

        async with build_app(**settings) as app, client_of(app) as client:
            await until_ready(client)


async def test_a_dependency_can_be_overridden(build_app: AppFactory) -> None:
    async def refuse() -> None:
        raise ForbiddenError

    async with build_app() as app, client_of(app) as client:
        app.dependency_overrides[SIGNED_IN.dependency] = refuse
        answer = await client.get("/api/v1/specimens", headers=user_without_account(app).headers)

    assert answer.status_code == 403
