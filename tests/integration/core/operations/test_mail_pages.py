"""The mailbox for developers: /dev/mail."""

import re
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from BE.core.mail import FileMailer, Mail
from BE.core.types import new_id
from tests.support.application import AppFactory
from tests.support.browser import needs_chromium, page_at
from tests.support.client import client_of, sign_up
from tests.support.events import eventually
from tests.support.serving import port_of, serving_running

PAGE = "/dev/mail"
HERE = {"Host": "localhost:8000"}
DEVELOPMENT = {"environment": "development", "cookie_secure": False}


@pytest.fixture
async def mail_dir(tmp_path: Path) -> Path:
    return tmp_path / "mail"


@pytest.fixture
async def development_app(
    build_app: AppFactory, own_dsn: str, tmp_path: Path
) -> AsyncIterator[FastAPI]:
    async with build_app(**DEVELOPMENT, database_url=own_dsn, data_dir=tmp_path) as app:
        yield app


@pytest.fixture
async def client(development_app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(development_app) as client:
        yield client


async def write(directory: Path, **fields: str) -> None:
    defaults = {"to": "ada@example.com", "subject": "Hello", "text": "Hi.", "html": "<p>Hi.</p>"}
    await FileMailer(directory, sender="b@example.com").send(
        Mail(id=new_id(), **(defaults | fields))
    )


def links_of(page: httpx.Response) -> list[str]:
    return [unescape(link) for link in re.findall(r'<a href="([^"]*)"', page.text)]


async def open_newest(client: httpx.AsyncClient) -> httpx.Response:
    found = await client.get(PAGE, headers=HERE)
    return await client.get(found.url.join(links_of(found)[0]), headers=HERE)


async def test_the_link_of_a_mail_is_opened_from_the_page(client: httpx.AsyncClient) -> None:
    ada = await sign_up(client)

    async def is_listed() -> bool:
        return ada.email in (await client.get(PAGE, headers=HERE)).text

    await eventually(is_listed)
    mail = await open_newest(client)
    back, link = links_of(mail)
    token = httpx.URL(link).params["token"]
    verified = await client.post("/api/v1/auth/email/verify", json={"token": token})

    assert ada.email in mail.text
    assert mail.url.join(back).path == PAGE
    assert verified.status_code == 204


async def test_the_newest_mail_comes_first(client: httpx.AsyncClient, mail_dir: Path) -> None:
    for subject in ("first", "second", "third"):
        await write(mail_dir, subject=subject)

    page = await client.get(PAGE, headers=HERE)

    assert re.findall(r"<b>(\w+)</b>", page.text) == ["third", "second", "first"]
    assert 'http-equiv="refresh"' in page.text


async def test_only_the_newest_hundred_are_listed(
    client: httpx.AsyncClient, mail_dir: Path
) -> None:
    for number in range(101):
        await write(mail_dir, subject=f"number {number}")

    page = await client.get(PAGE, headers=HERE)

    assert len(links_of(page)) == 100
    assert "number 0<" not in page.text


async def test_the_page_says_that_there_is_no_mail(client: httpx.AsyncClient) -> None:
    assert "There is no mail yet" in (await client.get(PAGE, headers=HERE)).text


async def test_html_in_a_mail_is_text(client: httpx.AsyncClient, mail_dir: Path) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    link = 'http://x/?"onmouseover=alert(3)'
    await write(mail_dir, subject=evil, text=f"{evil} {link} javascript:alert(4)")
    named_evil = "<svg onload=alert(5)>.eml"
    (mail_dir / named_evil).write_text(f'To: "{evil}" <a@example.com>\nSubject: {evil}\n\n{evil}')

    pages = [await client.get(PAGE, headers=HERE), await open_newest(client)]
    second = pages[0].url.join(links_of(pages[0])[1])
    pages.append(await client.get(second, headers=HERE))

    for page in pages:
        assert "<script" not in page.text
        assert "<img" not in page.text
        assert not re.search(r"<[^>]*\son\w+=", page.text)
    assert ["http://x/"] in [links_of(page)[1:] for page in pages[1:]]


async def test_no_script_may_run(client: httpx.AsyncClient, mail_dir: Path) -> None:
    await write(mail_dir)

    for page in (await client.get(PAGE, headers=HERE), await open_newest(client)):
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert page.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "name",
    ["nothing.eml", "..%2Fjwt_secret", "%2e%2e%2fjwt_secret", "..", "..%5Cjwt_secret", "*.eml"],
)
async def test_no_other_file_is_read(client: httpx.AsyncClient, mail_dir: Path, name: str) -> None:
    await write(mail_dir)
    (mail_dir.parent / "jwt_secret").write_text("To: a secret")

    answer = await client.get(httpx.URL(f"https://x{PAGE}/{name}"), headers=HERE)

    assert answer.status_code == 404
    assert answer.json()["code"] == "NOT_FOUND"


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "localhost.evil.example"},
        {"Host": "192.0.2.1:8000"},
        {"Host": "["},
        {"X-Forwarded-For": "192.0.2.1"},
        {"X-Forwarded-For": "127.0.0.1, 192.0.2.1"},
        {"X-Forwarded-Host": "abc.tunnel.example"},
        {"Forwarded": "for=192.0.2.1"},
    ],
    ids=str,
)
async def test_requests_from_other_machines_are_refused(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    for path in (PAGE, f"{PAGE}/any.eml"):
        answer = await client.get(path, headers=HERE | headers)

        assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN")


@pytest.mark.parametrize(
    ("address", "status"),
    [("127.0.0.1", 200), ("::1", 200), ("::ffff:127.0.0.1", 200), ("192.0.2.1", 403), ("::2", 403)],
)
async def test_only_callers_on_this_machine_are_admitted(
    development_app: FastAPI, address: str, status: int
) -> None:
    transport: Any = httpx.ASGITransport(development_app, client=(address, 5000))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as caller:
        assert (await caller.get(PAGE)).status_code == status


async def test_the_address_of_the_proxy_is_checked_too(
    build_app: AppFactory, tmp_path: Path
) -> None:
    behind_proxy = DEVELOPMENT | {"trusted_proxy_hops": 1, "data_dir": tmp_path}
    claimed = HERE | {"X-Forwarded-For": "127.0.0.1"}
    async with build_app(**behind_proxy) as app:
        for address, status in (("203.0.113.9", 403), ("127.0.0.1", 200)):
            transport: Any = httpx.ASGITransport(app, client=(address, 5000))
            async with httpx.AsyncClient(transport=transport, base_url="http://x") as caller:
                assert (await caller.get(PAGE, headers=claimed)).status_code == status


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "[::1]:8000", "localhost", "app.localhost:80"])
async def test_every_name_of_this_machine_is_accepted(client: httpx.AsyncClient, host: str) -> None:
    headers = {"Host": host, "X-Forwarded-For": "127.0.0.1"}

    assert (await client.get(PAGE, headers=headers)).status_code == 200


@pytest.mark.parametrize("environment", ["test", "production"])
async def test_the_pages_exist_only_in_development(build_app: AppFactory, environment: str) -> None:
    async with build_app(environment=environment) as app, client_of(app) as client:
        for path in (PAGE, f"{PAGE}/any.eml"):
            answer = await client.get(path, headers=HERE | {"Accept": "text/html"})

            assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")


async def test_with_smtp_the_page_says_that_no_mail_is_kept(
    build_app: AppFactory, tmp_path: Path
) -> None:
    sending = DEVELOPMENT | {"smtp_url": "smtp://127.0.0.1:1", "data_dir": tmp_path}
    async with build_app(**sending) as app, client_of(app) as client:
        page = await client.get(PAGE, headers=HERE)

    assert "SMTP_URL" in page.text
    assert "There is no mail yet" not in page.text


@pytest.mark.parametrize("received", ["", "/backend"], ids=["stripped", "kept"])
async def test_links_work_below_a_prefix(
    build_app: AppFactory, tmp_path: Path, received: str
) -> None:
    async with (
        build_app(**DEVELOPMENT, root_path="/backend", data_dir=tmp_path) as app,
        client_of(app) as client,
    ):
        await write(tmp_path / "mail")
        listed = await client.get(received + PAGE, headers=HERE)
        url = httpx.URL("http://localhost/backend/dev/mail").join(links_of(listed)[0])
        mail = await client.get(received + url.path.removeprefix("/backend"), headers=HERE)

    assert url.path.startswith("/backend/dev/mail/")
    assert mail.status_code == 200
    assert url.join(links_of(mail)[0]).path == "/backend/dev/mail"


@needs_chromium
async def test_a_browser_shows_it_without_console_messages(
    development_app: FastAPI, client: httpx.AsyncClient, mail_dir: Path
) -> None:
    await write(mail_dir, subject="Verify", text="Open\n\nhttp://localhost/verify-email?token=abc")
    async with serving_running(development_app) as server:
        url = f"http://127.0.0.1:{port_of(server)}"
        async with page_at(f"{url}{PAGE}") as page:
            console_messages = list[str]()
            page.on("console", lambda message: console_messages.append(message.text))
            await page.set_viewport_size({"width": 360, "height": 640})
            await page.reload()
            await page.get_by_role("link", name="Verify").click()
            await page.get_by_role("heading", name="Verify").wait_for()
            width = await page.evaluate("document.documentElement.scrollWidth")
            link = page.get_by_role("link", name="http://localhost/verify-email?token=abc")
            address = await link.get_attribute("href")
            padding = await page.evaluate("getComputedStyle(document.body).paddingLeft")

    assert console_messages == []
    assert width <= 360
    assert address == "http://localhost/verify-email?token=abc"
    assert padding == "16px", "the style sheet does not apply"
