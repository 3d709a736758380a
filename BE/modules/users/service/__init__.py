"""The use cases of users, a service per subject."""

from BE.modules.users.service.administration import UserAdministration
from BE.modules.users.service.admins import Admins
from BE.modules.users.service.bulks import UserBulks
from BE.modules.users.service.users import UserService

__all__ = ["Admins", "UserAdministration", "UserBulks", "UserService"]
