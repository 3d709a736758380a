"""The repository in memory; the contract tests hold it to the real one."""

from datetime import UTC, datetime
from uuid import UUID

from BE.modules.flags.models import Setting, Snapshot, StoredFlag
from BE.modules.flags.repository import FlagRepository


class FakeFlagRepository(FlagRepository):
    def __init__(self) -> None:
        self._flags: dict[str, StoredFlag] = {}
        self._revision = 0
        self.reads = 0
        """How often a snapshot was taken."""

    async def snapshot(self) -> Snapshot:
        self.reads += 1
        return Snapshot(self._revision, {name: flag.setting for name, flag in self._flags.items()})

    async def all(self) -> list[StoredFlag]:
        return [self._flags[name] for name in sorted(self._flags)]

    async def get(self, name: str) -> StoredFlag | None:
        return self._flags.get(name)

    async def next_revision(self) -> int:
        self._revision = max(2, self._revision + 1)
        return self._revision

    async def put(
        self, name: str, setting: Setting, version: int, changed_by: UUID | None
    ) -> StoredFlag:
        flag = StoredFlag(name, setting, version, datetime.now(UTC), changed_by)
        self._flags[name] = flag
        return flag

    async def remove(self, name: str) -> None:
        self._flags.pop(name, None)

    async def naming(self, user_id: UUID) -> list[StoredFlag]:
        return [
            flag
            for flag in await self.all()
            if flag.changed_by == user_id or flag.setting.without_user(user_id) != flag.setting
        ]
