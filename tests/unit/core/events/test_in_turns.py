import asyncio

from BE.core.events import in_turns


async def test_others_have_their_turn_between_twenty_and_twenty() -> None:
    made, seen = list[int](), list[int]()

    async def look() -> None:
        while True:
            seen.append(len(made))
            await asyncio.sleep(0)

    looking = asyncio.create_task(look())
    async for some in in_turns(range(50)):
        made += some
    looking.cancel()

    assert made == list(range(50))
    assert {20, 40} <= set(seen)


async def test_of_nothing_there_is_nothing() -> None:
    assert [some async for some in in_turns("")] == []
