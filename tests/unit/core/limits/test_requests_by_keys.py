"""The limit that all API keys of an owner share, of which a process reserves some in advance."""

import asyncio
from datetime import timedelta
from uuid import UUID

from BE.core.exceptions import RateLimitedError
from BE.core.redis.rate_limits import RateLimits
from BE.core.types import new_id

PER_OWNER = 500
WINDOW = timedelta(hours=1)  # on a busy machine a test takes more than a minute


async def admitted(limits: RateLimits, owner: UUID, keys: list[UUID], times: int) -> int:
    """Send requests with each key in turn; return how many are admitted."""
    sent = (limits.draw_for_api_key(keys[turn % len(keys)], owner) for turn in range(times))
    answers = await asyncio.gather(*sent, return_exceptions=True)
    refused = sum(isinstance(answer, RateLimitedError) for answer in answers)
    return len(answers) - refused


async def test_the_keys_of_an_owner_share_exactly_the_limit() -> None:
    limits = RateLimits(None, per_address=1, per_user=PER_OWNER, window=WINDOW)
    ada, bob = new_id(), new_id()
    keys = [new_id() for _ in range(7)]

    assert await admitted(limits, ada, keys, PER_OWNER + 20) == PER_OWNER
    assert await admitted(limits, ada, keys, 20) == 0
    assert await admitted(limits, bob, keys, 3) == 3


async def test_a_refused_key_takes_nothing_from_the_others() -> None:
    limits = RateLimits(
        None, per_address=1, per_user=PER_OWNER, per_api_key=PER_OWNER // 2, window=WINDOW
    )
    owner, exhausted, other = new_id(), new_id(), new_id()

    assert await admitted(limits, owner, [exhausted], PER_OWNER) == PER_OWNER // 2
    assert await admitted(limits, owner, [other], PER_OWNER) == PER_OWNER // 2
