import structlog

from BE.core.exceptions import ConflictError, InvalidInputError
from BE.core.types import new_id
from BE.modules.users.models import User, UserDraft
from BE.modules.users.ports import Accounts
from BE.modules.users.repository import UserRepository
from BE.modules.users.service.administration import UserAdministration

log = structlog.get_logger(__name__)

_NAME = "Administrator"


class Admins:
    """Creates admins at the first start and on the command line, where no admin signs in."""

    def __init__(
        self, repository: UserRepository, administration: UserAdministration, accounts: Accounts
    ) -> None:
        self._repository = repository
        self._administration = administration
        self._accounts = accounts

    async def ensure_first(self, email: str, password: str) -> None:
        """Create an admin if none is active. Of several processes, one succeeds.

        A user who already has this email is not promoted: anyone could have registered it.
        """
        if await self._accounts.active_admin_exists():
            return
        reason = None
        try:
            await self.create(email, password)
        except (ConflictError, InvalidInputError) as error:
            reason = error.message
        if (
            reason and not await self._accounts.active_admin_exists()
        ):  # and no other process created it
            log.error("no_first_admin", reason=reason)

    async def create(self, email: str, password: str) -> None:
        """Raises :class:`InvalidInputError` and :class:`ConflictError`."""
        draft = UserDraft(new_id(), email, password, _NAME, None, "admin")
        await self._administration.create([draft])

    async def find(self, email: str) -> User | None:
        account_id = await self._accounts.find(email)
        return await self._repository.get(account_id) if account_id else None

    async def promote(self, user: User) -> None:
        """Make a user an active admin; the password stays."""
        await self._administration.change(user.id, {"role": "admin", "is_active": True}, None)
