from datetime import datetime
from typing import Annotated, Any

from BE.core.emails import Email
from BE.core.types import RequestSchema, ResponseSchema, text
from BE.modules.auth.models import EmailChange

MailedTokenText = Annotated[str, text(256)]


class VerifyEmailRequest(RequestSchema):
    token: MailedTokenText


class ChangeEmailRequest(RequestSchema):
    email: Email


class EmailChangeLinkRequest(RequestSchema):
    token: MailedTokenText


class PendingEmailChange(ResponseSchema):
    email: str
    requested_at: datetime
    expires_at: datetime


class EmailChangeResponse(ResponseSchema):
    pending: PendingEmailChange | None


def email_change_response(change: EmailChange | None) -> dict[str, Any]:
    if change is None:
        return {"pending": None}
    return {
        "pending": {
            "email": change.email,
            "requested_at": change.requested_at,
            "expires_at": change.expires_at,
        }
    }
