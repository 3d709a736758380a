"""People who use the front end, and the errors of their browsers."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx
from playwright.sync_api import ConsoleMessage, Page

from tests.support.processes.server import CLOSING, PATIENCE, ROOT, Server

BUILT = ROOT / "FE" / "dist" / "index.html"
PASSWORD = "plum-otter-lantern-42"
ADMIN = ("admin@example.com", "walrus-tundra-copper-77")
_numbers = count(1)


@dataclass
class Person:
    """A user with an account, and an API client with which a test sets up its data."""

    email: str
    password: str
    api: httpx.Client = field(repr=False)

    def add_task(self, title: str, **fields: Any) -> dict[str, Any]:
        answer = self.api.post("/tasks", json={"title": title, **fields})
        answer.raise_for_status()
        task: dict[str, Any] = answer.json()
        return task

    def tasks(self) -> list[dict[str, Any]]:
        """All of them, up to a hundred."""
        answer = self.api.get("/tasks", params={"limit": 100})
        answer.raise_for_status()
        items: list[dict[str, Any]] = answer.json()["items"]
        return items


def register(server: Server, full_name: str = "Ada Lovelace") -> Person:
    """Make a new account for a test."""
    person = {
        "email": f"person-{next(_numbers)}-{server.port}@example.com",
        "password": PASSWORD,
        "full_name": full_name,
    }
    return _signed_in(server, "register", person)


def admin_of(server: Server) -> Person:
    email, password = ADMIN
    return _signed_in(server, "login", {"email": email, "password": password})


def _signed_in(server: Server, path: str, body: dict[str, str]) -> Person:
    address = f"{server.client.base_url}/api/v1"
    api = httpx.Client(base_url=address, timeout=PATIENCE, limits=CLOSING)
    answer = api.post(f"/auth/{path}", json=body)
    answer.raise_for_status()
    api.cookies.clear()  # the browser has a session of its own
    api.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    return Person(body["email"], body["password"], api)


def enter(page: Page, person: Person, path: str = "/") -> None:
    """Open ``path`` as a person who has signed in earlier in this browser."""
    body = {"email": person.email, "password": person.password}
    answer = page.context.request.post("/api/v1/auth/login", data=body)
    assert answer.ok, answer.text()
    page.goto("/favicon.svg")
    page.evaluate("localStorage.setItem('app.session', String(Date.now()))")
    page.goto(path)


class Console:
    """The errors of pages; one that is not expected fails its test."""

    def __init__(self) -> None:
        self._errors: list[str] = []
        # requested by the browser on documents that are no pages
        self._expected = [re.compile(r"/favicon\.ico")]

    def watch(self, page: Page) -> None:
        page.on("console", self._note)
        page.on("pageerror", lambda error: self._errors.append(str(error)))

    def expect(self, pattern: str) -> None:
        """Accept an error that the test causes, such as ``status of 412``."""
        self._expected.append(re.compile(pattern))

    @property
    def unexpected(self) -> list[str]:
        return list(self._unexpected())

    def _unexpected(self) -> Iterator[str]:
        for error in self._errors:
            if not any(pattern.search(error) for pattern in self._expected):
                yield error

    def _note(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._errors.append(f"{message.text} ({message.location['url']})")
