import pytest

from BE.core.backup import _for_libpq


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
