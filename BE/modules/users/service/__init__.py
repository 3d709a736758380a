"""The use cases of users, one service for each subject."""

from BE.modules.users.service.administration import UserAdministration
from BE.modules.users.service.profiles import UserService

__all__ = ["UserAdministration", "UserService"]
