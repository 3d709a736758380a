"""A small fake OpenID provider and GitHub, whose answers a test can falsify."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.support.identities.issuer import SigningKey

CLIENT = {"client_id": "bounded", "client_secret": "a secret: with & signs"}
KEY = SigningKey("first", "RS256")

type Content = dict[str, Any] | list[Any]


class FakeProvider:
    """Answers on any path. A test changes ``claims``, ``sign`` or ``answers`` as it needs."""

    def __init__(self, port: int) -> None:
        self.issuer = f"http://127.0.0.1:{port}"
        self.metadata: dict[str, Any] = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "id_token_signing_alg_values_supported": ["RS256", "none", "HS256"],
        }
        self.user: dict[str, Any] = {
            "sub": "ada",
            "email": "ada@example.com",
            "email_verified": True,
            "name": "Ada Lovelace",
        }
        self.claims: dict[str, Any] = {}
        """Claims of the ID token that replace the usual ones; ``None`` leaves a claim out."""
        self.sign: Callable[[dict[str, Any]], str] = KEY.sign
        self.answers: dict[str, tuple[int, Content | bytes]] = {}
        """The answer of a path, as a status and its content."""
        self.requests: list[tuple[str, dict[str, str], dict[str, str]]] = []
        """The path, headers and form of each request."""
        self.authorization_query: dict[str, str] = {}
        """The query of the last authorization request."""

    def visit(self, address: str) -> dict[str, str]:
        """Authorize as a browser that is redirected to ``address``; return the code and state."""
        self.authorization_query = dict(parse_qsl(urlsplit(address).query))
        return {"code": "the-code", "state": self.authorization_query["state"]}

    def id_token(self) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT["client_id"],
            "iat": now,
            "exp": now + 300,
            "nonce": self.authorization_query.get("nonce"),
            **self.user,
            **self.claims,
        }
        return self.sign({name: value for name, value in claims.items() if value is not None})

    def forms(self, path: str) -> list[dict[str, str]]:
        return [form for requested, _, form in self.requests if requested == path]

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        fields = [line.partition(":") for line in head[1:] if line]
        headers = {name.lower(): value.strip() for name, _, value in fields}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        path = head[0].split(" ")[1]
        self.requests.append((path, headers, dict(parse_qsl(body.decode()))))
        status, content = self._answer(path)
        if not isinstance(content, bytes):
            content = json.dumps(content).encode()
        writer.write(
            f"HTTP/1.1 {status} Answered\r\nContent-Length: {len(content)}\r\n"
            "Location: /elsewhere\r\nConnection: close\r\n\r\n".encode()
        )
        writer.write(content)
        await writer.drain()

    def _answer(self, path: str) -> tuple[int, Content | bytes]:
        if path in self.answers:
            return self.answers[path]
        if path.startswith("/authorize"):
            return 200, self._authorize(path)
        return self._respond(path)

    def _authorize(self, path: str) -> Content:
        query = self.visit(path)
        self.user["sub"] = self.authorization_query.get("sub", self.user["sub"])
        return {**query}

    def _respond(self, path: str) -> tuple[int, Content]:
        match path:
            case "/.well-known/openid-configuration":
                return 200, self.metadata
            case "/jwks":
                return 200, {"keys": [KEY.public]}
            case "/token":
                return 200, {
                    "access_token": "for-the-api",
                    "token_type": "Bearer",
                    "id_token": self.id_token(),
                }
            case "/login/oauth/access_token":
                return 200, {"access_token": "for-the-api", "token_type": "bearer"}
        return 404, {}


@asynccontextmanager
async def fake_provider() -> AsyncIterator[FakeProvider]:
    provider: FakeProvider
    answering: set[asyncio.Task[None]] = set()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await provider.handle(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(answer(reader, writer))
        answering.add(task)
        task.add_done_callback(answering.discard)

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    provider = FakeProvider(server.sockets[0].getsockname()[1])
    try:
        yield provider
    finally:
        server.close()
        for task in [*answering]:
            task.cancel()
        await asyncio.gather(*answering, return_exceptions=True)
