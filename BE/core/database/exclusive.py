from uuid import UUID

from BE.core.database.database import Database


async def hold_alone(database: Database, purpose: str, owner_id: UUID) -> None:
    """Wait for other transactions that hold this ``purpose`` of the owner, then hold it alone.

    It is held until the transaction ends.
    """
    await database.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended($1, 0) # $2)",
        purpose,
        owner_id.int & (2**63 - 1),
    )
