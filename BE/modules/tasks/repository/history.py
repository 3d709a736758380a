from uuid import UUID

from BE.core.database.database import Database
from BE.modules.tasks.models import Period, TaskFlow


class HistoryRepository:
    def __init__(self, database: Database) -> None:
        self._db = database

    async def history(self, owner_id: UUID, period: Period) -> list[TaskFlow]:
        """The flow of each day or week of a period, the first one first.

        A moment belongs to its day by the wall clock, however long that day was. Everything before
        the period is counted with the day before it, where the sums begin.
        """
        rows = await self._db.fetch(
            """
            WITH change (day, created, completed) AS (
                SELECT
                    greatest(
                        date_trunc($5::text, moment AT TIME ZONE $2::text)::date, $3::date - 1
                    ),
                    count(*) FILTER (WHERE NOT is_completion),
                    count(*) FILTER (WHERE is_completion)
                FROM tasks.task,
                    LATERAL (VALUES (created_at, false), (completed_at, true))
                        AS happened (moment, is_completion)
                WHERE owner_id = $1 AND deleted_at IS NULL AND moment IS NOT NULL
                GROUP BY 1
            ),
            flow AS (
                SELECT
                    day,
                    coalesce(created, 0) AS created,
                    coalesce(completed, 0) AS completed,
                    coalesce(sum(created) OVER past, 0)::bigint AS all_created,
                    coalesce(sum(completed) OVER past, 0)::bigint AS all_completed
                FROM (
                    SELECT $3::date - 1
                    UNION ALL
                    SELECT generate_series(
                        $3::date::timestamp, $4::date::timestamp, ('1 ' || $5)::interval
                    )::date
                ) AS period (day)
                LEFT JOIN change USING (day)
                WINDOW past AS (ORDER BY day)
            )
            SELECT day, created, completed, all_created - all_completed, all_completed
            FROM flow
            WHERE day >= $3
            ORDER BY day
            """,
            owner_id,
            period.zone.key,
            period.first,
            period.last,
            period.interval,
        )
        return [
            {"date": day, "created": created, "completed": completed, "open": left, "done": done}
            for day, created, completed, left, done in rows
        ]
