from BE.core.security.password_strength import weakness
from BE.modules.auth.exceptions import WeakPassword
from BE.modules.auth.models import Account, contains_context
from BE.modules.auth.ports import Profiles


class PasswordPolicy:
    """What a password must be: long and not obvious, with no composition rules.

    After NIST SP 800-63B-4 and OWASP ASVS 6.2.
    """

    def __init__(self, profiles: Profiles, *, min_length: int, application_name: str) -> None:
        self._profiles = profiles
        self._min_length = min_length
        self._application_name = application_name

    async def require_for(self, account: Account, password: str, *, field: str) -> None:
        """Raises :class:`WeakPassword`, naming ``field`` of the body."""
        username, full_name = await self._profiles.names_of(account.id)
        self.require(password, account.email, username, full_name, field=field)

    def require(
        self,
        password: str,
        email: str,
        username: str | None,
        full_name: str,
        *,
        field: str = "password",
    ) -> None:
        """Raises :class:`WeakPassword`, naming ``field`` of the body."""
        if len(password) < self._min_length:
            raise WeakPassword(
                f"The password must have {self._min_length} characters or more",
                field=field,
            )
        words = [email.partition("@")[0], username or "", self._application_name]
        if contains_context(password, words=words, names=[full_name]):
            raise WeakPassword(
                "The password must not contain your name, your email or the name of this service",
                field=field,
            )
        reason = weakness(password)
        if reason is not None:
            raise WeakPassword(reason, field=field)
