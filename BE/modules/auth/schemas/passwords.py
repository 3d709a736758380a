from typing import Annotated

from pydantic import Field

from BE.core.emails import KnownEmail
from BE.core.types import Password, RequestSchema
from BE.modules.auth.schemas.emails import MailedTokenText


class ChangePasswordRequest(RequestSchema):
    current_password: Password
    new_password: Annotated[Password, Field(examples=["a staple of nine horses"])]


class ForgotPasswordRequest(RequestSchema):
    email: KnownEmail


class ResetPasswordRequest(RequestSchema):
    token: MailedTokenText
    new_password: Password
