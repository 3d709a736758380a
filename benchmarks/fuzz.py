"""Sends what the OpenAPI document allows and forbids. ``python -m benchmarks.fuzz [EXAMPLES]``

``EXAMPLES`` are those of each operation, as an administrator and as a stranger; more come from
the document's bounds, and from going on with what earlier answers gave.
"""

import asyncio
import sys

from benchmarks.support import measured
from tests.support.processes.fuzzing import administrator, fuzz

EXAMPLES = int(sys.argv[1]) if sys.argv[1:] else 350


async def main() -> int:
    async with measured(1) as (dsn, (worker,)):
        admin = await administrator(worker, dsn)
        outcomes = [
            await asyncio.to_thread(
                fuzz, worker, who, examples=EXAMPLES, phases="coverage,fuzzing,stateful"
            )
            for who in (admin, None)
        ]
    for outcome in outcomes:
        if outcome.failed:
            print(outcome.text)
    print(f"{sum(outcome.cases for outcome in outcomes)} cases")
    return int(any(outcome.failed for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
