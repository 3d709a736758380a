"""Whatever is sent, no answer is a 5xx, and none is one that the document does not declare."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.support.processes.fuzzing import administrator, fuzz
from tests.support.processes.workers import Worker, running_workers

EXAMPLES = 5
PHASES = {"an administrator": "coverage,fuzzing", "a stranger": "fuzzing"}
"""A stranger reaches few routes: nearly every case at the bounds of the document is a 401."""


@pytest.fixture(scope="module")
async def worker(database: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Worker]:
    async with running_workers(tmp_path_factory.mktemp("fuzzed"), database, count=1) as (worker,):
        yield worker


@pytest.mark.parametrize("who", PHASES)
async def test_every_answer_is_a_declared_one(worker: Worker, database: str, who: str) -> None:
    visitor = await administrator(worker, database) if who == "an administrator" else None

    outcome = await asyncio.to_thread(fuzz, worker, visitor, examples=EXAMPLES, phases=PHASES[who])

    assert not outcome.failed, outcome.text
    assert outcome.cases > 300, outcome.text
