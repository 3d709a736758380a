"""Requests to other systems: short, small, and never redirected."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import httpx

_PATIENCE = 5.0
_MAX_BYTES = 64 * 1024


class FetchFailed(Exception):
    """There is no usable answer; the message says why."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes

    @property
    def is_ok(self) -> bool:
        return self.status == httpx.codes.OK

    def require_ok(self) -> Self:
        """Raises :class:`FetchFailed`."""
        if not self.is_ok:
            raise FetchFailed(f"status {self.status}")
        return self

    def json(self) -> Any:
        """Raises :class:`FetchFailed`."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            raise FetchFailed("no JSON") from None


class Fetcher:
    """Waits five seconds, reads 64 KiB, follows no redirect."""

    def __init__(self) -> None:
        self._client = httpx.AsyncClient(follow_redirects=False, timeout=_PATIENCE)

    async def get(self, url: str, headers: Mapping[str, str] | None = None) -> Answer:
        """Raises :class:`FetchFailed`."""
        return await self._send("GET", url, headers or {})

    async def post(
        self, url: str, form: Mapping[str, str], headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Raises :class:`FetchFailed`."""
        return await self._send("POST", url, headers or {}, form)

    async def close(self) -> None:
        await self._client.aclose()

    async def _send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        form: Mapping[str, str] | None = None,
    ) -> Answer:
        # uncompressed: a compressed answer could expand to any size
        usual = {"Accept": "application/json", "Accept-Encoding": "identity"}
        try:
            async with (
                asyncio.timeout(_PATIENCE),
                self._client.stream(method, url, headers=usual | {**headers}, data=form) as answer,
            ):
                body = bytearray()
                async for chunk in answer.aiter_raw():
                    body += chunk
                    if len(body) > _MAX_BYTES:
                        raise FetchFailed(f"more than {_MAX_BYTES} bytes")
                return Answer(answer.status_code, bytes(body))
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError) as error:
            raise FetchFailed(repr(error)) from None
