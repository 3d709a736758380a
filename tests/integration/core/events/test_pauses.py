"""Between claims of a backlog the relay pauses, longer while its process serves requests."""

import pytest

from BE.core.events import relay
from tests.support.events import Counted, Start

_NEVER_OVER = 3600.0


@pytest.mark.parametrize(
    ("is_serving", "other_pause"), [(True, "_PAUSE"), (False, "_PAUSE_BESIDE_REQUESTS")]
)
async def test_the_pause_is_the_one_for_what_the_process_does(
    start: Start, monkeypatch: pytest.MonkeyPatch, *, is_serving: bool, other_pause: str
) -> None:
    monkeypatch.setattr(relay, other_pause, _NEVER_OVER)
    node = await start(batch=10, is_serving=lambda: is_serving)
    node.bus.subscribe(Counted, node.count, name="count")
    await node.publish(*(Counted(subject=str(number), number=number) for number in range(40)))
    async with node.relaying():
        await node.settled()

    assert len(await node.effects()) == 40
