"""The texts of mails."""

from BE.modules.notifications.models.letter import Letter
from BE.modules.notifications.models.letters import Letters

__all__ = ["Letter", "Letters"]
