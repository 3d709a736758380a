"""A token issuer, and a server of its keys that can be made to misbehave."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

AUDIENCE = "https://api.example.com"


class SigningKey:
    """A key pair of the kind that ``algorithm`` needs."""

    def __init__(self, kid: str = "first", algorithm: str = "EdDSA", *, bits: int = 2048) -> None:
        self.kid = kid
        self.algorithm = algorithm
        public: dict[str, Any]
        match algorithm[:2]:
            case "Ed":
                okp = ed25519.Ed25519PrivateKey.generate()
                self.private: Any = okp
                public = OKPAlgorithm.to_jwk(okp.public_key(), as_dict=True)
            case "ES":
                elliptic = ec.generate_private_key(ec.SECP256R1())
                self.private = elliptic
                public = ECAlgorithm.to_jwk(elliptic.public_key(), as_dict=True)
            case _:
                big = rsa.generate_private_key(public_exponent=65537, key_size=bits)
                self.private = big
                public = RSAAlgorithm.to_jwk(big.public_key(), as_dict=True)
        public.pop("key_ops", None)
        self.public = public | {"kid": kid}

    @property
    def published_in_full(self) -> dict[str, Any]:
        """The private key, which an issuer must never publish."""
        private: dict[str, Any] = OKPAlgorithm.to_jwk(self.private, as_dict=True)
        private.pop("key_ops", None)
        return private | {"kid": self.kid}

    def sign(self, claims: dict[str, Any], **header: Any) -> str:
        named = {"typ": None, "kid": self.kid} | header
        return jwt.encode(claims, self.private, algorithm=self.algorithm, headers=named)


def claims_of(issuer: str, **changes: Any) -> dict[str, Any]:
    """The claims of a token; a change to ``None`` leaves the claim out."""
    now = int(time.time())
    usual = {
        "iss": issuer,
        "aud": AUDIENCE,
        "sub": "BKoF6wiBUsclDTkNiefXOKAWRnjeZTUF",
        "iat": now,
        "exp": now + 900,
        "email": "ada@example.com",
        "name": "Ada Lovelace",
    }
    return {name: value for name, value in (usual | changes).items() if value is not None}


type Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


class KeyServer:
    """Publishes ``keys`` at ``url`` and counts how often they are fetched."""

    def __init__(self, port: int) -> None:
        self.issuer = f"http://127.0.0.1:{port}"
        self.url = f"{self.issuer}/jwks"
        self.keys: list[Any] = []
        self.fetches = 0
        self.answer: Answer = self.publish

    async def publish(self, writer: asyncio.StreamWriter) -> None:
        await respond(writer, json.dumps({"keys": self.keys}).encode())

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            self.fetches += 1
            await self.answer(writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()


async def respond(writer: asyncio.StreamWriter, body: bytes, head: str = "200 OK") -> None:
    writer.write(
        f"HTTP/1.1 {head}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode()
    )
    writer.write(body)
    await writer.drain()


@asynccontextmanager
async def key_server() -> AsyncIterator[KeyServer]:
    published: KeyServer
    answering: set[asyncio.Task[None]] = set()

    def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(published.handle(reader, writer))
        answering.add(task)
        task.add_done_callback(answering.discard)

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    published = KeyServer(server.sockets[0].getsockname()[1])
    try:
        yield published
    finally:
        server.close()
        unanswered = [*answering]
        for task in unanswered:
            task.cancel()
        await asyncio.gather(*unanswered, return_exceptions=True)
