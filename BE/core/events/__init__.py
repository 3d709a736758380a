"""Facts that modules tell each other, and how they are delivered."""

from BE.core.events.bus import Delivery, EventBus
from BE.core.events.event import Envelope, Event

__all__ = ["Delivery", "Envelope", "Event", "EventBus"]
