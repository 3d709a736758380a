"""Behind nginx, HAProxy and Caddy, configured by ``deploy/proxies``, all works as without them.

``RESTARTS=20`` replaces as many processes as a release needs.
"""

import asyncio
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.contexts import needs
from tests.support.processes.load import ADMIN, Load
from tests.support.processes.reverse_proxies import CADDY, HAPROXY, NGINX, ReverseProxy
from tests.support.processes.server import PATIENCE, ForkedServer, Server
from tests.support.processes.workers import PASSWORD, SECRET
from tests.support.streams.readers import open_websocket, reading, receive

RESTARTS = int(os.environ.get("RESTARTS", "2"))
PREFIX = "/backend"
API = f"{PREFIX}/api/v1"
STRIPPING = ReverseProxy(
    "nginx",
    "nginx.conf",
    NGINX.arguments,
    (
        *NGINX.replaced,
        (
            "location / {\n      proxy_pass http://bounded;",
            f"location {PREFIX}/ {{\n      proxy_pass http://bounded/;",
        ),
    ),
)
PROXIES = {"nginx": NGINX, "nginx that strips": STRIPPING, "HAProxy": HAPROXY, "Caddy": CADDY}


def start(directory: Path, dsn: str, port: int | None = None) -> Server:
    return ForkedServer(
        directory / "data",
        DATABASE_URL=dsn,
        FIRST_ADMIN_EMAIL=ADMIN,
        FIRST_ADMIN_PASSWORD=PASSWORD,
        JWT_SECRET=SECRET,
        PORT=port,
        LOG_LEVEL="WARNING",
        RATE_LIMIT_ENABLED=False,
        ROOT_PATH=PREFIX,
        SHUTDOWN_NOTICE_SECONDS=3,
        TRUSTED_PROXY_HOPS=1,
    )


@pytest.fixture(scope="module")
def servers(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Server]]:
    directory = tmp_path_factory.mktemp("servers")
    servers = [start(directory, database) for _ in range(2)]
    try:
        for process in servers:
            process.wait_until()
        yield servers
    finally:
        for process in servers:
            process.clean_up()


@pytest.fixture(scope="module", params=[*PROXIES.values()], ids=[*PROXIES])
def address(
    request: pytest.FixtureRequest,
    servers: list[Server],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    proxy: ReverseProxy = request.param
    if proxy.binary is None:
        pytest.skip(f"there is no {proxy.name} (Debian: apt-get install {proxy.name})")
    directory = tmp_path_factory.mktemp("proxy")
    ports = [process.port for process in servers]
    with proxy.running(directory, ports, f"{PREFIX}/health/ready") as address:
        yield address


@pytest.fixture
def browser(address: str) -> Iterator[httpx.Client]:
    """A signed-in client that sends the headers of a page on the proxy's own origin."""
    with httpx.Client(base_url=address, timeout=PATIENCE, headers={"Origin": address}) as client:
        body = {"email": f"{os.urandom(8).hex()}@example.com", "password": PASSWORD}
        answer = client.post(f"{API}/auth/register", json=body | {"full_name": "Ada"})
        assert answer.status_code == 201, answer.text
        client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        yield client


def test_a_session_is_refreshed_and_ended(browser: httpx.Client) -> None:
    refreshed = browser.post(f"{API}/auth/refresh")
    foreign = browser.post(f"{API}/auth/refresh", headers={"Origin": "https://evil.example.com"})
    ended = browser.post(f"{API}/auth/logout")

    assert [answer.status_code for answer in (refreshed, foreign, ended)] == [200, 403, 204]
    assert browser.post(f"{API}/auth/refresh").status_code == 401


@needs("tasks")
@pytest.mark.parametrize("size", [10, 5000], ids=["small", "large"])
def test_an_etag_stays_strong(browser: httpx.Client, size: int) -> None:
    task = {"title": "a", "description": "x" * size}
    made = browser.post(f"{API}/tasks", json=task, headers={"Accept-Encoding": "gzip"})
    read = browser.get(made.headers["location"], headers={"Accept-Encoding": "gzip"})
    etag = read.headers["etag"]
    saved = browser.patch(made.headers["location"], json={"title": "b"}, headers={"If-Match": etag})

    assert made.headers["location"].startswith(f"{API}/tasks/")
    assert etag == made.headers["etag"]
    assert not etag.startswith("W/")
    assert saved.status_code == 200


@needs("tasks")
def test_an_upload_arrives_complete_with_a_length_or_chunked(browser: httpx.Client) -> None:
    rows = ["title,description", *(f"task {number},{'x' * 300}" for number in range(900))]
    content = "\n".join(rows).encode()

    def chunks() -> Iterator[bytes]:
        for start_at in range(0, len(content), 10_000):
            yield content[start_at : start_at + 10_000]

    for sent in (content, chunks()):
        headers = {"Content-Type": "text/csv"}
        answer = browser.post(f"{API}/tasks/import", content=sent, headers=headers)
        assert answer.status_code in {200, 201}, answer.text

    with browser.stream("GET", f"{API}/tasks/export") as export:
        exported = b"".join(export.iter_bytes())

    assert export.status_code == 200
    assert exported.count(b"task ") == 2 * 900


def test_the_documentation_is_served(browser: httpx.Client) -> None:
    docs = browser.get(f"{PREFIX}/docs")
    files = re.findall(r'(?:src|href|data-openapi)="([^"]*)"', docs.text)

    assert len(files) >= 4
    assert {browser.get(file).status_code for file in files} == {200}


def test_the_logged_address_is_the_client_s_and_not_a_claimed_one(browser: httpx.Client) -> None:
    claimed = {"X-Forwarded-For": "203.0.113.9"}
    me = browser.get(f"{API}/auth/me").json()
    body = {"email": me["email"], "password": PASSWORD}
    browser.post(f"{API}/auth/login", json=body, headers=claimed)

    sessions: list[dict[str, Any]] = browser.get(f"{API}/auth/sessions").json()["items"]

    assert [session["ip"] for session in sessions] == ["127.0.0.1"] * 2


@needs("tasks")
async def test_changes_reach_a_reader_as_they_happen(address: str, browser: httpx.Client) -> None:
    headers = {"Authorization": browser.headers["Authorization"], "Origin": address}
    async with (
        httpx.AsyncClient(base_url=address + PREFIX, timeout=PATIENCE) as client,
        reading(client, headers | {"Accept-Encoding": "gzip"}) as events,
        open_websocket(client, Origin=address) as socket,
    ):
        await events.next()
        await socket.send(json.dumps({"token": headers["Authorization"].partition(" ")[2]}))
        await receive(socket)
        for title in ("a", "b"):
            made = await client.post("/api/v1/tasks", json={"title": title}, headers=headers)
            by_stream, by_socket = await events.next(), await receive(socket)

            assert by_stream.data["id"] == by_socket.data["id"] == made.json()["id"]


@needs("tasks")
def test_an_offered_upgrade_changes_nothing(browser: httpx.Client) -> None:
    headers = {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": "h2c", "HTTP2-Settings": "AAMA"}

    assert browser.post(f"{API}/tasks", json={"title": "a"}, headers=headers).status_code == 201


async def test_no_request_is_lost_while_processes_are_replaced(
    address: str, servers: list[Server], database: str
) -> None:
    async with Load(address + PREFIX) as load:
        for number in range(RESTARTS):
            await load.more(20)
            leaving = servers[number % 2]
            code = await asyncio.to_thread(leaving.stop)
            leaving.clean_up()
            assert code == 0, leaving.output
            follower = start(leaving.data_dir.parent, database, leaving.port)
            servers[number % 2] = follower
            await asyncio.to_thread(follower.wait_until)
            await load.more(20)

    assert set(load.answers) == {"201"}, load.answers
