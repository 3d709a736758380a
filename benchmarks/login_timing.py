"""Does the time of a sign-in show whether an account exists? ``python -m benchmarks.login_timing``

Sign-ins fail for each reason, shuffled in every round, one after the other over one connection. For
each pair of reasons it reports the AUC, which is the probability that a sign-in of the first takes
longer than one of the second (0.5 shows nothing), and the two-sided p of Mann and Whitney.
"""

import asyncio
import math
import random
import statistics
import sys
import time
from itertools import combinations

from benchmarks.support import measured
from tests.support.postgres import execute
from tests.support.processes.workers import PASSWORD, Worker

ROUNDS = int(sys.argv[1]) if sys.argv[1:] else 500
WRONG = "not the password of anybody"


async def main() -> None:
    async with measured(1) as (dsn, (worker,)):
        known = (await worker.register()).email
        deactivated = (await worker.register()).email
        await execute(dsn, f"UPDATE auth.account SET is_active = email <> '{deactivated}'")
        tries = {
            "unknown": ("nobody-{}@example.com", WRONG),
            "wrong": (known, WRONG),
            "deactivated": (deactivated, PASSWORD),
        }
        times: dict[str, list[float]] = {reason: [] for reason in tries}
        for number in range(-10, ROUNDS):  # the first ten warm up
            for reason in random.sample(list(tries), len(tries)):
                email, password = tries[reason]
                seconds = await time_sign_in(worker, email.format(number), password)
                if number >= 0:
                    times[reason].append(seconds)

    for reason, taken in times.items():
        median = statistics.median(taken) * 1000
        print(f"{reason:12} median {median:.2f} ms, {len(taken)} sign-ins")
    for first, second in combinations(times, 2):
        auc, p = compare(times[first], times[second])
        print(f"{first} against {second}: AUC {auc:.3f}, p {p:.2f}")


async def time_sign_in(worker: Worker, email: str, password: str) -> float:
    started = time.perf_counter()
    answer = await worker.log_in(email, password)
    taken = time.perf_counter() - started
    assert answer.status_code == 401
    return taken


def compare(first: list[float], second: list[float]) -> tuple[float, float]:
    pairs = len(first) * len(second)
    larger = sum((a > b) + (a == b) / 2 for a in first for b in second)
    auc = larger / pairs
    spread = math.sqrt((len(first) + len(second) + 1) / (12 * pairs))
    return auc, math.erfc(abs(auc - 0.5) / spread / math.sqrt(2))


if __name__ == "__main__":
    asyncio.run(main())
