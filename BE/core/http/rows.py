"""Whose rows the statements of a route may return."""

from fastapi import Depends

from BE.core.database.row_scope import enter_rows_of
from BE.core.http.access import CurrentUser


async def _enter_rows_of_caller(user: CurrentUser) -> None:
    enter_rows_of(user.user_id)


OWN_ROWS = Depends(_enter_rows_of_caller)
"""Those with the caller as their ``owner_id``: any other is a 500, whatever the statement says."""
