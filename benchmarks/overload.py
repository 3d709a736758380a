"""Measures the throughput with ten times too many clients. ``python -m benchmarks.overload``

Peak: the best of some numbers of clients, which request a page of 20 tasks without a pause.
Overload: ten times as many clients as one process serves at once. A refused client retries after
`Retry-After` (obedient), after a tenth of a second (stubborn), or at once (impatient). The clients
take processor time from the server: the share of the peak by the server's own is printed as well.
"""

import asyncio
import http.client
import statistics
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from benchmarks.load import Answers, request_repeatedly
from benchmarks.support import measured
from tests.support.processes.workers import API, Worker

SECONDS = float(sys.argv[1]) if sys.argv[1:] else 5
ROUNDS = 3
CLIENTS = (8, 32, 100)
OVERLOAD = 1000
TASKS = f"{API}/tasks"
MANNERS = {"obedient": None, "stubborn": 0.1, "impatient": 0.0}
"""How long a refused client waits, in seconds; None: as long as `Retry-After` says."""
CONNECTING = 2.0
"""Seconds after which all clients have connected, and counting begins."""


async def main() -> None:
    async with measured(1) as (_, (worker,)):
        visitor = await worker.register()
        for number in range(20):
            body = {"title": f"task {number}"}
            await worker.client.post(TASKS, json=body, headers=visitor.headers)
        token = visitor.access_token
        await load(worker, token, clients=32)  # to warm up
        shares: dict[str, list[tuple[float, float]]] = {manner: [] for manner in MANNERS}
        probes: list[float] = []
        for _ in range(ROUNDS):
            peak = await best(worker, token)
            for manner, pause in MANNERS.items():
                answers, health, cpu = await load(worker, token, clients=OVERLOAD, pause=pause)
                goodput, by_cpu = report(f"{OVERLOAD} {manner} clients", answers, cpu)
                shares[manner].append((goodput / peak[0], by_cpu / peak[1]))
                probes += health
    for manner, found in shares.items():
        share, by_cpu = (statistics.median(column) for column in zip(*found, strict=True))
        print(f"{manner}: {share:.0%} of the peak, {by_cpu:.0%} by the server's processor time")
    probes.sort()
    print(
        f"/health/live: median {probes[len(probes) // 2] * 1000:.0f} ms,"
        f" longest {probes[-1] * 1000:.0f} ms of {len(probes)}"
    )


async def best(worker: Worker, token: str) -> tuple[float, float]:
    """Good responses a second, and a second of the server's processor time, without refusals."""
    found = []
    for clients in CLIENTS:
        answers, _, cpu = await load(worker, token, clients=clients)
        found.append(report(f"{clients} clients", answers, cpu))
    return max(goodput for goodput, _ in found), max(by_cpu for _, by_cpu in found)


async def load(
    worker: Worker, token: str, *, clients: int, pause: float | None = 0
) -> tuple[Answers, list[float], float]:
    """The responses, the times of the probes, and the server's processor time; seconds."""
    answers, port = Answers(), worker.server.port
    requesting = asyncio.create_task(
        request_repeatedly(
            CONNECTING + SECONDS + 1,
            port,
            TASKS,
            clients=clients,
            token=token,
            pause=pause,
            answers=answers,
        )
    )
    await asyncio.sleep(CONNECTING)
    answers.statuses.clear()
    answers.seconds.clear()
    before = cpu_seconds(worker)
    with ProcessPoolExecutor(1, get_context("spawn")) as executor:  # the clients do not delay it
        probes = asyncio.get_running_loop().run_in_executor(executor, probe, port, SECONDS)
        await asyncio.sleep(SECONDS)
        counted = Answers(answers.statuses.copy(), answers.seconds.copy())
        cpu = cpu_seconds(worker) - before
        health = await probes
    await requesting
    return counted, health, cpu


def probe(port: int, seconds: float) -> list[float]:
    """Request ``/health/live`` ten times a second; return the times, with that of connecting."""
    times, until = [], time.perf_counter() + seconds
    while (began := time.perf_counter()) < until:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        connection.request("GET", "/health/live")
        assert connection.getresponse().status == 200
        connection.close()
        times.append(time.perf_counter() - began)
        time.sleep(0.1)
    return times


def cpu_seconds(worker: Worker) -> float:
    times = worker.server.serving.cpu_times()
    return float(times.user + times.system)


def report(clients: str, answers: Answers, cpu: float) -> tuple[float, float]:
    """Print and return good responses a second, and a second of the server's processor time."""
    good = answers.statuses[200]
    print(
        f"{clients}: {good / SECONDS:.0f} good responses a second,"
        f" median {answers.percentile(0.5):.0f} ms, p99 {answers.percentile(0.99):.0f} ms;"
        f" {dict(answers.statuses)};"
        f" the server worked {cpu / SECONDS:.0%} of the time",
        flush=True,
    )
    return good / SECONDS, good / cpu


if __name__ == "__main__":
    asyncio.run(main())
