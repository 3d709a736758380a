"""The doctor examines a proxy through the public address."""

from typing import Any

import pytest

from commands.examinations import proxy
from tests.support.serving import port_of, serving


def application_with_etag(etag: bytes) -> Any:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        assert scope["path"] == "/health/live"
        headers = [(b"etag", etag), (b"x-request-id", b"a"), (b"content-length", b"2")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"{}"})

    return application


async def test_a_proxy_that_weakens_etags_is_reported() -> None:
    async with serving(application_with_etag(b'W/"1"')) as server:
        port = port_of(server)
        with pytest.raises(ValueError, match="weakens ETags"):
            await proxy(f"http://127.0.0.1:{port}", port=port, hops=0)


async def test_a_proxy_that_preserves_etags_passes() -> None:
    async with serving(application_with_etag(b'"1"')) as server:
        port = port_of(server)

        assert "leads here" in await proxy(f"http://127.0.0.1:{port}", port=port, hops=0)
