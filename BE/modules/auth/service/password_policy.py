from BE.core.exceptions import Detail
from BE.modules.auth.exceptions import WeakPassword
from BE.modules.auth.models import Account, contains_context
from BE.modules.auth.ports import Profiles
from BE.modules.auth.security.password_strength import weakness


class PasswordPolicy:
    """Demands long passwords that are hard to guess, without composition rules.

    Follows NIST SP 800-63B-4 and OWASP ASVS 6.2.
    """

    def __init__(self, profiles: Profiles, *, min_length: int, application_name: str) -> None:
        self._profiles = profiles
        self._min_length = min_length
        self._application_name = application_name

    async def require_for(self, account: Account, password: str, *, field: str) -> None:
        """Raises :class:`WeakPassword`, naming ``field``."""
        fault = await self.fault_for(account, password, field=field)
        if fault is not None:
            raise WeakPassword(fault)

    async def fault_for(self, account: Account, password: str, *, field: str) -> Detail | None:
        """Return the fault of a password for this account, if any."""
        username, full_name = await self._profiles.names_of(account.id)
        return self.fault_of(password, account.email, username, full_name, field=field)

    def require(
        self,
        password: str,
        email: str,
        username: str | None,
        full_name: str,
        *,
        field: str = "password",
    ) -> None:
        """Raises :class:`WeakPassword`, naming ``field``."""
        fault = self.fault_of(password, email, username, full_name, field=field)
        if fault is not None:
            raise WeakPassword(fault)

    def fault_of(
        self, password: str, email: str, username: str | None, full_name: str, *, field: str
    ) -> Detail | None:
        """Return the fault of a password, if any."""
        message = self._weakness(password, email, username, full_name)
        return Detail(field, message, WeakPassword.kind) if message else None

    def _weakness(
        self, password: str, email: str, username: str | None, full_name: str
    ) -> str | None:
        if len(password) < self._min_length:
            return f"The password must have {self._min_length} characters or more"
        words = [email.partition("@")[0], username or "", self._application_name]
        if contains_context(password, words=words, names=[full_name]):
            return "The password must not contain your name, your email or the name of this service"
        return weakness(password)
