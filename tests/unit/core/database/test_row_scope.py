"""Which rows a scope admits, whatever statement returned them."""

from collections.abc import Iterator
from uuid import UUID

import pytest

from BE.core import context
from BE.core.context import RequestContext
from BE.core.database.row_scope import ForeignRowsError, current_scope, rows_of, rows_of_anybody

ADA, BOB, EVE = (UUID(int=number) for number in (1, 2, 3))


@pytest.fixture
def request_by_eve() -> Iterator[None]:
    before = context._current.set(RequestContext("a request", actor_id=EVE))
    yield
    context._current.reset(before)


def require(*owners: UUID | None) -> None:
    current_scope().require_owned([{"owner_id": owner} for owner in owners])


@pytest.mark.parametrize("foreign", range(3))
def test_a_row_of_another_is_refused_wherever_it_is(foreign: int) -> None:
    owners = [ADA, ADA, ADA]
    owners[foreign] = EVE

    with rows_of(ADA), pytest.raises(ForeignRowsError):
        require(*owners)


def test_rows_of_each_owner_of_the_scope_and_of_nobody_are_admitted() -> None:
    with rows_of(ADA, BOB):
        require(ADA, BOB, None, ADA)
        require(None, BOB)
        require()


@pytest.mark.usefixtures("request_by_eve")
def test_rows_of_the_caller_are_admitted() -> None:
    with rows_of(ADA):
        require(ADA, EVE, None)
        with pytest.raises(ForeignRowsError):
            require(ADA, EVE, BOB)


def test_rows_are_not_checked_without_owners_to_compare() -> None:
    require(ADA, EVE)
    with rows_of_anybody():
        require(ADA, EVE)
    with rows_of(ADA):
        current_scope().require_owned([{"id": EVE}])
