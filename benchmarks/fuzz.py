"""Sends requests that the OpenAPI document allows, and others that it forbids.

``python -m benchmarks.fuzz [EXAMPLES]`` sends ``EXAMPLES`` of each operation, as an administrator
and as an anonymous caller, and more that follow from the document's bounds and from earlier
responses.
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
                fuzz, worker, visitor, examples=EXAMPLES, phases="coverage,fuzzing,stateful"
            )
            for visitor in (admin, None)
        ]
    for outcome in outcomes:
        if outcome.failed:
            print(outcome.text)
    print(f"{sum(outcome.cases for outcome in outcomes)} cases")
    return int(any(outcome.failed for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
