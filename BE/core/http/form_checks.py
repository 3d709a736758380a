"""Rules of a form beyond its schema, so that all its faults are reported at once."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from fastapi import Depends, Request, Response
from fastapi.exceptions import RequestValidationError

from BE.core.exceptions import MAX_DETAILS, Detail, InvalidInputError
from BE.core.http.faults import detail_of
from BE.core.http.strict_body import ParsedRequest
from BE.core.security.passwords import PasswordRules

_MAX_FAULTS = MAX_DETAILS // 2
_MAX_LENGTH = 256  # no email, name or password is longer


class FormCheck(ABC):
    """A dependency of a route, used only where the schema refuses the body.

    A body that the schema accepts is checked by the service, with the same result.
    """

    async def __call__(self) -> None:  # noqa: B027 - the same for each check
        """Refuse nothing."""

    @abstractmethod
    def faults_of(self, request: Request, body: Any) -> Sequence[Detail]:
        """The further faults of a body that the schema refuses: it can be any JSON."""


class NewPasswordCheck(FormCheck):
    """Whether the password of each new user in the body is good enough."""

    def __init__(self, field: str) -> None:
        self._field = field

    def faults_of(self, request: Request, body: Any) -> list[Detail]:
        rules: PasswordRules = request.app.state.container.password_policy()
        forms = {"body": body}
        if isinstance(body, list):
            forms = {f"body.{index}": form for index, form in enumerate(body)}
        faults: list[Detail] = []
        for place, form in forms.items():
            if isinstance(form, dict) and len(faults) < _MAX_FAULTS:
                fault = self._fault_of(rules, form, f"{place}.{self._field}")
                faults += [fault] if fault else []
        return faults

    def _fault_of(self, rules: PasswordRules, form: dict[str, Any], field: str) -> Detail | None:
        password = _short_text(form.get(self._field))
        if not password:
            return None
        email, username, full_name = (
            _short_text(form.get(name)) for name in ("email", "username", "full_name")
        )
        return rules.fault_of(password, email, username, full_name, field=field)


def _short_text(value: Any) -> str:
    return value if isinstance(value, str) and len(value) <= _MAX_LENGTH else ""


NEW_PASSWORD = Depends(NewPasswordCheck("password"))
CHANGED_PASSWORD = Depends(NewPasswordCheck("new_password"))


def checks_among(dependencies: Sequence[Any]) -> list[FormCheck]:
    calls = [declared.dependency for declared in dependencies]
    return [call for call in calls if isinstance(call, FormCheck)]


def reporting_all_faults(
    handle: Callable[[Request], Awaitable[Response]], checks: Sequence[FormCheck]
) -> Callable[[Request], Awaitable[Response]]:
    """``handle``, which adds the faults that ``checks`` find to those of the schema."""
    if not checks:
        return handle

    async def handle_and_check(request: Request) -> Response:
        try:
            return await handle(request)
        except RequestValidationError as error:
            if not isinstance(request, ParsedRequest):
                raise
            body = await request.json()
            found = [fault for check in checks for fault in check.faults_of(request, body)]
            room = MAX_DETAILS - len(found)
            details = [detail_of(fault) for fault in error.errors()[:room]]
            raise InvalidInputError(details=[*details, *found]) from None

    return handle_and_check
