from fastapi import Response, status

from BE.core.http.access import NO_KEYS, PUBLIC, SIGNED_IN, CurrentUser
from BE.core.http.arguments import arguments_at
from BE.core.http.dependencies import Provided
from BE.core.http.errors import raises
from BE.core.http.form_checks import CHANGED_PASSWORD
from BE.core.http.responses import AcceptedResponse, accepted, no_content
from BE.core.http.routes import module_router
from BE.modules.auth.exceptions import InvalidCredentials
from BE.modules.auth.router.devices import UsedDevice
from BE.modules.auth.schemas.passwords import (
    ChangePasswordRequest,
    ForgotPasswordRequest,
    ResetPasswordRequest,
)
from BE.modules.auth.service import PasswordService

router = module_router("auth", carries_secrets=True)

PasswordUse = Provided[PasswordService]


@router.post(
    "/password/change",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=raises(InvalidCredentials, 429, body=True),
    dependencies=[SIGNED_IN, NO_KEYS, CHANGED_PASSWORD],
)
async def change_password(
    body: ChangePasswordRequest, user: CurrentUser, passwords: PasswordUse
) -> Response:
    """End every other session of the account, and a link that was mailed to reset the password."""
    with arguments_at({"current": "body.current_password", "new": "body.new_password"}):
        await passwords.change(user, current=body.current_password, new=body.new_password)
    return no_content()


@router.post(
    "/password/forgot",
    status_code=status.HTTP_202_ACCEPTED,
    response_model=AcceptedResponse,
    responses=raises(429, body=True),
    dependencies=[PUBLIC],
)
async def forget_password(
    body: ForgotPasswordRequest, device: UsedDevice, passwords: PasswordUse
) -> Response:
    """Mail a link to reset the password, if an account has this email; the answer is the same."""
    await passwords.request_reset(body.email, device)
    return accepted("If this email has an account, a link to reset the password is on its way")


@router.post(
    "/password/reset",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=raises(401, 403, body=True),
    dependencies=[PUBLIC, CHANGED_PASSWORD],
)
async def reset_password(
    body: ResetPasswordRequest, device: UsedDevice, passwords: PasswordUse
) -> Response:
    """End every session of the account."""
    with arguments_at({"new": "body.new_password"}):
        await passwords.reset(body.token, body.new_password, device)
    return no_content()
