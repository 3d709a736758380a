"""Sessions that proved too long ago who holds them."""

from tests.support.client import Person
from tests.support.postgres import execute


async def make_stale(dsn: str, person: Person) -> None:
    """Have ten minutes pass since each session of a person was proved."""
    await execute(
        dsn,
        "UPDATE auth.session SET proved_at = proved_at - interval '10 minutes'"
        f" WHERE account_id = '{person.id}'",
    )
