"""A test's own audit trail, and what a user with all rights can do to it."""

from BE.core.http.pagination import Cursors
from BE.core.security.keys import KeyRing
from BE.modules.audit.repository import AuditRepository
from BE.modules.audit.service import AuditService
from tests.support.events import Node
from tests.support.postgres import execute

CURSORS = Cursors(KeyRing.parse("a secret of more than thirty-two bytes"))


def keep_trail(node: Node) -> AuditService:
    """Have ``node`` record the events that are published."""
    service = AuditService(AuditRepository(node.db), CURSORS)
    node.bus.subscribe_all(service.on_events, name="audit")
    return service


async def tamper(dsn: str, sql: str) -> None:
    """Change the trail as only the owner of its tables can."""
    await execute(
        dsn,
        f"""
        ALTER TABLE audit.entry DISABLE TRIGGER append_only;
        ALTER TABLE audit.address DISABLE TRIGGER ALL;
        ALTER TABLE audit.head DISABLE TRIGGER stays;
        ALTER TABLE audit.seal DISABLE TRIGGER ALL;
        {sql};
        ALTER TABLE audit.entry ENABLE ALWAYS TRIGGER append_only;
        ALTER TABLE audit.address ENABLE ALWAYS TRIGGER stays;
        ALTER TABLE audit.address ENABLE ALWAYS TRIGGER expired;
        ALTER TABLE audit.head ENABLE ALWAYS TRIGGER stays;
        ALTER TABLE audit.seal ENABLE ALWAYS TRIGGER append_only;
        ALTER TABLE audit.seal ENABLE ALWAYS TRIGGER follows;
        """,
    )


async def reset_trail(dsn: str) -> None:
    """Empty the trail, and begin it again."""
    await tamper(
        dsn,
        "DELETE FROM audit.entry; DELETE FROM audit.address; DELETE FROM audit.seal;"
        " DELETE FROM audit.head;"
        " INSERT INTO audit.head DEFAULT VALUES",
    )
