"""Events and handlers of another version of the code."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from BE.core.events import (
    Event,
    StoredEvent,
)
from tests.support.events import (
    Node,
    Noticed,
    Start,
    eventually,
    holds,
    ignore,
)


class TestUnknownEvents:
    async def test_stay_pending_without_an_attempt_and_are_reported(
        self,
        start: Start,
        monkeypatch: pytest.MonkeyPatch,
        logs: list[Any],
    ) -> None:
        monkeypatch.setattr("BE.core.events.relay._REPORT_INTERVAL", 0.05)
        new, old = await start(), await start()
        new.bus.subscribe(Noticed, ignore, name="known")
        new.bus.subscribe(Noticed, ignore, name="new")
        old.bus.subscribe(Noticed, ignore, name="known")
        await new.publish(Noticed(number=1), Noticed(number=2))
        await new.db.execute(
            "UPDATE events.event SET version = 2 WHERE (payload->>'number')::integer = 2"
        )

        def reported() -> set[tuple[str, str, int]]:
            return {
                (line["handler"], line["event_type"], line["pending"])
                for line in logs
                if line["event"] == "events_unhandled"
            }

        async with old.relaying():
            await eventually(
                lambda: holds(
                    reported()
                    >= {
                        ("known", "test.noticed@2", 1),
                        ("new", "test.noticed@1", 1),
                        ("new", "test.noticed@2", 1),
                    }
                )
            )

        assert Counter(await old.states()) == {("done", 1): 1, ("pending", 0): 3}

    async def test_are_delivered_as_stored_to_subscribers_of_all_events(self, start: Start) -> None:
        new, old = await start(), await start()
        received: list[StoredEvent] = []

        async def receive(events: Sequence[StoredEvent]) -> None:
            received.extend(events)

        new.bus.subscribe_all(receive, name="audit")
        old.bus.subscribe_all(receive, name="audit")
        await new.publish(Noticed(number=1))
        await new.db.execute("UPDATE events.event SET name = 'moon.landed', version = 3")
        async with old.relaying():
            await old.settled()

        (stored,) = received
        assert (stored.name, stored.version) == ("moon.landed", 3)
        assert stored.payload == '{"colour": "blue", "number": 1}'

    async def test_an_unknown_field_is_ignored_and_a_missing_one_takes_its_default(
        self, node: Node
    ) -> None:
        received: list[Event] = []

        async def receive(event: Noticed) -> None:
            received.append(event)

        node.bus.subscribe(Noticed, receive)
        await node.publish(Noticed(number=1, colour="red"))
        await node.db.execute("""UPDATE events.event SET payload = '{"number": 1, "shape": "o"}'""")
        async with node.relaying():
            await node.settled()

        assert received == [Noticed(number=1, colour="blue")]
