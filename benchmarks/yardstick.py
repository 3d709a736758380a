"""The smallest server for the same requests: bare ASGI, asyncpg and orjson on the same rows.

It runs the same statements and the same check of the token, and nothing else: no routing table, no
validation, no request id, no log, no limits. What our server costs beyond it is the price of those.
``/noop`` is a FastAPI route that does nothing, a second yardstick.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from fastapi import FastAPI, Response

from BE.core.types import new_id
from BE.modules.tasks.repository.finding import COLUMNS, finding
from config import load_settings
from container import Container

_NAMES = tuple(COLUMNS.replace(" ", "").split(","))
_JSON = [(b"content-type", b"application/json")]
_PAGE = finding("created_at", descending=True, resumed=False, filters=())
_ONE = f"SELECT {COLUMNS} FROM tasks.task WHERE id = $1 AND owner_id = $2 AND deleted_at IS NULL"
_CREATE = f"""
    INSERT INTO tasks.task (id, owner_id, title, status, priority, tags, position)
    VALUES ($1, $2, $3, 'todo', 'none', '{{}}', $4) RETURNING {COLUMNS}
"""
_CHANGE = f"""
    UPDATE tasks.task SET title = $3, version = version + 1, updated_at = now()
    WHERE id = $1 AND owner_id = $2 AND deleted_at IS NULL RETURNING {COLUMNS}
"""
_ACCOUNT = """
    SELECT id, email, email_verified_at IS NOT NULL AS email_verified, role, created_at
    FROM auth.account WHERE id = $1
"""

container = Container(settings=load_settings())


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=5, max_size=15) as pool:
        app.state.pool = pool
        app.state.tokens = container.access_tokens()
        yield


fastapi = FastAPI(lifespan=_lifespan, openapi_url=None)


@fastapi.get("/noop")
async def noop() -> Response:
    return Response()


async def app(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] != "http" or scope["path"] == "/noop":
        await fastapi(scope, receive, send)
        return
    method, path, pool = scope["method"], scope["path"], fastapi.state.pool
    authorization = dict(scope["headers"])[b"authorization"].decode()
    user = fastapi.state.tokens.verify(authorization.removeprefix("Bearer "))
    if path.endswith("/me"):
        account = await pool.fetchrow(_ACCOUNT, user.user_id)
        await _answer(send, 200, dict(account))
    elif method == "POST":
        given = orjson.loads(await _body(receive))
        task_id = new_id()
        row = await pool.fetchrow(_CREATE, task_id, user.user_id, given["title"], str(task_id))
        await _answer(send, 201, _task(row))
    elif path.endswith("/tasks"):
        rows = await pool.fetch(_PAGE, user.user_id, 21)
        await _answer(send, 200, {"items": [_task(row) for row in rows[:20]], "next_cursor": None})
    else:
        task_id = UUID(path.rpartition("/")[2])
        if method == "GET":
            row = await pool.fetchrow(_ONE, task_id, user.user_id)
        else:
            given = orjson.loads(await _body(receive))
            row = await pool.fetchrow(_CHANGE, task_id, user.user_id, given["title"])
        await _answer(send, 200, _task(row))


def _task(row: Any) -> dict[str, Any]:
    return dict(zip(_NAMES, row, strict=True))


async def _body(receive: Any) -> bytes:
    body: bytes = b""
    while True:
        message = await receive()
        body += message["body"]
        if not message.get("more_body"):
            return body


async def _answer(send: Any, status: int, content: Any) -> None:
    body = orjson.dumps(content, default=str, option=orjson.OPT_UTC_Z)
    headers = [*_JSON, (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
