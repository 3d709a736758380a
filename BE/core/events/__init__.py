"""Facts that modules tell each other, and how they are delivered."""

from BE.core.events.bus import Delivery, EventBus
from BE.core.events.event import Envelope, Event, StoredEvent
from BE.core.events.schedule import DayPassed, HourPassed

__all__ = [
    "DayPassed",
    "Delivery",
    "Envelope",
    "Event",
    "EventBus",
    "HourPassed",
    "StoredEvent",
]
