"""Clients that ask for the same again and again, as cheaply as can be: they share the machine."""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Answers:
    """How many there were of each status, and how long the good ones took."""

    statuses: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)

    def percentile(self, share: float) -> float:
        """In milliseconds."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000


async def ask_for(
    duration: float,
    port: int,
    path: str,
    *,
    clients: int,
    token: str = "",
    pause: float | None,
    answers: Answers | None = None,
) -> Answers:
    """``pause`` is how long a refused client waits; ``None``: as long as ``Retry-After`` asks.

    ``answers`` are counted in where they are to be looked at meanwhile.
    """
    answers = answers or Answers()
    until = time.perf_counter() + duration
    request = _request(path, token)
    await asyncio.gather(*(_use(port, request, until, answers, pause) for _ in range(clients)))
    return answers


async def _use(
    port: int, request: bytes, until: float, answers: Answers, pause: float | None
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while (began := time.perf_counter()) < until:
        writer.write(request)
        status, retry_after = await _answer(reader)
        answers.statuses[status] += 1
        if status == 200:
            answers.seconds.append(time.perf_counter() - began)
        else:
            wait = retry_after if pause is None else pause
            await asyncio.sleep(min(wait, max(0, until - time.perf_counter())))
    writer.close()


async def _answer(reader: asyncio.StreamReader) -> tuple[int, float]:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    await reader.readexactly(int(_field(head, b"content-length") or 0))
    return int(head[9:12]), float(_field(head, b"retry-after") or 0)


def _field(head: bytes, name: bytes) -> bytes:
    _, found, rest = head.partition(b"\r\n" + name + b": ")
    return rest.partition(b"\r\n")[0] if found else b""


def _request(path: str, token: str = "") -> bytes:
    bearer = f"Authorization: Bearer {token}\r\n" if token else ""
    return f"GET {path} HTTP/1.1\r\nHost: service.test\r\n{bearer}\r\n".encode()
