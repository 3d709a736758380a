from BE.core.exceptions import ForbiddenError


class EmailOfAnotherAccount(ForbiddenError):
    """An account with this email exists: verify the email there and at your sign-in provider"""
