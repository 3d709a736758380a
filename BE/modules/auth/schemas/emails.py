from typing import Annotated

from BE.core.types import RequestSchema, text

MailedTokenText = Annotated[str, text(256)]


class VerifyEmailRequest(RequestSchema):
    token: MailedTokenText
