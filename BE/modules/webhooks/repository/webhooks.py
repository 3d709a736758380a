from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from BE.core.database.database import Database
from BE.core.database.exclusive import hold_alone
from BE.core.personal_data import Rows
from BE.modules.webhooks.models import Receiver, SealedSecrets, Subscribed, Webhook

# in the order of the model's fields: rows become models by position
_COLUMNS = "id, url, events, ordered, enabled, failing_since, created_at, version"


class WebhookRepository:
    def __init__(self, database: Database) -> None:
        self._db = database

    async def add(
        self,
        webhook_id: UUID,
        owner_id: UUID,
        url: str,
        events: Sequence[str],
        *,
        ordered: bool,
        secret: bytes,
    ) -> Webhook:
        row = await self._db.fetchrow(
            f"""
            INSERT INTO webhooks.webhook (id, owner_id, url, events, ordered, secret)
            VALUES ($1, $2, $3, $4, $5, $6)
            RETURNING {_COLUMNS}
            """,
            webhook_id,
            owner_id,
            url,
            list(events),
            ordered,
            secret,
        )
        return Webhook(*row)

    async def count_alone(self, owner_id: UUID) -> int:
        """How many the user has. Counting is exclusive until the transaction ends."""
        await hold_alone(self._db, "webhooks.quota", owner_id)
        count: int = await self._db.fetchval(
            "SELECT count(*) FROM webhooks.webhook WHERE owner_id = $1", owner_id
        )
        return count

    async def all(self, owner_id: UUID) -> list[Webhook]:
        rows = await self._db.fetch(
            f"SELECT {_COLUMNS} FROM webhooks.webhook WHERE owner_id = $1 ORDER BY id", owner_id
        )
        return [Webhook(*row) for row in rows]

    async def get(self, owner_id: UUID, webhook_id: UUID) -> Webhook | None:
        row = await self._db.fetchrow(
            f"SELECT {_COLUMNS} FROM webhooks.webhook WHERE id = $1 AND owner_id = $2",
            webhook_id,
            owner_id,
        )
        return Webhook(*row) if row else None

    async def lock(self, owner_id: UUID, webhook_id: UUID) -> Webhook | None:
        row = await self._db.fetchrow(
            f"""
            SELECT {_COLUMNS}
            FROM webhooks.webhook
            WHERE id = $1 AND owner_id = $2
            FOR NO KEY UPDATE
            """,
            webhook_id,
            owner_id,
        )
        return Webhook(*row) if row else None

    async def change(
        self,
        owner_id: UUID,
        webhook_id: UUID,
        url: str,
        events: Sequence[str],
        *,
        ordered: bool,
        enabled: bool,
    ) -> Webhook:
        """Switching it on resets its record of failures."""
        row = await self._db.fetchrow(
            f"""
            UPDATE webhooks.webhook
            SET url = $3, events = $4, ordered = $5, enabled = $6, version = version + 1,
                failing_since = CASE WHEN enabled THEN failing_since END,
                failures = CASE WHEN enabled THEN failures ELSE 0 END,
                resting_until = NULL
            WHERE id = $1 AND owner_id = $2
            RETURNING {_COLUMNS}
            """,
            webhook_id,
            owner_id,
            url,
            list(events),
            ordered,
            enabled,
        )
        return Webhook(*row)

    async def rotate(
        self, owner_id: UUID, webhook_id: UUID, secret: bytes, *, overlap: timedelta
    ) -> bool:
        """Keep the current secret valid for the ``overlap``; return whether the webhook exists."""
        rotated: bool | None = await self._db.fetchval(
            """
            UPDATE webhooks.webhook
            SET old_secret = secret, old_secret_until = now() + $4::interval, secret = $3,
                version = version + 1
            WHERE id = $1 AND owner_id = $2
            RETURNING true
            """,
            webhook_id,
            owner_id,
            secret,
            overlap,
        )
        return bool(rotated)

    async def forget_past_secrets(self) -> None:
        await self._db.execute(
            """
            UPDATE webhooks.webhook
            SET old_secret = NULL, old_secret_until = NULL
            WHERE old_secret_until <= now()
            """
        )

    async def sealed_otherwise(
        self, prefix: bytes, *, after: UUID, limit: int
    ) -> list[SealedSecrets]:
        """Those beyond ``after`` with a sealed secret that does not begin with ``prefix``."""
        rows = await self._db.fetch(
            """
            SELECT id, secret, old_secret
            FROM webhooks.webhook
            WHERE id > $2 AND (
                substring(secret FOR octet_length($1::bytea)) <> $1
                OR substring(old_secret FOR octet_length($1::bytea)) <> $1
            )
            ORDER BY id
            LIMIT $3
            """,
            prefix,
            after,
            limit,
        )
        return [SealedSecrets(*row) for row in rows]

    async def reseal(self, former: SealedSecrets, anew: SealedSecrets) -> None:
        """Store the same secrets with a new seal, unless others have replaced them."""
        await self._db.execute(
            """
            UPDATE webhooks.webhook
            SET secret = $4, old_secret = $5
            WHERE id = $1 AND secret = $2 AND old_secret IS NOT DISTINCT FROM $3::bytea
            """,
            former.webhook_id,
            former.secret,
            former.old_secret,
            anew.secret,
            anew.old_secret,
        )

    async def remove(self, owner_id: UUID, webhook_id: UUID) -> None:
        """With its messages and attempts."""
        await self._db.execute(
            "DELETE FROM webhooks.webhook WHERE id = $1 AND owner_id = $2", webhook_id, owner_id
        )

    async def remove_all(self, owner_id: UUID) -> None:
        await self._db.execute("DELETE FROM webhooks.webhook WHERE owner_id = $1", owner_id)

    async def lock_subscribed(
        self, owner_ids: Collection[UUID], events: Collection[str]
    ) -> list[Subscribed]:
        """The webhooks of these owners that subscribed to one of the events, locked in order."""
        rows = await self._db.fetch(
            """
            SELECT id, owner_id, events
            FROM webhooks.webhook
            WHERE enabled AND owner_id = ANY($1::uuid[]) AND events && $2::text[]
            ORDER BY id
            FOR NO KEY UPDATE
            """,
            list(owner_ids),
            list(events),
        )
        return [Subscribed(*row) for row in rows]

    async def lock_for_delivery(self, webhook_id: UUID) -> bool:
        """Wait for transactions that add messages to it; return whether it exists."""
        found: bool | None = await self._db.fetchval(
            "SELECT true FROM webhooks.webhook WHERE id = $1 FOR NO KEY UPDATE", webhook_id
        )
        return bool(found)

    async def receiver(self, webhook_id: UUID) -> Receiver | None:
        """``None`` if it is gone, switched off or resting."""
        row = await self._db.fetchrow(
            """
            SELECT id, owner_id, url, ordered, failures > 0, secret,
                CASE WHEN old_secret_until > now() THEN old_secret END
            FROM webhooks.webhook
            WHERE id = $1 AND enabled AND (resting_until IS NULL OR resting_until <= now())
            """,
            webhook_id,
        )
        return Receiver(*row) if row else None

    async def note_success(self, webhook_id: UUID) -> None:
        await self._db.execute(
            """
            UPDATE webhooks.webhook
            SET failing_since = NULL, failures = 0, resting_until = NULL
            WHERE id = $1 AND failures > 0
            """,
            webhook_id,
        )

    async def note_failure(
        self, webhook_id: UUID, *, rests_after: int, rest: timedelta
    ) -> tuple[bool, timedelta, datetime | None] | None:
        """Whether it is on, how long it has failed, until when it rests; ``None`` if it is gone.

        From the failure ``rests_after`` on it rests for a while, so that it occupies no place.
        """
        row = await self._db.fetchrow(
            """
            UPDATE webhooks.webhook
            SET failing_since = coalesce(failing_since, now()), failures = failures + 1,
                resting_until = CASE
                    WHEN failures + 1 >= $2 THEN now() + $3::interval ELSE resting_until
                END
            WHERE id = $1
            RETURNING enabled, now() - failing_since, resting_until
            """,
            webhook_id,
            rests_after,
            rest,
        )
        return (row[0], row[1], row[2]) if row else None

    async def switch_off_all(self, owner_id: UUID) -> list[UUID]:
        """Return those that were on."""
        rows = await self._db.fetch(
            """
            UPDATE webhooks.webhook
            SET enabled = false, version = version + 1
            WHERE owner_id = $1 AND enabled
            RETURNING id
            """,
            owner_id,
        )
        return [webhook_id for (webhook_id,) in rows]

    async def switch_off(self, webhook_id: UUID) -> None:
        await self._db.execute(
            "UPDATE webhooks.webhook SET enabled = false, version = version + 1 WHERE id = $1",
            webhook_id,
        )

    async def held(self, owner_id: UUID) -> Rows:
        yield [
            {
                "id": webhook.id,
                "url": webhook.url,
                "events": webhook.events,
                "ordered": webhook.ordered,
                "enabled": webhook.enabled,
                "failing_since": webhook.failing_since,
                "created_at": webhook.created_at,
            }
            for webhook in await self.all(owner_id)
        ]
