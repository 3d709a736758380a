from collections.abc import Sequence
from uuid import UUID

from BE.core.database.database import Database
from BE.core.events import EventBus
from BE.core.exceptions import Detail, FaultKind, InvalidInputError, PreconditionFailedError
from BE.core.flags import AnyFlag, Flags
from BE.modules.auth.events import UserDeleted, UserDeletionSettled
from BE.modules.flags.events import FlagChanged
from BE.modules.flags.exceptions import FlagNotFound
from BE.modules.flags.models import Evaluated, FlagView, Setting, StoredFlag, id_of
from BE.modules.flags.ports import Teams
from BE.modules.flags.repository import FlagRepository
from BE.modules.flags.service.snapshots import Snapshots

_BACK_TO_DEFAULT = "back to the default"


class FlagService:
    def __init__(
        self,
        database: Database,
        repository: FlagRepository,
        events: EventBus,
        flags: Flags,
        snapshots: Snapshots,
        teams: Teams,
    ) -> None:
        self._db = database
        self._repository = repository
        self._events = events
        self._flags = flags
        self._snapshots = snapshots
        self._teams = teams

    async def evaluate(self, user_id: UUID, *, since: int) -> Evaluated:
        """All values for a user, from memory: teams are queried only if a rule names some.

        A snapshot older than the revision ``since`` is reloaded.
        """
        await self._snapshots.reach(since)
        names_teams = self._snapshots.current.names_teams
        team_ids = await self._teams.teams_of(user_id) if names_teams else ()
        values = self._flags.values(user_id, team_ids)
        return Evaluated(self._snapshots.current.revision, values)

    async def all(self) -> list[FlagView]:
        """Those that code declares, in its order, then those that it declares no more."""
        stored = {flag.name: flag for flag in await self._repository.all()}
        unknown = [name for name in stored if name not in self._flags.declared]
        return [self._view(name, stored.get(name)) for name in (*self._flags.declared, *unknown)]

    async def get(self, name: str) -> FlagView:
        """Raises :class:`FlagNotFound`, unless code declares it or it has a setting."""
        stored = await self._repository.get(name)
        if stored is None and name not in self._flags.declared:
            raise FlagNotFound
        return self._view(name, stored)

    async def change(
        self, admin_id: UUID, name: str, setting: Setting, versions: Sequence[int] | None
    ) -> FlagView:
        """Change a flag in one of ``versions``, where ``None`` means any.

        Raises :class:`FlagNotFound`, :class:`InvalidInputError`, :class:`PreconditionFailedError`.
        """
        flag = self._flags.declared.get(name)
        if flag is None:
            raise FlagNotFound
        _require_fit(flag, setting)
        async with self._db.transaction():
            revision = await self._repository.next_revision()
            await self._require(name, versions)
            stored = await self._repository.put(name, setting, revision, admin_id)
            await self._publish(name, revision, setting.in_words(flag.variants))
        await self._snapshots.reach(revision)
        return self._view(name, stored)

    async def reset(self, name: str, versions: Sequence[int] | None) -> None:
        """Back to the default. Raises :class:`FlagNotFound`, :class:`PreconditionFailedError`."""
        async with self._db.transaction():
            revision = await self._repository.next_revision()
            view = await self._require(name, versions)
            if view.stored is None:
                return
            await self._repository.remove(name)
            await self._publish(name, revision, _BACK_TO_DEFAULT)
        await self._snapshots.reach(revision)

    async def on_user_deleted(self, event: UserDeleted | UserDeletionSettled) -> None:
        """Remove the deleted user from all rules."""
        if not await self._repository.naming(event.user_id):
            return
        revision = await self._repository.next_revision()
        for flag in await self._repository.naming(event.user_id):
            setting = flag.setting.without_user(event.user_id)
            changed_by = None if flag.changed_by == event.user_id else flag.changed_by
            await self._repository.put(flag.name, setting, revision, changed_by)
            if setting != flag.setting:
                declared = self._flags.declared.get(flag.name)
                words = setting.in_words(declared.variants if declared else ())
                await self._publish(flag.name, revision, words)

    async def _require(self, name: str, versions: Sequence[int] | None) -> FlagView:
        view = await self.get(name)
        if versions is not None and view.version not in versions:
            raise PreconditionFailedError(view)
        return view

    async def _publish(self, name: str, revision: int, rules: str) -> None:
        await self._events.publish(
            FlagChanged(flag_id=id_of(name), flag_name=name, revision=revision, rules=rules)
        )

    def _view(self, name: str, stored: StoredFlag | None) -> FlagView:
        declared, context = self._flags.declared.get(name), self._flags.contexts.get(name)
        return FlagView(name, declared, context, stored)


def _require_fit(flag: AnyFlag, setting: Setting) -> None:
    kind: FaultKind = "literal_error" if flag.variants else "value_error"
    details = [Detail(place, flag.expectation, kind) for place in setting.unfit_places(flag)]
    if details:
        raise InvalidInputError("The flag cannot have this value", details=details)
