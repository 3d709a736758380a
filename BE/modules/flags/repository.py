import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final
from uuid import UUID

from BE.core.database.database import Database
from BE.core.personal_data import Rows
from BE.modules.flags.models import (
    ForPercentage,
    ForTeams,
    ForUsers,
    Rule,
    Setting,
    Snapshot,
    StoredFlag,
)

CHANNEL: Final = "flag_changed"

# in the order of the model's fields
_COLUMNS = "name, setting, version, changed_at, changed_by"


class FlagRepository:
    def __init__(self, database: Database) -> None:
        self._db = database

    async def snapshot(self) -> Snapshot:
        rows = await self._db.fetch(
            """
            SELECT r.number, f.name, f.setting
            FROM (SELECT coalesce(max(number), 0) AS number FROM flags.revision) AS r
            LEFT JOIN flags.flag AS f ON true
            """
        )
        settings = {row["name"]: _setting(row["setting"]) for row in rows if row["name"]}
        return Snapshot(rows[0]["number"], settings)

    async def all(self) -> list[StoredFlag]:
        rows = await self._db.fetch(f"SELECT {_COLUMNS} FROM flags.flag ORDER BY name")
        return [_flag(row) for row in rows]

    async def get(self, name: str) -> StoredFlag | None:
        row = await self._db.fetchrow(f"SELECT {_COLUMNS} FROM flags.flag WHERE name = $1", name)
        return _flag(row) if row else None

    async def next_revision(self) -> int:
        """The number of this transaction's change; others wait until the transaction ends.

        Every process is notified when it commits.
        """
        number: int = await self._db.fetchval(
            """
            WITH next AS (
                INSERT INTO flags.revision (id, number)
                VALUES (true, 2)
                ON CONFLICT (id) DO UPDATE SET number = revision.number + 1
                RETURNING number
            )
            SELECT number, pg_notify($1, number::text) FROM next
            """,
            CHANNEL,
        )
        return number

    async def put(
        self, name: str, setting: Setting, version: int, changed_by: UUID | None
    ) -> StoredFlag:
        row = await self._db.fetchrow(
            f"""
            INSERT INTO flags.flag (name, setting, version, changed_by)
            VALUES ($1, $2::jsonb, $3, $4)
            ON CONFLICT (name) DO UPDATE
            SET setting = EXCLUDED.setting, version = EXCLUDED.version,
                changed_at = now(), changed_by = EXCLUDED.changed_by
            RETURNING {_COLUMNS}
            """,
            name,
            json.dumps(asdict(setting), default=str),
            version,
            changed_by,
        )
        return _flag(row)

    async def remove(self, name: str) -> None:
        await self._db.execute("DELETE FROM flags.flag WHERE name = $1", name)

    async def naming(self, user_id: UUID) -> list[StoredFlag]:
        """Those with a rule that names the user, or that the user changed last."""
        rows = await self._db.fetch(
            f"""
            SELECT {_COLUMNS}
            FROM flags.flag
            WHERE changed_by = $1 OR setting @> jsonb_build_object(
                'rules',
                jsonb_build_array(jsonb_build_object('ids', jsonb_build_array($1::uuid::text)))
            )
            ORDER BY name
            """,
            user_id,
        )
        return [_flag(row) for row in rows]

    async def held(self, user_id: UUID) -> Rows:
        flags = await self.naming(user_id)
        yield [
            {
                "flag": flag.name,
                "changed_by_you_at": flag.changed_at if flag.changed_by == user_id else None,
                "names_you": flag.setting.without_user(user_id) != flag.setting,
            }
            for flag in flags
        ]


def _flag(row: Any) -> StoredFlag:
    name, setting, *rest = row
    return StoredFlag(name, _setting(setting), *rest)


def _setting(text: str) -> Setting:
    stored = json.loads(text)
    return Setting(_rules(stored["rules"]), stored["otherwise"])


def _rules(stored: Sequence[Mapping[str, Any]]) -> tuple[Rule, ...]:
    return tuple(_rule(**rule) for rule in stored)


def _rule(*, kind: str, value: Any, ids: Sequence[str] = (), percentage: float = 0) -> Rule:
    if kind == "percentage":
        return ForPercentage(percentage, value)
    named = tuple(UUID(named) for named in ids)
    return ForUsers(named, value) if kind == "users" else ForTeams(named, value)
