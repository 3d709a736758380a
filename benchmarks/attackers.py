"""The requests of one attacker, from one address, until it is stopped.

``python -m benchmarks.attackers NAME`` runs in a process of its own, which ``benchmarks/beside.py``
starts, and counts the responses by status.
"""

import asyncio
import itertools
import json
import socket
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from benchmarks.beside import load_until_stopped, read_target
from benchmarks.closed_loop import request
from benchmarks.connection import LOST, Connection

API = "/api/v1"
ADDRESS = "127.0.0.2"
_MIB = 1024 * 1024
_ONES = b"[" + b"1," * (_MIB // 2 - 2) + b"1]"


@dataclass(frozen=True, slots=True)
class Target:
    port: int
    token: str
    task_id: str


class Attacker:
    def __init__(self, target: Target) -> None:
        self._target = target
        self.statuses: Counter[str] = Counter()

    async def trailers(self) -> None:
        """One connection without a token sends 61 MB of trailers, again and again."""
        head = _head("POST", "/auth/login", "Transfer-Encoding: chunked", "X: y")
        line = b"X-Filler: " + b"a" * 1000 + b"\r\n"
        while True:
            with suppress(OSError):
                connection = await self._open()
                reading = asyncio.create_task(connection.read_status())
                connection.writer.write(head + b"2\r\n{}\r\n0\r\n")
                for _ in range(61):
                    if reading.done():
                        break
                    with suppress(OSError):
                        connection.writer.write(line * 1000)
                        await connection.writer.drain()
                connection.writer.write(b"\r\n")
                self._count(await reading)
                connection.close()
            await asyncio.sleep(0.1)

    async def bodies_of_anonymous_callers(self) -> None:
        """Eight connections send a megabyte of ``[1,1,…]`` twice a second, without a token."""
        paths = ["/tasks", "/tasks/bulk", "/users/bulk"]
        paths += [f"/auth/{path}" for path in ("login", "register", "token", "password/forgot")]
        await self._send_bodies(paths, token=None)

    async def bodies_of_a_user(self) -> None:
        """The same with a token."""
        await self._send_bodies(["/tasks", "/tasks/bulk", "/users/bulk"], token=self._target.token)

    async def exceed_sign_in_limit(self) -> None:
        """Fail to sign in until the address is refused."""

        async def fail(number: int) -> None:
            connection = await self._open()
            while await connection.send(_sign_in(number)) != 429:
                number += 8
                if connection.is_spent:
                    connection = await self._open()
            connection.close()

        async with asyncio.timeout(120):
            await _run_concurrently(8, fail)

    async def refused_sign_ins(self) -> None:
        """Forty connections from a refused address sign in as fast as they can."""

        async def sign_in(number: int) -> None:
            await self._repeat(_sign_in(number), pause=0)

        await _run_concurrently(40, sign_in)

    async def held_bodies(self) -> None:
        """Five hundred connections send a megabyte except its last byte, and wait."""
        fields = f"Content-Length: {_MIB}", f"Authorization: Bearer {self._target.token}"
        head, part = _head("POST", "/tasks", *fields), b" " * (_MIB // 16)

        async def hold(_: int) -> None:
            while True:
                with suppress(OSError):
                    connection = await self._open()
                    reading = asyncio.create_task(connection.read_status())
                    connection.writer.write(head)
                    await asyncio.wait([reading], timeout=0.05)
                    for number in range(16):
                        if reading.done():
                            break
                        connection.writer.write(part[number == 15 :])
                        with suppress(OSError):
                            await connection.writer.drain()
                    self._count(await reading)
                    connection.close()
                await asyncio.sleep(1)

        await _run_concurrently(500, hold)

    async def imports_of_many_rows(self) -> None:
        """Imports of 20 000 rows in 40 KB, one after the other."""
        await self._repeat(self._import_of(b"a\n" * 20_000))

    async def imports_at_once(self) -> None:
        """Ten imports of a megabyte at once, by one user."""
        message = self._import_of(b"aaaaaaa\n" * (_MIB // 8 - 1))
        await _run_concurrently(10, lambda _: self._repeat(message))

    async def bulks_of_one_task(self) -> None:
        """Thirty-two bulks of 500 updates of one task, four at once."""
        update = {"op": "update", "id": self._target.task_id, "changes": {"title": "Again"}}
        body = json.dumps({"operations": [update] * 500}).encode()
        message = request("POST", f"{API}/tasks/bulk", self._target.token, body)
        await _run_concurrently(4, lambda _: self._repeat(message, times=8))

    async def slow_readers(self) -> None:
        """Sixty-five connections of one user read an export of 50 000 tasks, 4 KB a second."""
        export = request("GET", f"{API}/tasks/export?format=json", self._target.token)

        async def read(_: int) -> None:
            while True:
                with suppress(OSError), socket.socket() as reader:
                    await self._read_slowly(reader, export)
                await asyncio.sleep(1)

        await _run_concurrently(65, read)

    async def _read_slowly(self, reader: socket.socket, message: bytes) -> None:
        loop = asyncio.get_running_loop()
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        reader.settimeout(0)
        reader.bind((ADDRESS, 0))
        await loop.sock_connect(reader, ("127.0.0.1", self._target.port))
        await loop.sock_sendall(reader, message)
        part = await loop.sock_recv(reader, 4096)
        status = int(part[9:12] or LOST)
        self._count(status)
        while part and status == 200:
            await asyncio.sleep(1)
            part = await loop.sock_recv(reader, 4096)

    async def _send_bodies(self, paths: list[str], *, token: str | None) -> None:
        messages = [request("POST", API + path, token, _ONES) for path in paths]

        async def send(offset: int) -> None:
            loop, connection = asyncio.get_running_loop(), None
            for number in itertools.count(offset):
                due = loop.time() + 0.5
                with suppress(OSError):
                    if connection is None or connection.is_spent:
                        connection = await self._open()
                    self._count(await connection.send(messages[number % len(messages)]))
                await asyncio.sleep(max(0, due - loop.time()))
                if connection and connection.writer.transport.get_write_buffer_size():
                    connection.close()  # the server has responded and will not read the rest

        await _run_concurrently(8, send)

    def _import_of(self, rows: bytes) -> bytes:
        body = b"title\n" + rows
        message = request("POST", f"{API}/tasks/import", self._target.token, body)
        return message.replace(b"application/json\r\nContent-L", b"text/csv\r\nContent-L")

    async def _repeat(
        self, message: bytes, *, times: int = sys.maxsize, pause: float = 0.1
    ) -> None:
        """Send ``message`` repeatedly; after a refusal, wait ``pause`` seconds."""
        connection = None
        for _ in range(times):
            status = LOST
            with suppress(OSError):
                if connection is None or connection.is_spent:
                    connection = await self._open()
                status = await connection.send(message)
            self._count(status)
            if not 200 <= status < 300:
                await asyncio.sleep(pause)

    async def _open(self) -> Connection:
        return await Connection.open(self._target.port, ADDRESS)

    def _count(self, status: int) -> None:
        self.statuses[str(status) if status else "lost"] += 1


ATTACKS: dict[str, Callable[[Attacker], Awaitable[None]]] = {
    attack.__name__: attack
    for attack in (
        Attacker.trailers,
        Attacker.bodies_of_anonymous_callers,
        Attacker.bodies_of_a_user,
        Attacker.refused_sign_ins,
        Attacker.held_bodies,
        Attacker.imports_of_many_rows,
        Attacker.imports_at_once,
        Attacker.bulks_of_one_task,
        Attacker.slow_readers,
    )
}
_PREPARATIONS = {"refused_sign_ins": Attacker.exceed_sign_in_limit}


async def _run_concurrently(count: int, act: Callable[[int], Awaitable[None]]) -> None:
    await asyncio.gather(*(act(number) for number in range(count)))


def _head(method: str, path: str, *fields: str) -> bytes:
    lines = f"{method} {API}{path} HTTP/1.1", "Host: localhost", "Content-Type: application/json"
    return "\r\n".join([*lines, *fields, "", ""]).encode()


def _sign_in(number: int) -> bytes:
    body = {"email": f"{number}@example.com", "password": "a wrong password"}
    return request("POST", f"{API}/auth/login", None, json.dumps(body).encode())


async def main() -> None:
    name = sys.argv[1]
    attacker = Attacker(Target(**await read_target()))
    if name in _PREPARATIONS:
        await _PREPARATIONS[name](attacker)
    await load_until_stopped(ATTACKS[name](attacker), attacker.statuses)


if __name__ == "__main__":
    asyncio.run(main())
