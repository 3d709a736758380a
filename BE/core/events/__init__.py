"""Events that modules publish and subscribe to: the bus, the outbox, the relay."""

from BE.core.events.bus import Backfill, Delivery, EventBus
from BE.core.events.change import EVERYBODY, Shown
from BE.core.events.event import Envelope, Event, StoredEvent
from BE.core.events.in_turns import in_turns
from BE.core.events.schedule import HourPassed

__all__ = [
    "EVERYBODY",
    "Backfill",
    "Delivery",
    "Envelope",
    "Event",
    "EventBus",
    "HourPassed",
    "Shown",
    "StoredEvent",
    "in_turns",
]
