import asyncio

from BE.core.events import in_turns


async def test_other_tasks_run_after_every_twenty_items() -> None:
    made, seen = list[int](), list[int]()

    async def observe() -> None:
        while True:
            seen.append(len(made))
            await asyncio.sleep(0)

    observing = asyncio.create_task(observe())
    async for batch in in_turns(range(50)):
        made += batch
    observing.cancel()

    assert made == list(range(50))
    assert {20, 40} <= set(seen)


async def test_an_empty_sequence_yields_nothing() -> None:
    assert [batch async for batch in in_turns("")] == []
