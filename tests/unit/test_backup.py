import pytest

from BE.core.backup import _fits, _for_libpq, _reason


@pytest.mark.parametrize(
    "dsn",
    [
        "postgresql://ada:s%40cret@db.example:5432/bounded?sslmode=require",
        "postgresql+asyncpg://ada@db.example:5432/bounded?password=s%40cret&sslmode=require",
    ],
)
def test_a_password_is_no_argument_of_a_program(dsn: str) -> None:
    url, password = _for_libpq(dsn)

    assert url == "postgresql://ada@db.example:5432/bounded?sslmode=require"
    assert password == "s@cret"


@pytest.mark.parametrize(
    ("program", "server", "fits"),
    [
        (18, 18, True),
        (18, 17, True),
        (16, 14, True),
        (15, 16, False),
        (17, 16, False),  # its pg_restore sets transaction_timeout, which 16 does not know
        (18, 14, False),
    ],
)
def test_a_backup_is_made_by_a_program_whose_dump_the_server_takes_back(
    program: int,
    server: int,
    fits: bool,  # noqa: FBT001 - a case
) -> None:
    assert _fits(program, server) is fits


def test_a_failed_restore_tells_the_error_rather_than_the_statement() -> None:
    said = """pg_restore: error: could not execute query: ERROR:  no such parameter
Command was: SET transaction_timeout = 0;
"""

    assert _reason(said) == "pg_restore: error: could not execute query: ERROR:  no such parameter"
    assert _reason("killed\n") == "killed"
    assert _reason("") == "no reason given"
