"""Every operation of the OpenAPI documents, called by each caller, admits those it declares."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from BE.core.database.database import Database
from BE.core.http.documentation.document import Documents
from BE.core.security.principals import Principal, Role
from BE.core.security.scopes import ANY_SCOPE, Scope
from BE.core.security.sessions import StepUpRequired
from BE.core.types import new_id
from BE.core.wiring.core import CORE
from BE.modules.auth.models import ApiKeyText
from container import Container
from tests.support.application import TESTED
from tests.support.auth.keys import Key
from tests.support.client import ROUTES
from tests.support.streams.short import end_streams_at_once

WITHOUT_TOKEN = {"public", "signed_in_before"}
NOT_ADMITTED = {"UNAUTHORIZED", "TOKEN_EXPIRED", "FORBIDDEN", "INSUFFICIENT_SCOPE"}
SCOPES = tuple(scope for context in (*TESTED, CORE) for scope in context.scopes)
AS_ADMIN, AS_USER = "admin", "user"


@dataclass(frozen=True)
class Operation:
    name: str
    method: str
    path: str
    callers: str
    """One of the words of ``x-access``."""
    scope: Scope | None
    """The scope that an API key needs; ``None`` if no key is admitted."""

    @property
    def names_a_user(self) -> bool:
        return self.callers == "self_or_admin"

    def url(self, user_id: str) -> str:
        """Return a URL of missing resources, except the user to whom the path may belong."""
        named = user_id if self.names_a_user else str(new_id())
        path = self.path.replace("{user_id}", named).replace("{delivery_id}", "1")
        return re.sub(r"\{\w+\}", str(new_id()), path)


def paths_of(app: FastAPI) -> dict[str, Any]:
    """Return the paths of every version of the API, as documented."""
    documents: Documents = app.state.documents
    paths: dict[str, Any] = {}
    for version in documents.versions:
        paths |= documents.of(version)["paths"]
    return paths


def operations(app: FastAPI) -> Iterator[Operation]:
    for path, methods in paths_of(app).items():
        for method, operation in methods.items():
            access = operation["x-access"]
            yield Operation(
                operation["operationId"],
                method.upper(),
                path,
                access["callers"],
                access["api_key_scope"],
            )


class Callers:
    """Accounts of users and an admin, with tokens of endless sessions, and keys."""

    def __init__(self, container: Container) -> None:
        self._tokens = container.access_tokens()
        self._database: Database = container.database()
        self._repository = container.auth_repository()
        self.named, self.other, self.admin = new_id(), new_id(), new_id()

    async def sign_up(self) -> None:
        roles = ((self.named, "user"), (self.other, "user"), (self.admin, "admin"))
        for user_id, role in roles:
            email = f"{user_id}@example.com"
            await self._database.execute(
                "INSERT INTO auth.account (id, email, role) VALUES ($1, $2, $3)",
                user_id,
                email,
                role,
            )
            await self._database.execute(
                "INSERT INTO users.profile (id, email, full_name, role) VALUES ($1, $2, 'A', $3)",
                user_id,
                email,
                role,
            )

    def token(self, user_id: UUID, role: Role = "user") -> dict[str, str]:
        token = self._tokens.issue(Principal(user_id, new_id(), role))
        return {"Authorization": f"Bearer {token}"}

    async def key(self, user_id: UUID, *scopes: Scope, life: timedelta = timedelta(hours=1)) -> Key:
        text, key_id = ApiKeyText.new(), new_id()
        await self._repository.add_api_key(
            key_id,
            user_id,
            text,
            name="a",
            scopes=scopes,
            expires_at=datetime.now(UTC) + life,
            most=50,
        )
        return Key(str(key_id), text.text)


async def headers_of_all(callers: Callers, container: Container) -> dict[str, dict[str, str]]:
    """Return the headers of each caller, by a name from which :func:`admits` reads its rights."""
    headers = {
        "no token": {},
        "user": callers.token(callers.named),
        "other user": callers.token(callers.other),
        "admin": callers.token(callers.admin, "admin"),
        "expired key": (
            await callers.key(callers.admin, *SCOPES, life=-timedelta(seconds=1))
        ).headers,
    }
    for scope in SCOPES:
        others = [other for other in SCOPES if other != scope]
        for role, owner in ((AS_USER, callers.named), (AS_ADMIN, callers.admin)):
            headers[f"{role}'s key with {scope}"] = (await callers.key(owner, scope)).headers
            headers[f"{role}'s key without {scope}"] = (await callers.key(owner, *others)).headers
    headers["other user's key"] = (await callers.key(callers.other, *SCOPES)).headers
    revoked = await callers.key(callers.admin, *SCOPES)
    headers["revoked key"] = revoked.headers
    await container.bearer_tokens().verify(revoked.text)  # fills the cache
    await container.api_key_service().revoke(callers.admin, UUID(revoked.id))
    return headers


def callers_of(operation: Operation, headers: dict[str, dict[str, str]]) -> Iterator[str]:
    """Yield the callers to try: of the keys, only those about the scope that it needs."""
    scope = operation.scope if operation.scope in SCOPES else SCOPES[0]
    for caller in headers:
        _, is_scoped, named = caller.partition("key with")
        if not is_scoped or named.removeprefix("out ").strip() == scope:
            yield caller


def admits(operation: Operation, caller: str) -> bool:
    """Whether the operation declares that it admits the caller."""
    if operation.callers in WITHOUT_TOKEN:
        return True
    if caller in {"no token", "expired key", "revoked key"}:
        return False
    is_admin = caller.startswith(AS_ADMIN)
    admits_any_key = operation.scope == ANY_SCOPE
    if "key" in caller and not admits_any_key and (operation.scope is None or "without" in caller):
        return False
    match operation.callers:
        case "admin":
            return is_admin
        case "self_or_admin":
            return is_admin or not caller.startswith("other user")
        case "signed_in":
            return True
    raise AssertionError(operation.callers)


async def no_session_is_fresh(_: UUID) -> None:
    """Replace the check: the callers' sessions are in no table and would count as ended."""
    raise StepUpRequired


async def test_every_operation_admits_only_the_callers_it_declares(
    app: FastAPI, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    end_streams_at_once(monkeypatch)
    container: Container = app.state.container
    monkeypatch.setattr(container.step_up_service(), "require_fresh", no_session_is_fresh)
    callers = Callers(container)
    await callers.sign_up()
    headers = await headers_of_all(callers, container)
    wrong, called = [], 0

    for operation in operations(app):
        if operation.name == "logout_everywhere":  # needs an open session
            continue
        for caller in callers_of(operation, headers):
            called += 1
            url = operation.url(str(callers.named))
            answer = await client.request(operation.method, url, headers=headers[caller])
            is_admitted = answer.status_code < 400 or answer.json()["code"] not in NOT_ADMITTED
            if answer.status_code == 500 or is_admitted != admits(operation, caller):
                wrong.append(f"{operation.name}, {caller}: {answer.status_code} {answer.text}")

    assert wrong == []
    assert called > 9 * 50


def test_the_document_declares_the_access_of_every_route(app: FastAPI) -> None:
    declared = {operation.name: operation for operation in operations(app)}

    for route in ROUTES:
        operation = declared[route.name]
        assert operation.callers == route.access.name
        needed = route.key_gate.scope_of(operation.method) if route.key_gate else None
        assert operation.scope == needed
    assert len(declared) == len(ROUTES)


def test_the_security_of_each_operation_lists_the_scope_of_keys(app: FastAPI) -> None:
    for methods in paths_of(app).values():
        for operation in methods.values():
            scopes = [way["api_key"] for way in operation["security"] if "api_key" in way]
            needed = operation["x-access"]["api_key_scope"]
            admitted = [[]] if needed == ANY_SCOPE else [[needed]] if needed else []
            assert scopes == admitted, operation["operationId"]
