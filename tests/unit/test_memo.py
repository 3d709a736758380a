import asyncio

import pytest

from BE.core.memo import Memo


class Source:
    def __init__(self) -> None:
        self.asked = 0
        self.now = 0.0

    async def find(self) -> int:
        await asyncio.sleep(0)
        self.asked += 1
        return self.asked

    async def fail(self) -> int:
        raise ConnectionError


@pytest.fixture
def source() -> Source:
    return Source()


async def test_is_asked_once_by_many_and_again_when_it_is_old(source: Source) -> None:
    memo = Memo(lambda: source.now)

    at_once = await asyncio.gather(*(memo.get_or_set("a", source.find, 60) for _ in range(5)))
    source.now = 59.9
    late = await memo.get_or_set("a", source.find, 60)
    source.now = 60
    old = await memo.get_or_set("a", source.find, 60)

    assert (at_once, late, old) == ([1] * 5, 1, 2)


async def test_keys_are_apart_and_a_failure_is_not_kept(source: Source) -> None:
    memo = Memo(lambda: source.now)

    with pytest.raises(ConnectionError):
        await memo.get_or_set("a", source.fail, 60)

    assert await memo.get_or_set("a", source.find, 60) == 1
    assert await memo.get_or_set("b", source.find, 60) == 2
