"""Refusals of the server itself have the security headers of every answer, with HSTS."""

import asyncio
from collections.abc import AsyncIterator
from email.message import Message
from email.parser import BytesParser

import pytest

from BE.core.middleware.admission import Admission
from BE.core.server.protocol import StrictProtocol
from config import Settings
from main import create_app
from tests.support.application import container_of
from tests.support.serving import port_of, serving

GET = b"GET %b HTTP/1.1\r\nHost: service.test\r\nConnection: close\r\n"
NAMES = (
    "X-Content-Type-Options",
    "X-Frame-Options",
    "Content-Security-Policy",
    "Referrer-Policy",
    "Strict-Transport-Security",
)
REFUSED = {
    400: b"GET / HTTP/1.1\r\n\r\n",
    408: b"GET / HTTP/1.1\r\n",
    431: GET % b"/" + b"X-Long: " + b"x" * 40_000 + b"\r\n\r\n",
    503: GET % b"/api/v1/specimens" + b"\r\n",
}


class FullAdmission(Admission):
    def has_room(self, requests: int) -> bool:
        return False


class ImpatientProtocol(StrictProtocol):
    patience = 0.2
    sweep_interval = 0.05


@pytest.fixture
async def port(dsn: str, base_settings: Settings) -> AsyncIterator[int]:
    changes = {
        "environment": "production",
        "database_url": dsn,
        "public_url": "https://service.test",
        "smtp_url": "smtp://localhost:1",
        "mail_from": "hello@service.test",
    }
    container = container_of(base_settings.model_copy(update=changes))
    container.admission.override(FullAdmission(at_once=1))
    async with serving(create_app(container), ImpatientProtocol) as server:
        yield port_of(server)


async def exchange(port: int, request: bytes) -> tuple[int, Message]:
    """Send a request; return the status and the headers of the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    async with asyncio.timeout(60):
        line = await reader.readline()
        headers = BytesParser().parsebytes(await reader.readuntil(b"\r\n\r\n"), headersonly=True)
    writer.close()
    return int(line.split()[1]), headers


@pytest.mark.parametrize("status", REFUSED)
async def test_a_refusal_has_the_security_headers_of_an_answer(port: int, status: int) -> None:
    _, usual = await exchange(port, GET % b"/health/live" + b"\r\n")
    answered_status, headers = await exchange(port, REFUSED[status])

    assert answered_status == status
    assert headers["Strict-Transport-Security"]
    assert [headers.get_all(name) for name in NAMES] == [usual.get_all(name) for name in NAMES]
