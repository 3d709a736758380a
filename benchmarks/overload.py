"""What is left of the throughput when ten times as many ask. ``python -m benchmarks.overload``

Peak: the best of some numbers of clients, each asking for a page of 20 tasks without a pause.
Overload: ten times as many clients as one process works on at once, twice: those that are refused
come again when they are told to, or stubbornly after a tenth of a second. The clients take
processor time from the server: by the server's own, the share of the peak is told as well.
"""

import asyncio
import sys

from benchmarks.load import Answers, ask_for, ask_once
from benchmarks.support import measured
from tests.e2e.workers import API, Worker

SECONDS = float(sys.argv[1]) if sys.argv[1:] else 10
CLIENTS = (8, 32, 100)
OVERLOAD = 1000
TASKS = f"{API}/tasks"


async def main() -> None:
    async with measured(1) as (_, (worker,)):
        visitor = await worker.register()
        for number in range(20):
            body = {"title": f"task {number}"}
            await worker.client.post(TASKS, json=body, headers=visitor.headers)
        token = visitor.access_token
        await load(worker, token, clients=32, seconds=2)  # to warm up
        peak = cheapest = 0.0
        for clients in CLIENTS:
            answers, _, cpu = await load(worker, token, clients=clients)
            peak = max(peak, told(f"{clients} clients", answers, cpu))
            cheapest = max(cheapest, answers.statuses[200] / cpu)
        for manner, pause in (("obedient", None), ("stubborn", 0.1)):
            answers, health, cpu = await load(worker, token, clients=OVERLOAD, pause=pause)
            goodput = told(f"{OVERLOAD} {manner} clients", answers, cpu)
            health.sort()
            print(
                f"  {goodput / peak:.0%} of the peak, {answers.statuses[200] / cpu / cheapest:.0%}"
                " by the server's processor time; /health/live: median"
                f" {health[len(health) // 2] * 1000:.0f} ms, longest {health[-1] * 1000:.0f} ms"
                f" of {len(health)}"
            )


async def load(
    worker: Worker, token: str, *, clients: int, seconds: float = SECONDS, pause: float | None = 0
) -> tuple[Answers, list[float], float]:
    """What was answered, the times of the probes, and the server's processor time; seconds."""
    port, health = worker.server.port, list[float]()

    async def probe() -> None:
        while True:
            health.append(await ask_once(port, "/health/live"))
            await asyncio.sleep(0.1)

    probing = asyncio.create_task(probe())
    before = cpu_seconds(worker)
    answers = await ask_for(seconds, port, TASKS, clients=clients, token=token, pause=pause)
    probing.cancel()
    return answers, health, cpu_seconds(worker) - before


def cpu_seconds(worker: Worker) -> float:
    times = worker.server.serving.cpu_times()
    return float(times.user + times.system)


def told(who: str, answers: Answers, cpu: float) -> float:
    goodput = answers.statuses[200] / SECONDS
    print(
        f"{who}: {goodput:.0f} good answers a second, median {answers.percentile(0.5):.0f} ms,"
        f" p99 {answers.percentile(0.99):.0f} ms; {dict(answers.statuses)};"
        f" the server worked {cpu / SECONDS:.0%} of the time"
    )
    return goodput


if __name__ == "__main__":
    asyncio.run(main())
