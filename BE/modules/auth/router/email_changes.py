from fastapi import Response, status

from BE.core.http.access import FRESH, NO_KEYS, PUBLIC, SIGNED_IN, CurrentUser
from BE.core.http.dependencies import Provided
from BE.core.http.errors import raises
from BE.core.http.responses import AcceptedResponse, Json, accepted, no_content
from BE.core.http.routes import module_router
from BE.modules.auth.schemas.emails import (
    ChangeEmailRequest,
    EmailChangeLinkRequest,
    EmailChangeResponse,
    email_change_response,
)
from BE.modules.auth.service import EmailChangeService

router = module_router("auth", carries_secrets=True)

Changes = Provided[EmailChangeService]


@router.post(
    "/email/change",
    status_code=status.HTTP_202_ACCEPTED,
    response_model=AcceptedResponse,
    responses=raises(429, body=True),
    dependencies=[SIGNED_IN, NO_KEYS, FRESH],
)
async def change_email(body: ChangeEmailRequest, user: CurrentUser, changes: Changes) -> Response:
    """Mail a link to the new address; the email changes when that is used, within 24 hours.

    The current address gets a link to cancel. The answer is the same if the address is taken.
    """
    await changes.request(user, body.email)
    return accepted("A link to confirm the new address is on its way")


@router.get("/email/change", response_model=EmailChangeResponse, dependencies=[SIGNED_IN, NO_KEYS])
async def read_email_change(user: CurrentUser, changes: Changes) -> Response:
    """The change that waits to be confirmed, if any."""
    return Json(email_change_response(await changes.pending(user.user_id)))


@router.delete(
    "/email/change", status_code=status.HTTP_204_NO_CONTENT, dependencies=[SIGNED_IN, NO_KEYS]
)
async def withdraw_email_change(user: CurrentUser, changes: Changes) -> Response:
    """End the change that waits to be confirmed, if any."""
    await changes.withdraw(user.user_id)
    return no_content()


@router.post(
    "/email/change/confirm",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=raises(401, body=True),
    dependencies=[PUBLIC],
)
async def confirm_email_change(body: EmailChangeLinkRequest, changes: Changes) -> Response:
    """Change the email; it ends every session of the account but the one that requested it."""
    await changes.confirm(body.token)
    return no_content()


@router.post(
    "/email/change/cancel",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=raises(401, body=True),
    dependencies=[PUBLIC],
)
async def cancel_email_change(body: EmailChangeLinkRequest, changes: Changes) -> Response:
    """Cancel the change with the link that the earlier address got.

    For seven days after the confirmation it restores that address, if it was verified, and ends
    every session.
    """
    await changes.cancel(body.token)
    return no_content()
