"""What all API keys of an owner may send together, of which a process counts some ahead."""

import asyncio
from datetime import timedelta
from uuid import UUID

from BE.core.exceptions import RateLimitedError
from BE.core.redis.rate_limits import RateLimits
from BE.core.types import new_id

PER_OWNER = 500
WINDOW = timedelta(hours=1)  # on a busy machine a test takes more than a minute


async def admitted(limits: RateLimits, owner: UUID, keys: list[UUID], times: int) -> int:
    """Send requests by the keys in turn; return how many were let through."""
    sent = (limits.draw_for_api_key(keys[turn % len(keys)], owner) for turn in range(times))
    answers = await asyncio.gather(*sent, return_exceptions=True)
    refused = sum(isinstance(answer, RateLimitedError) for answer in answers)
    return len(answers) - refused


async def test_the_keys_of_an_owner_get_the_limit_to_the_last_request() -> None:
    limits = RateLimits(None, per_address=1, per_user=PER_OWNER, window=WINDOW)
    ada, bob = new_id(), new_id()
    keys = [new_id() for _ in range(7)]

    assert await admitted(limits, ada, keys, PER_OWNER + 20) == PER_OWNER
    assert await admitted(limits, ada, keys, 20) == 0
    assert await admitted(limits, bob, keys, 3) == 3


async def test_a_key_that_has_sent_too_much_takes_nothing_from_the_others() -> None:
    limits = RateLimits(
        None, per_address=1, per_user=PER_OWNER, per_api_key=PER_OWNER // 2, window=WINDOW
    )
    owner, wild, other = new_id(), new_id(), new_id()

    assert await admitted(limits, owner, [wild], PER_OWNER) == PER_OWNER // 2
    assert await admitted(limits, owner, [other], PER_OWNER) == PER_OWNER // 2
