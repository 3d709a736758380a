"""Twins in memory of what reaches outside. Each subclasses what it replaces."""

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import compress
from typing import Any
from uuid import UUID

from BE.core.database.database import Database
from BE.core.emails import identity_of
from BE.core.events import Event, EventBus
from BE.core.events.outbox import Outbox, Outgoing
from BE.core.exceptions import UniqueViolationError
from BE.core.mail import Mail, Mailer
from BE.core.security.passwords import HashingBusy, Passwords
from BE.core.security.principals import Role
from BE.modules.audit.models import Entry, Head, Record, Seal
from BE.modules.audit.models import Filter as AuditFilter
from BE.modules.audit.repository import AuditRepository, Position
from BE.modules.auth.models import (
    Account,
    AccountDraft,
    Allowance,
    Device,
    Draw,
    OneTimeToken,
    OpenSession,
    Purpose,
    Session,
    SessionPolicy,
)
from BE.modules.auth.repository import AuthRepository
from BE.modules.identities.models import Identity
from BE.modules.identities.repository import IdentityRepository
from BE.modules.tasks.models import (
    Added,
    Filter,
    Order,
    Status,
    Task,
    TaskChanges,
    TaskDraft,
    TaskStats,
    Today,
)
from BE.modules.tasks.repository import TaskRepository
from BE.modules.users.models import Filter as UserFilter
from BE.modules.users.models import Order as UserOrder
from BE.modules.users.models import ProfileChanges, ProfileDraft, User
from BE.modules.users.repository import UserRepository
from tests.support.model import matches, ordered, sort_key


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = datetime(2030, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def seconds(self) -> float:
        return self.now.timestamp()


class FakeDatabase(Database):
    """Counts what a service commits and undoes."""

    def __init__(self) -> None:
        self.commits = 0
        self.rollbacks = 0
        self._depth = 0
        self.after_commit_callbacks: list[Callable[[], None]] = []

    @property
    def in_transaction(self) -> bool:
        return self._depth > 0

    def after_commit(self, callback: Callable[[], None]) -> None:
        self.after_commit_callbacks.append(callback)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        self._depth += 1
        try:
            yield
        except BaseException:
            self.rollbacks += 1
            self.after_commit_callbacks.clear()
            raise
        else:
            self.commits += 1
        finally:
            self._depth -= 1


class RecordingBus(EventBus):
    """Delivers nothing and remembers what was published."""

    def __init__(self) -> None:
        self.published: list[Event] = []
        self.later: list[tuple[Event, datetime | timedelta]] = []

    async def publish(self, *events: Event) -> None:
        self.published.extend(events)

    async def publish_later(self, event: Event, when: datetime | timedelta) -> None:
        self.later.append((event, when))


class FakeOutbox(Outbox):
    """Remembers what was to be delivered durably."""

    def __init__(self) -> None:
        self.added: list[Outgoing] = []

    async def add(
        self, outgoing: Collection[Outgoing], when: datetime | timedelta = timedelta(0)
    ) -> None:
        self.added.extend(outgoing)


class FakePasswords(Passwords):
    """Hashes by turning the text around, with parameters of version 1."""

    def __init__(self) -> None:
        self.version = "1"
        self.is_busy = False
        self.verified: list[str | None] = []

    async def hash(self, password: str) -> str:
        return f"{self.version}:{password[::-1]}"

    async def hash_all(self, passwords: Sequence[str]) -> list[str]:
        return [await self.hash(each) for each in passwords]

    async def verify(self, password_hash: str | None, password: str) -> bool:
        if self.is_busy:
            raise HashingBusy
        self.verified.append(password_hash)
        return password_hash is not None and password_hash[2:] == password[::-1]

    def needs_rehash(self, password_hash: str) -> bool:
        return password_hash[0] != self.version

    def close(self) -> None:
        pass


class RecordingMailer(Mailer):
    def __init__(self) -> None:
        self.sent: list[Mail] = []

    async def send(self, mail: Mail) -> None:
        self.sent.append(mail)


class FakeAuthRepository(AuthRepository):
    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock = clock
        self.accounts: dict[UUID, Account] = {}
        self.verified_by_holder: set[UUID] = set()
        self.sessions: dict[UUID, Session] = {}
        self.devices: dict[UUID, Device] = {}
        self.revoked: list[UUID] = []
        self.drawn: dict[bytes, tuple[int, datetime]] = {}
        self.one_time_tokens: dict[tuple[UUID, Purpose], tuple[bytes, datetime]] = {}

    async def add_accounts(self, drafts: Sequence[AccountDraft]) -> list[Account]:
        added = []
        for each in drafts:
            if await self.account_by_email(each.email) is None:
                account = Account(
                    id=each.id,
                    email=each.email,
                    password_hash=each.password_hash,
                    role=each.role,
                    is_active=True,
                    email_verified_at=self._clock() if each.email_verified else None,
                    created_at=self._clock(),
                )
                self.accounts[each.id] = account
                if each.email_verified:
                    self.verified_by_holder.add(each.id)
                added.append(account)
        return added

    async def taken(self, emails: Sequence[str]) -> set[str]:
        return {each for each in emails if await self.account_by_email(each)}

    async def account_by_email(self, email: str) -> Account | None:
        wanted = identity_of(email)
        accounts = self.accounts.values()
        return next((each for each in accounts if identity_of(each.email) == wanted), None)

    async def account_by_id(self, account_id: UUID) -> Account | None:
        return self.accounts.get(account_id)

    async def lock_account(self, account_id: UUID) -> Account | None:
        return self.accounts.get(account_id)

    async def active_admin_exists(self) -> bool:
        return bool(await self.lock_active_admins())

    async def lock_active_admins(self) -> list[UUID]:
        return sorted(each.id for each in self.accounts.values() if each.is_active_admin)

    async def change_account(self, account: Account) -> None:
        stored = self.accounts[account.id]
        self.accounts[account.id] = replace(stored, role=account.role, is_active=account.is_active)

    async def delete_account(self, account_id: UUID) -> None:
        del self.accounts[account_id]
        for session in [*self.sessions.values()]:
            if session.account_id == account_id:
                del self.sessions[session.id]
        for key in [key for key in self.one_time_tokens if key[0] == account_id]:
            del self.one_time_tokens[key]

    async def set_password_hash(self, account: Account, password_hash: str) -> bool:
        stored = self.accounts.get(account.id)
        if stored is None or stored.password_hash != account.password_hash:
            return False
        self.accounts[account.id] = replace(stored, password_hash=password_hash)
        return True

    async def replace_password_hash(self, account_id: UUID, password_hash: str) -> None:
        self.accounts[account_id] = replace(self.accounts[account_id], password_hash=password_hash)

    async def confirm_email(self, account_id: UUID, *, by_holder: bool) -> bool:
        account = self.accounts.get(account_id)
        if account is None:
            return False
        if by_holder:
            self.verified_by_holder.add(account_id)
        if account.email_verified_at is not None:
            return False
        self.accounts[account_id] = replace(account, email_verified_at=self._clock())
        return True

    async def hand_over(self, account_id: UUID) -> bool | None:
        account = self.accounts.get(account_id)
        if account is None or account_id in self.verified_by_holder:
            return None
        self.verified_by_holder.add(account_id)
        self.accounts[account_id] = replace(account, password_hash=None)
        return account.password_hash is not None

    async def put_one_time_token(self, account_id: UUID, token: OneTimeToken) -> bool:
        if account_id not in self.accounts:
            return False
        expires_at = self._clock() + token.purpose.lifetime
        self.one_time_tokens[account_id, token.purpose] = token.digest, expires_at
        return True

    async def account_of_token(self, digest: bytes, purpose: Purpose) -> Account | None:
        for (account_id, kept_purpose), (kept, expires_at) in self.one_time_tokens.items():
            if (kept, kept_purpose) == (digest, purpose) and expires_at > self._clock():
                return self.accounts[account_id]
        return None

    async def use_one_time_token(self, digest: bytes, purpose: Purpose) -> UUID | None:
        account = await self.account_of_token(digest, purpose)
        if account is None:
            return None
        del self.one_time_tokens[account.id, purpose]
        return account.id

    async def end_one_time_tokens(self, account_id: UUID, purpose: Purpose) -> None:
        self.one_time_tokens.pop((account_id, purpose), None)

    async def add_session(
        self,
        session_id: UUID,
        account: Account,
        salt: bytes,
        device: Device,
        policy: SessionPolicy,
    ) -> list[UUID] | None:
        stored = self.accounts.get(account.id)
        if stored is None or not stored.is_active:
            return None
        if (stored.password_hash, stored.role) != (account.password_hash, account.role):
            return None
        owned = [each for each in self.sessions.values() if each.account_id == account.id]
        still_open = [each for each in owned if each.ended_at is None]
        still_open.sort(key=lambda each: (each.rotated_at, each.id), reverse=True)
        surplus = [each.id for each in still_open[policy.most - 1 :]]
        past = [each for each in owned if each.ended_at is not None]
        past.sort(key=lambda each: each.ended_at or each.now, reverse=True)
        for each in past[10 * policy.most :]:
            del self.sessions[each.id]
        now = self._clock()
        self.devices[session_id] = device
        self.sessions[session_id] = Session(
            id=session_id,
            account_id=account.id,
            salt=salt,
            generation=0,
            created_at=now,
            rotated_at=now,
            ended_at=None,
            account_is_active=True,
            now=now,
        )
        for surplus_id in surplus:
            self.sessions[surplus_id] = replace(self.sessions[surplus_id], ended_at=now)
        self.revoked += surplus
        return surplus

    async def touch_session(self, session_id: UUID) -> None:
        session = self.sessions[session_id]
        self.sessions[session_id] = replace(session, rotated_at=self._clock())

    async def lock_session(self, session_id: UUID) -> Session | None:
        session = self.sessions.get(session_id)
        if session is None:
            return None
        is_active = self.accounts[session.account_id].is_active
        return replace(session, account_is_active=is_active, now=self._clock())

    async def rotate_session(self, session_id: UUID) -> int:
        session = self.sessions[session_id]
        self.sessions[session_id] = replace(
            session, generation=session.generation + 1, rotated_at=self._clock()
        )
        return session.generation + 1

    async def open_sessions(
        self, account_id: UUID, policy: SessionPolicy, *, before: UUID, limit: int
    ) -> list[OpenSession]:
        now = self._clock()
        found = [
            OpenSession(each.id, each.created_at, each.rotated_at, device.user_agent, device.ip)
            for each in self.sessions.values()
            for device in [self.devices[each.id]]
            if each.account_id == account_id
            and each.ended_at is None
            and each.id < before
            and now - each.rotated_at < policy.idle
            and now - each.created_at < policy.absolute
        ]
        return sorted(found, key=lambda each: each.id, reverse=True)[:limit]

    async def end_sessions(
        self,
        account_id: UUID,
        policy: SessionPolicy,
        *,
        only: UUID | None = None,
        but: UUID | None = None,
    ) -> list[UUID]:
        ended = [
            each.id
            for each in self.sessions.values()
            if each.account_id == account_id
            and each.ended_at is None
            and only in {None, each.id}
            and each.id != but
        ]
        for session_id in ended:
            self.sessions[session_id] = replace(self.sessions[session_id], ended_at=self._clock())
        self.revoked += ended
        return ended

    async def delete_expired_sessions(self, policy: SessionPolicy, *, limit: int) -> int:
        oldest = self._clock() - policy.absolute - policy.access
        expired = [each.id for each in self.sessions.values() if each.created_at < oldest][:limit]
        for session_id in expired:
            del self.sessions[session_id]
        return len(expired)

    async def revoked_sessions(self, within: timedelta | None) -> list[UUID]:
        return list(self.revoked)

    async def is_revoked(self, session_id: UUID) -> bool:
        return session_id in self.revoked

    async def draw(self, allowances: Sequence[Allowance]) -> Draw:
        now = self._clock()
        counts = {}
        for allowance in allowances:
            attempts, resets_at = self.drawn.get(allowance.key, (0, now))
            if resets_at <= now:
                attempts, resets_at = 0, now + allowance.window
            counts[allowance] = (attempts, resets_at)
        used_up = {
            allowance.key: resets_at - now
            for allowance, (attempts, resets_at) in counts.items()
            if attempts >= allowance.attempts
        }
        if not used_up:
            for allowance, (attempts, resets_at) in counts.items():
                self.drawn[allowance.key] = (attempts + 1, resets_at)
        return Draw(used_up, was_counted=not used_up)

    async def give_back(
        self, allowances: Sequence[Allowance], *, whole: Sequence[Allowance] = ()
    ) -> None:
        for allowance in whole:
            self.drawn.pop(allowance.key, None)
        for allowance in allowances:
            attempts, resets_at = self.drawn.pop(allowance.key, (0, self._clock()))
            if attempts > 1:
                self.drawn[allowance.key] = (attempts - 1, resets_at)


class FakeIdentityRepository(IdentityRepository):
    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock = clock
        self.identities: dict[tuple[str, str], Identity] = {}
        self.released: dict[tuple[str, str], datetime] = {}

    async def add(
        self,
        identity_id: UUID,
        issuer: str,
        subject: str,
        account_id: UUID,
        *,
        is_proven: bool,
        since: datetime,
    ) -> Identity | None:
        key = (issuer, subject)
        if key in self.identities or (key in self.released and self.released[key] >= since):
            return None
        self.released.pop(key, None)
        self.identities[key] = Identity(identity_id, account_id, None, is_proven)
        return self.identities[key]

    async def lock(self, issuer: str, subject: str) -> Identity | None:
        return self.identities.get((issuer, subject))

    async def keep(self, identity: Identity) -> None:
        for key, each in self.identities.items():
            if each.id == identity.id:
                self.identities[key] = identity

    async def release(self, account_id: UUID, *, but_proven: bool = False) -> None:
        for key, each in list(self.identities.items()):
            if each.account_id == account_id and not (but_proven and each.is_proven):
                del self.identities[key]
                self.released[key] = self._clock()


class FakeUserRepository(UserRepository):
    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock = clock
        self.users: dict[UUID, User] = {}

    async def add(self, drafts: Sequence[ProfileDraft]) -> int:
        added = 0
        for each in drafts:
            if not self._is_taken(each.username, by_other_than=each.id):
                now = self._clock()
                self.users[each.id] = User(
                    id=each.id,
                    email=each.email,
                    username=each.username,
                    full_name=each.full_name,
                    role=each.role,
                    is_active=True,
                    version=1,
                    created_at=now,
                    updated_at=now,
                )
                added += 1
        return added

    async def taken(self, usernames: Sequence[str]) -> set[str]:
        return {each for each in usernames if self._is_taken(each, by_other_than=UUID(int=0))}

    async def get_all(self, user_ids: Sequence[UUID]) -> list[User]:
        return [self.users[each] for each in user_ids if each in self.users]

    async def get(self, user_id: UUID) -> User | None:
        return self.users.get(user_id)

    async def change(
        self, user_id: UUID, changes: ProfileChanges, versions: Sequence[int] | None
    ) -> User | None:
        user = self.users.get(user_id)
        if user is None or (versions is not None and user.version not in versions):
            return None
        if self._is_taken(changes.get("username"), by_other_than=user_id):
            raise UniqueViolationError("profile_username")
        if changes:
            user = replace(user, **changes, version=user.version + 1, updated_at=self._clock())
            self.users[user_id] = user
        return user

    async def lock(self, user_id: UUID) -> User | None:
        return self.users.get(user_id)

    async def along(
        self,
        where: UserFilter,
        order: UserOrder,
        *,
        after: tuple[Any, UUID] | None,
        limit: int,
        within: int | None = None,
    ) -> list[User]:
        ranked = sorted(
            (_rank(order, getattr(each, order.by), each.id), each)
            for each in self.users.values()
            if where.role in {None, each.role} and where.is_active in {None, each.is_active}
        )
        if order.descending:
            ranked.reverse()
        if after is not None:
            place = _rank(order, *after)
            ranked = [
                (rank, each)
                for rank, each in ranked
                if (rank < place if order.descending else rank > place)
            ]
        in_order = [each for _, each in ranked]
        looked_at = in_order[: within or limit]
        return [each for each in looked_at if _contains(each, where.search or "")][:limit]

    async def matching(
        self, where: UserFilter, order: UserOrder, *, after: tuple[Any, UUID] | None, limit: int
    ) -> list[User]:
        return await self.along(where, order, after=after, limit=limit, within=len(self.users))

    async def copy(
        self, user_id: UUID, *, role: Role | None = None, is_active: bool | None = None
    ) -> None:
        user = self.users[user_id]
        self.users[user_id] = replace(
            user,
            role=user.role if role is None else role,
            is_active=user.is_active if is_active is None else is_active,
            version=user.version + 1,
            updated_at=self._clock(),
        )

    async def remove(self, user_id: UUID) -> None:
        self.users.pop(user_id, None)

    def _is_taken(self, username: str | None, *, by_other_than: UUID) -> bool:
        return username is not None and any(
            each.username is not None
            and each.username.lower() == username.lower()
            and each.id != by_other_than
            for each in self.users.values()
        )


def _rank(order: UserOrder, value: Any, user_id: UUID) -> tuple[bool, Any, UUID]:
    """Where a value stands in an ascending order; read backwards, nothing is still last."""
    is_last = (value is None) != order.descending
    return (is_last, value.lower() if isinstance(value, str) else value or "", user_id)


def _contains(user: User, text: str) -> bool:
    return any(
        text.lower() in each.lower() for each in (user.username or "", user.email, user.full_name)
    )


class FakeTaskRepository(TaskRepository):
    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock = clock
        self.tasks: dict[UUID, Task] = {}
        self.trashed_tasks: dict[UUID, Task] = {}

    async def add(
        self,
        owner_id: UUID,
        drafts: Sequence[tuple[UUID, str, TaskDraft]],
        *,
        only_at_end: bool = False,
        counting: bool = False,
    ) -> Added:
        last = await self.last_position(owner_id)
        if only_at_end and last is not None and last >= drafts[0][1]:
            return Added([], 0)
        owned = await self.count_alone(owner_id) if counting else 0
        now = self._clock()
        added = [
            Task(
                id=task_id,
                owner_id=owner_id,
                **draft,
                position=position,
                version=1,
                created_at=now,
                updated_at=now,
                completed_at=now if draft["status"] == "done" else None,
            )
            for task_id, position, draft in drafts
        ]
        self.tasks |= {task.id: task for task in added}
        return Added(added, owned)

    async def count_alone(self, owner_id: UUID) -> int:
        kept = [*self.tasks.values(), *self.trashed_tasks.values()]
        return sum(task.owner_id == owner_id for task in kept)

    async def get(self, owner_id: UUID, task_id: UUID) -> Task | None:
        task = self.tasks.get(task_id)
        return task if task is not None and task.owner_id == owner_id else None

    async def find(
        self,
        owner_id: UUID,
        where: Filter,
        order: Order,
        *,
        after: tuple[Any, UUID] | None,
        limit: int,
    ) -> list[Task]:
        found = ordered(
            (task for task in self._owned(owner_id) if matches(task, where, self._clock())), order
        )
        if after is not None:
            last = sort_key(order, *after)
            keys = [sort_key(order, getattr(task, order.by), task.id) for task in found]
            beyond = [key < last if order.descending else key > last for key in keys]
            found = list(compress(found, beyond))
        return found[:limit]

    async def change(
        self,
        owner_id: UUID,
        task_id: UUID,
        changes: TaskChanges,
        versions: Sequence[int] | None,
    ) -> tuple[Task, Status] | None:
        task = await self.get(owner_id, task_id)
        if task is None or (versions is not None and task.version not in versions):
            return None
        self.tasks[task_id] = task.changed(changes, self._clock())
        return self.tasks[task_id], task.status

    async def trash(self, owner_id: UUID, task_id: UUID, versions: Sequence[int] | None) -> bool:
        task = await self.get(owner_id, task_id)
        if task is None or (versions is not None and task.version not in versions):
            return False
        del self.tasks[task_id]
        self.trashed_tasks[task_id] = self._next_version(task)
        return True

    async def trashed(
        self, owner_id: UUID, *, before: tuple[datetime, UUID], limit: int
    ) -> list[Task]:
        found = [
            task
            for task in self.trashed_tasks.values()
            if task.owner_id == owner_id and (task.updated_at, task.id) < before
        ]
        return ordered(found, Order("updated_at", descending=True))[:limit]

    async def restore(self, owner_id: UUID, task_id: UUID) -> Task | None:
        task = self.trashed_tasks.get(task_id)
        if task is None or task.owner_id != owner_id:
            return None
        del self.trashed_tasks[task_id]
        self.tasks[task_id] = self._next_version(task)
        return self.tasks[task_id]

    async def purge(self, older_than: timedelta, limit: int) -> int:
        limit_at = self._clock() - older_than
        old = [task.id for task in self.trashed_tasks.values() if task.updated_at < limit_at]
        for task_id in old[:limit]:
            del self.trashed_tasks[task_id]
        return len(old[:limit])

    async def remove_all(self, owner_id: UUID) -> None:
        for kept in (self.tasks, self.trashed_tasks):
            for task in [*kept.values()]:
                if task.owner_id == owner_id:
                    del kept[task.id]

    async def stats(self, owner_id: UUID, today: Today) -> TaskStats:
        tasks = self._owned(owner_id)
        return TaskStats(
            total=len(tasks),
            todo=sum(task.status == "todo" for task in tasks),
            in_progress=sum(task.status == "in_progress" for task in tasks),
            done=sum(task.status == "done" for task in tasks),
            overdue=sum(matches(task, Filter(overdue=True), today.now) for task in tasks),
            due_today=sum(
                task.due_at is not None and today.start <= task.due_at < today.end for task in tasks
            ),
            completed_this_week=sum(
                task.completed_at is not None and task.completed_at >= today.week for task in tasks
            ),
            timestamp=today.now,
        )

    async def now(self) -> datetime:
        return self._clock()

    async def lock(self, owner_id: UUID, task_ids: Sequence[UUID]) -> list[Task]:
        return [task for task in self._owned(owner_id) if task.id in task_ids]

    async def save(self, tasks: Sequence[Task], *, trashed: Sequence[UUID]) -> None:
        for task in tasks:
            self.tasks[task.id] = task
            if task.id in trashed:
                self.trashed_tasks[task.id] = self.tasks.pop(task.id)

    async def lock_order(self, owner_id: UUID) -> None:
        pass

    async def last_position(self, owner_id: UUID) -> str | None:
        return max((task.position for task in self._owned(owner_id)), default=None)

    async def beside(
        self, owner_id: UUID, position: str, *, but: UUID, each_side: int
    ) -> list[tuple[UUID, str]]:
        places = [(task.id, task.position) for task in self._by_hand(owner_id) if task.id != but]
        below = [place for place in places if place[1] <= position]
        above = [place for place in places if place[1] > position]
        return below[-each_side:] + above[:each_side]

    async def next_position(
        self, owner_id: UUID, *, after: tuple[str, UUID], but: UUID
    ) -> str | None:
        places = [(task.position, task.id) for task in self._by_hand(owner_id) if task.id != but]
        return next((place[0] for place in places if place > after), None)

    async def place(self, owner_id: UUID, task_id: UUID, position: str) -> Task | None:
        task = await self.get(owner_id, task_id)
        if task is None:
            return None
        self.tasks[task_id] = replace(self._next_version(task), position=position)
        return self.tasks[task_id]

    async def spread(self, positions: Mapping[UUID, str]) -> None:
        for task_id, position in positions.items():
            task = self.tasks[task_id]
            self.tasks[task_id] = replace(task, position=position, version=task.version + 1)

    def _owned(self, owner_id: UUID) -> list[Task]:
        return [task for task in self.tasks.values() if task.owner_id == owner_id]

    def _by_hand(self, owner_id: UUID) -> list[Task]:
        return ordered(self._owned(owner_id), Order("position", descending=False))

    def _next_version(self, task: Task) -> Task:
        return replace(task, version=task.version + 1, updated_at=self._clock())


class FakeAuditRepository(AuditRepository):
    def __init__(self) -> None:
        self.end: Head | None = Head()
        self.entries: list[Entry] = []

    async def lock_head(self) -> Head | None:
        return self.end

    async def head(self) -> Head | None:
        return self.end

    async def append(self, entries: Sequence[Entry]) -> None:
        known = {each.record.event_id for each in self.entries}
        if known & {each.record.event_id for each in entries}:
            raise UniqueViolationError("entry_event_id_key")
        self.entries.extend(entries)
        self.end = entries[-1].head

    async def following(self, sequence: int, *, limit: int) -> list[Entry]:
        return [each for each in self.entries if each.head.sequence > sequence][:limit]

    async def seals(self) -> list[Seal]:
        return []

    async def newest(self, narrowed: AuditFilter, *, before: Position, limit: int) -> list[Entry]:
        found = [
            each
            for each in self.entries
            if _position(each) < before and _is_within(each.record, narrowed)
        ]
        return sorted(found, key=_position, reverse=True)[:limit]


def _position(entry: Entry) -> Position:
    return entry.record.occurred_at, entry.head.sequence


def _is_within(record: Record, narrowed: AuditFilter) -> bool:
    times = {"since", "until"}
    return (
        all(getattr(record, name) == value for name, value in narrowed.items() if name not in times)
        and record.occurred_at >= narrowed.get("since", record.occurred_at)
        and ("until" not in narrowed or record.occurred_at < narrowed["until"])
    )
