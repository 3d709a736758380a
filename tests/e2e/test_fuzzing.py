"""No generated request gets a 5xx, or a response that the document does not declare."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.support.processes.fuzzing import administrator, fuzz
from tests.support.processes.workers import Worker, running_workers

EXAMPLES = 5
PHASES = {"an administrator": "coverage,fuzzing", "an anonymous caller": "fuzzing"}
"""An anonymous caller reaches few routes: nearly every boundary case would be a 401."""


@pytest.fixture(scope="module")
async def worker(database: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Worker]:
    async with running_workers(tmp_path_factory.mktemp("fuzzed"), database, count=1) as (worker,):
        yield worker


@pytest.mark.parametrize("caller", PHASES)
async def test_every_response_is_declared(worker: Worker, database: str, caller: str) -> None:
    visitor = await administrator(worker, database) if caller == "an administrator" else None

    outcome = await asyncio.to_thread(
        fuzz, worker, visitor, examples=EXAMPLES, phases=PHASES[caller]
    )

    assert not outcome.failed, outcome.text
    assert outcome.cases > 300, outcome.text
