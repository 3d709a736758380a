"""Clients that repeat one request as cheaply as possible: they share the machine."""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Answers:
    """The number of responses of each status, and the times of the good ones."""

    statuses: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)

    def percentile(self, share: float) -> float:
        """In milliseconds."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000


async def request_repeatedly(
    duration: float,
    port: int,
    path: str,
    *,
    clients: int,
    token: str = "",
    pause: float | None,
    answers: Answers | None = None,
) -> Answers:
    """``pause`` is how long a refused client waits; ``None``: as long as ``Retry-After`` says.

    Pass ``answers`` to read the counts meanwhile.
    """
    answers = answers or Answers()
    until = time.perf_counter() + duration
    request = _request(path, token)
    await asyncio.gather(
        *(_run_client(port, request, until, answers, pause) for _ in range(clients))
    )
    return answers


async def _run_client(
    port: int, request: bytes, until: float, answers: Answers, pause: float | None
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while (began := time.perf_counter()) < until:
        writer.write(request)
        status, retry_after = await _read_response(reader)
        answers.statuses[status] += 1
        if status == 200:
            answers.seconds.append(time.perf_counter() - began)
        else:
            wait = retry_after if pause is None else pause
            await asyncio.sleep(min(wait, max(0, until - time.perf_counter())))
    writer.close()


async def _read_response(reader: asyncio.StreamReader) -> tuple[int, float]:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    await reader.readexactly(int(_field(head, b"content-length") or 0))
    return int(head[9:12]), float(_field(head, b"retry-after") or 0)


def _field(head: bytes, name: bytes) -> bytes:
    _, found, rest = head.partition(b"\r\n" + name + b": ")
    return rest.partition(b"\r\n")[0] if found else b""


def _request(path: str, token: str = "") -> bytes:
    bearer = f"Authorization: Bearer {token}\r\n" if token else ""
    return f"GET {path} HTTP/1.1\r\nHost: service.test\r\n{bearer}\r\n".encode()
