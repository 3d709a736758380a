"""Measures how soon webhooks arrive while ten of a hundred receivers are dead and ten are slow.

``python -m benchmarks.webhooks [--events 10000] [--rate 30] [--json]`` runs two processes on a
PostgreSQL of its own. A hundred users have a webhook each, and create tasks at a steady rate.
"""

import argparse
import asyncio
import json
import random
import statistics
import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from benchmarks.support import measured
from tests.support.processes.workers import API, Visitor, Worker
from tests.support.webhooks.receiver import Delivery, Receiver, receiving

WEBHOOKS = 100
DEAD = SLOW = 10
SLOWNESS = 19.0
"""Seconds that a slow receiver takes to respond: just below the timeout."""
PATIENCE = 120.0
"""Seconds to wait for the last messages."""


@dataclass
class Arrivals:
    """Seconds from each event to the first arrival of its message."""

    by_id: dict[str, float] = field(default_factory=dict)
    attempts: int = 0

    def note(self, delivery: Delivery) -> None:
        occurred_at = datetime.fromisoformat(json.loads(delivery.body)["timestamp"])
        self.attempts += 1
        self.by_id.setdefault(delivery.id, time.time() - occurred_at.timestamp())


def respond_after(receiver: Receiver, seconds: float) -> Arrivals:
    """Let the receiver respond after ``seconds``."""
    arrivals = Arrivals()

    async def answer(delivery: Delivery) -> str:
        arrivals.note(delivery)
        await asyncio.sleep(seconds)
        return "204 No Content"

    receiver.answer = answer
    receiver.answer_body = ""
    return arrivals


async def add_webhook(worker: Worker, url: str) -> Visitor:
    visitor = await worker.register()
    body = {"url": url, "events": ["task.created"]}
    answer = await worker.client.post(f"{API}/webhooks", json=body, headers=visitor.headers)
    answer.raise_for_status()
    return visitor


async def create_tasks(
    workers: list[Worker], visitors: list[Visitor], events: int, rate: float
) -> float:
    """Create as many for each webhook's owner, in random order; return how many a second."""
    turns = visitors * (events // len(visitors))
    random.shuffle(turns)
    began = time.monotonic()
    async with asyncio.TaskGroup() as creating:
        for number, visitor in enumerate(turns):
            await asyncio.sleep(max(0, began + number / rate - time.monotonic()))
            creating.create_task(_create_task(random.choice(workers), visitor))
    return len(turns) / (time.monotonic() - began)


async def _create_task(worker: Worker, visitor: Visitor) -> None:
    answer = await worker.client.post(
        f"{API}/tasks", json={"title": "Buy milk"}, headers=visitor.headers
    )
    answer.raise_for_status()


async def measure(events: int, rate: float) -> dict[str, Any]:
    async with (
        measured(2, WEBHOOK_ALLOW_PRIVATE_ADDRESSES="true") as (_, workers),
        receiving() as healthy,
        receiving() as slow,
    ):
        async with receiving() as dead:
            pass  # its port is closed now
        arrived, delayed = respond_after(healthy, 0), respond_after(slow, SLOWNESS)
        receivers = [healthy] * (WEBHOOKS - DEAD - SLOW) + [dead] * DEAD + [slow] * SLOW
        visitors = [await add_webhook(workers[0], receiver.url) for receiver in receivers]
        reached = await create_tasks(workers, visitors, events, rate)
        expected = events // WEBHOOKS * (WEBHOOKS - DEAD - SLOW)
        until = time.monotonic() + PATIENCE
        while len(arrived.by_id) < expected and time.monotonic() < until:
            await asyncio.sleep(0.1)
    seconds = sorted(arrived.by_id.values())
    return {
        "events": events,
        "events a second": round(reached, 1),
        "messages to healthy receivers": expected,
        "arrived": len(seconds),
        "more than once": arrived.attempts - len(seconds),
        "p50 ms": round(statistics.median(seconds) * 1000),
        "p99 ms": round(statistics.quantiles(seconds, n=100)[98] * 1000),
        "longest ms": round(seconds[-1] * 1000),
        "attempts at slow receivers meanwhile": delayed.attempts,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=10_000)
    parser.add_argument("--rate", type=float, default=30, help="events a second")
    parser.add_argument("--json", action="store_true", help="print JSON, for scripts")
    options = parser.parse_args()
    found = asyncio.run(measure(options.events, options.rate))
    if options.json:
        print(json.dumps(found, indent=2))
        return
    for name, value in found.items():
        print(f"{name:<40}{value}")


if __name__ == "__main__":
    main()
