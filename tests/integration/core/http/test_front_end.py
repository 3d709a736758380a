"""The built front end, as the API serves it."""

import fcntl
import gzip
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from fastapi import FastAPI
from starlette.types import Message

from config import Settings
from main import create_app
from tests.support.application import AppFactory, container_of
from tests.support.client import client_of
from tests.support.front_end import BROTLI, PAGE, SCRIPT, SCRIPT_TEXT, build

HTML = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    return build(tmp_path)


@pytest.fixture
def built(base_settings: Settings, dist: Path) -> FastAPI:
    """An application that is not running and has no database, since it needs neither."""
    changes = {"front_end_dir": dist, "database_url": NOWHERE}
    return create_app(container_of(base_settings.model_copy(update=changes)))


@pytest.fixture
async def browser(built: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(built) as client:
        yield client


class TestPage:
    @pytest.mark.parametrize("path", ["/", "/stats", "/settings/profile", "/index.html", "/a.b"])
    async def test_is_served_on_every_path_to_clients_that_accept_html(
        self, browser: httpx.AsyncClient, path: str
    ) -> None:
        answer = await browser.get(path, headers=HTML)

        assert (answer.status_code, answer.text) == (200, PAGE)
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert answer.headers["cache-control"] == "no-cache, no-transform"
        assert answer.headers["x-content-type-options"] == "nosniff"

    @pytest.mark.parametrize(
        "accept", ["*/*", "text/*", "application/json", "text/html;q=0, */*", "text/htmlx", ""]
    )
    @pytest.mark.parametrize("path", ["/stats", "/settings/profile"])
    async def test_is_not_served_to_other_clients(
        self, browser: httpx.AsyncClient, path: str, accept: str
    ) -> None:
        answer = await browser.get(path, headers={"Accept": accept})

        assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")
        assert answer.headers["cache-control"] == "no-store"

    @pytest.mark.parametrize("accept", ["TEXT/HTML", "text/html;level=1;q=0.1", "a/b, text/html"])
    async def test_is_served_for_each_form_of_accept(
        self, browser: httpx.AsyncClient, accept: str
    ) -> None:
        assert (await browser.get("/stats", headers={"Accept": accept})).text == PAGE

    @pytest.mark.parametrize("path", ["/api", "/api/v1/nowhere", "/metrics", "/dev/nothing"])
    async def test_is_not_served_on_paths_of_the_api(
        self, browser: httpx.AsyncClient, path: str
    ) -> None:
        answer = await browser.get(path, headers=HTML)

        assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")

    @pytest.mark.parametrize("path", ["/docs", "/redoc", "/docs/assets/swagger-ui.css"])
    async def test_does_not_replace_the_documentation(
        self, browser: httpx.AsyncClient, path: str
    ) -> None:
        answer = await browser.get(path, headers=HTML)

        assert answer.status_code == 200
        assert "Built" not in answer.text
        assert "base-uri" not in answer.headers["content-security-policy"]

    @pytest.mark.parametrize("path", ["/apiary", "/documents", "/developers", "/healthy"])
    async def test_may_start_like_a_path_of_the_api(
        self, browser: httpx.AsyncClient, path: str
    ) -> None:
        assert (await browser.get(path, headers=HTML)).text == PAGE

    @pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
    async def test_accepts_only_reads(self, browser: httpx.AsyncClient, method: str) -> None:
        answer = await browser.request(method, "/stats", headers=HTML)

        assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")

    async def test_runs_no_script_but_our_files(self, browser: httpx.AsyncClient) -> None:
        page = await browser.get("/", headers=HTML)
        cached = await browser.get("/", headers=HTML | {"If-None-Match": page.headers["etag"]})

        assert cached.status_code == 304
        for answer in (page, cached):
            policy, general_policy = answer.headers.get_list("content-security-policy")
            directives = dict(rule.split(maxsplit=1) for rule in policy.split("; "))
            assert directives == {
                "default-src": "'self'",
                "style-src": "'self' 'unsafe-inline'",
                "img-src": "'self' data:",
                "connect-src": "'self'",
                "base-uri": "'self'",
                "form-action": "'self'",
                "frame-ancestors": "'none'",
                "object-src": "'none'",
            }
            assert general_policy == "frame-ancestors 'none'"


class TestFile:
    async def test_a_file_of_the_build_is_cached_for_a_year(
        self, browser: httpx.AsyncClient
    ) -> None:
        answer = await browser.get(SCRIPT, headers={"Accept-Encoding": "identity"})

        assert (answer.status_code, answer.text) == (200, SCRIPT_TEXT)
        assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
        assert answer.headers["cache-control"] == (
            "public, max-age=31536000, immutable, no-transform"
        )

    @pytest.mark.parametrize(
        ("accepted", "coding"),
        [
            ("gzip, deflate, br, zstd", "br"),
            ("br;q=0.5, gzip;q=0.5", "br"),
            ("br;q=0.5, gzip", "gzip"),
            ("br;q=0, gzip", "gzip"),
            ("gzip", "gzip"),
            ("*", "br"),
            ("br;q=0, *", "gzip"),
            ("gzip;q=0, br;q=0", None),
            ("identity", None),
            ("", None),
        ],
    )
    async def test_is_sent_in_an_accepted_coding(
        self, browser: httpx.AsyncClient, accepted: str, coding: str | None
    ) -> None:
        headers = {"Accept-Encoding": accepted}
        received = (await browser.head(SCRIPT, headers=headers)).headers
        plain = SCRIPT_TEXT.encode()
        length = {"br": len(BROTLI), "gzip": len(gzip.compress(plain)), None: len(plain)}

        assert received.get("content-encoding") == coding
        assert int(received["content-length"]) == length[coding]
        assert received["content-type"] == "text/javascript; charset=utf-8"
        assert received["vary"] == "Accept-Encoding, Origin"

    async def test_is_sent_as_the_build_compressed_it(self, browser: httpx.AsyncClient) -> None:
        brotli = await browser.get(SCRIPT, headers={"Accept-Encoding": "br"})
        unpacked = await browser.get(SCRIPT, headers={"Accept-Encoding": "gzip"})

        assert brotli.content == BROTLI  # as sent: the client of the tests has no brotli
        assert unpacked.text == SCRIPT_TEXT

    async def test_is_compressed_by_the_server_if_the_build_did_not(
        self, browser: httpx.AsyncClient
    ) -> None:
        style, font = [
            await browser.get(path, headers={"Accept-Encoding": "br, gzip"})
            for path in ("/assets/app-9c8d7e.css", "/assets/font-1a2b3c.woff2")
        ]

        assert style.headers["content-encoding"] == "gzip"
        assert style.text == "body { color: black }\n" * 20
        assert "content-encoding" not in font.headers
        assert font.headers["content-type"] == "font/woff2"

    async def test_has_an_etag_for_each_coding(self, browser: httpx.AsyncClient) -> None:
        tags = [
            (await browser.head(SCRIPT, headers={"Accept-Encoding": accepted})).headers["etag"]
            for accepted in ("br", "gzip", "identity")
        ]
        cached = {"Accept-Encoding": "gzip", "If-None-Match": f'"other", W/{tags[1]}'}

        unchanged = await browser.get(SCRIPT, headers=cached)
        other = await browser.get(SCRIPT, headers=cached | {"Accept-Encoding": "identity"})
        malformed = await browser.get(SCRIPT, headers={"If-None-Match": "4"})

        assert len(set(tags)) == 3
        assert (unchanged.status_code, unchanged.content) == (304, b"")
        assert unchanged.headers["etag"] == tags[1]
        assert "immutable" in unchanged.headers["cache-control"]
        assert "content-encoding" not in unchanged.headers
        assert other.status_code == 200
        assert (malformed.status_code, malformed.json()["code"]) == (422, "VALIDATION_ERROR")

    @pytest.mark.parametrize(
        ("path", "kind"),
        [
            ("/favicon.svg", "image/svg+xml"),
            ("/app.webmanifest", "application/manifest+json"),
            ("/.well-known/security.txt", "text/plain; charset=utf-8"),
        ],
    )
    async def test_a_file_beside_the_page_is_revalidated_each_time(
        self, browser: httpx.AsyncClient, path: str, kind: str
    ) -> None:
        answer = await browser.get(path)

        assert answer.status_code == 200
        assert answer.headers["content-type"] == kind
        assert answer.headers["cache-control"] == "no-cache, no-transform"

    @pytest.mark.parametrize(
        "path",
        [
            "/assets/app-old.js",
            "/assets/",
            f"{SCRIPT}.br",
            f"{SCRIPT}.gz",
            f"{SCRIPT}/",
            f"{SCRIPT}%0a",
            f"{SCRIPT}%00",
            "/assets/../../secret.txt",
            "/assets/..%2f..%2fsecret.txt",
            "/assets/%2e%2e/%2e%2e/secret.txt",
            "/assets/..%5c..%5csecret.txt",
            "/assets//etc/passwd",
        ],
    )
    @pytest.mark.parametrize("accept", ["*/*", "text/html"])
    async def test_a_missing_file_gets_the_usual_404(
        self, built: FastAPI, path: str, accept: str
    ) -> None:
        sent: dict[str, Any] = {}
        scope = {
            "type": "http",
            "method": "GET",
            "path": unquote(path),
            "query_string": b"",
            "headers": [(b"accept", accept.encode())],
        }

        async def send(message: Message) -> None:
            sent.update(message)

        async def receive() -> Message:
            return {"type": "http.request"}

        await built(scope, receive, send)

        assert sent["status"] == 404
        assert b'"code":"NOT_FOUND"' in sent["body"]

    @pytest.mark.parametrize("path", ["/.vite/manifest.json", "/secret.txt", "/../secret.txt"])
    async def test_a_hidden_or_outside_file_is_not_found(
        self, browser: httpx.AsyncClient, path: str
    ) -> None:
        assert (await browser.get(path)).status_code == 404


class TestReplaced:
    """A build that appears, changes and disappears while the application runs."""

    async def test_is_followed_in_development(
        self, base_settings: Settings, tmp_path: Path
    ) -> None:
        dist = tmp_path / "dist"
        changes = {"front_end_dir": dist, "database_url": NOWHERE}
        app = create_app(container_of(base_settings.model_copy(update=changes)))

        async with client_of(app) as client:
            without = await client.get("/", headers=HTML)
            build(tmp_path)
            first = await client.get("/", headers=HTML)
            dist.rename(tmp_path / "earlier")
            build(tmp_path, PAGE.replace("Built", "Built again"))
            second = await client.get("/", headers=HTML)
            dist.rename(tmp_path / "gone")
            gone = await client.get("/", headers=HTML)

        assert (without.status_code, without.headers["location"]) == (307, "/docs")
        assert first.text == PAGE
        assert "Built again" in second.text
        assert (gone.status_code, gone.headers["location"]) == (307, "/docs")

    async def test_the_application_is_not_ready_while_a_newer_one_is_being_made(
        self, build_app: AppFactory, dist: Path
    ) -> None:
        async with build_app(front_end_dir=dist) as app, client_of(app) as client:
            with (dist / "index.html").open() as page:
                fcntl.flock(page, fcntl.LOCK_EX)
                during = await client.get("/health/ready")
                page_meanwhile = await client.get("/", headers=HTML)
            after = await client.get("/health/ready")

        assert (during.status_code, page_meanwhile.status_code) == (503, 200)
        assert after.status_code == 200

    async def test_is_not_followed_in_production(
        self, base_settings: Settings, tmp_path: Path
    ) -> None:
        dist = build(tmp_path)
        changes = {"front_end_dir": dist, "database_url": NOWHERE, "environment": "production"}
        app = create_app(container_of(base_settings.model_copy(update=changes)))

        async with client_of(app) as client:
            (dist / "index.html").write_text("written by somebody else")
            answer = await client.get("/", headers=HTML)

        assert answer.text == PAGE


class TestWithoutFrontEnd:
    async def test_the_root_redirects_to_the_documentation(self, client: httpx.AsyncClient) -> None:
        answer = await client.get("/", headers=HTML)

        assert (answer.status_code, answer.headers["location"]) == (307, "/docs")

    async def test_an_unreadable_build_is_not_served(
        self, base_settings: Settings, dist: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(_: Path) -> bytes:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, "read_bytes", refuse)
        settings = base_settings.model_copy(update={"front_end_dir": dist, "database_url": NOWHERE})
        async with client_of(create_app(container_of(settings))) as client:
            answer = await client.get("/stats", headers=HTML)

        assert answer.status_code == 404


@pytest.mark.parametrize("root_path", ["/backend", "/a/b", "/api", "/docs"])
@pytest.mark.parametrize("strips", [True, False], ids=["stripped", "kept"])
async def test_each_address_starts_with_the_root_path(
    base_settings: Settings, dist: Path, *, root_path: str, strips: bool
) -> None:
    changes = {"front_end_dir": dist, "database_url": NOWHERE, "root_path": root_path}
    app = create_app(container_of(base_settings.model_copy(update=changes)))
    received = "" if strips else root_path

    async with client_of(app) as client:
        for path in ("/", "/settings/profile", "/index.html"):
            page = await client.get(received + path, headers=HTML | {"Accept-Encoding": "br, gzip"})
            assert page.text == PAGE.replace('"/"', f'"{root_path}/"'), path
        script = await client.get(received + SCRIPT)
        missing = await client.get(f"{received}/assets/gone.js")

    assert script.status_code == 200
    assert missing.status_code == 404


async def test_a_page_load_is_not_rate_limited(build_app: AppFactory, dist: Path) -> None:
    limits = {"rate_limit_enabled": True, "max_requests_at_once": 1}
    async with build_app(front_end_dir=dist, **limits) as app, client_of(app) as client:
        answers = [
            await client.get(path, headers=HTML) for path in ("/", SCRIPT) for _ in range(301)
        ]
        login = await client.post("/api/v1/auth/login", json={"email": "a@b.c", "password": "x"})

    assert {answer.status_code for answer in answers} == {200}
    assert login.status_code == 401


async def test_a_front_end_on_another_origin_may_still_call(
    build_app: AppFactory, dist: Path
) -> None:
    origin = {"Origin": "https://app.example.com"}
    async with (
        build_app(front_end_dir=dist, cors_origins=("https://app.example.com",)) as app,
        client_of(app) as client,
    ):
        refused = await client.post("/api/v1/auth/refresh", headers=origin)

    assert refused.status_code == 401
    assert refused.headers["access-control-allow-origin"] == "https://app.example.com"
