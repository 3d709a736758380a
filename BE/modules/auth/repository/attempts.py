from collections.abc import Sequence

from BE.core.database.database import Database
from BE.modules.auth.security.allowances import (
    Allowance,
    Draw,
)


class AttemptRepository:
    def __init__(self, database: Database) -> None:
        self._db = database

    async def draw(self, allowances: Sequence[Allowance]) -> Draw:
        """Count an attempt against all allowances, or write nothing if one is used up.

        The first check takes no lock; the second uses the counts as written, so concurrent attempts
        cannot exceed an allowance. Such an attempt may be both counted and refused.
        """
        rows = await self._db.fetch(
            """
            WITH given AS MATERIALIZED (
                SELECT key, span, attempts
                FROM unnest($1::bytea[], $2::interval[], $3::int[]) AS given (key, span, attempts)
            ), refused AS MATERIALIZED (
                SELECT t.key, t.resets_at
                FROM auth.throttle AS t
                JOIN given ON given.key = t.key AND given.attempts <= t.attempts
                WHERE t.key = ANY ($1) AND t.resets_at > now()
            ), drawn AS (
                INSERT INTO auth.throttle AS t (key, attempts, resets_at)
                SELECT key, 1, now() + span
                FROM given
                WHERE NOT EXISTS (SELECT FROM refused)
                ORDER BY key
                ON CONFLICT (key) DO UPDATE
                SET attempts = CASE WHEN t.resets_at > now() THEN t.attempts + 1 ELSE 1 END,
                    resets_at = CASE
                        WHEN t.resets_at > now() THEN t.resets_at ELSE excluded.resets_at
                    END
                RETURNING key, attempts, resets_at
            ), expired AS (
                DELETE FROM auth.throttle
                WHERE key IN (
                    SELECT key
                    FROM auth.throttle
                    WHERE resets_at < now() AND key <> ALL ($1) AND NOT EXISTS (SELECT FROM refused)
                    LIMIT 100
                    FOR UPDATE SKIP LOCKED
                )
            )
            SELECT key, resets_at - now() AS wait, false AS was_counted
            FROM refused
            UNION ALL
            SELECT key, drawn.resets_at - now(), true
            FROM drawn
            JOIN given USING (key)
            WHERE drawn.attempts > given.attempts
            """,
            [allowance.key for allowance in allowances],
            [allowance.window for allowance in allowances],
            [allowance.attempts for allowance in allowances],
        )
        return Draw(
            used_up={row["key"]: row["wait"] for row in rows},
            was_counted=all(row["was_counted"] for row in rows),
        )

    async def give_back(
        self, allowances: Sequence[Allowance], *, whole: Sequence[Allowance] = ()
    ) -> None:
        """Take back one attempt from every allowance, and all attempts from those in ``whole``.

        A row whose count falls to zero is deleted.
        """
        await self._db.execute(
            """
            WITH locked AS ( -- in the order of draw(), so that the two cannot deadlock
                SELECT key, attempts
                FROM auth.throttle
                WHERE key = ANY ($1::bytea[] || $2::bytea[])
                ORDER BY key
                FOR UPDATE
            ), cleared AS (
                DELETE FROM auth.throttle AS t
                USING locked
                WHERE t.key = locked.key AND (t.key = ANY ($2) OR locked.attempts <= 1)
            )
            UPDATE auth.throttle AS t
            SET attempts = locked.attempts - 1
            FROM locked
            WHERE t.key = locked.key AND t.key <> ALL ($2) AND locked.attempts > 1
            """,
            [allowance.key for allowance in allowances],
            [allowance.key for allowance in whole],
        )
