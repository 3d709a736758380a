"""Answers every failure in the one shape of errors, including those of the framework."""

import asyncio
import logging
import time
from http import HTTPStatus

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from BE.core.context import current_request
from BE.core.exceptions import MAX_DETAILS, DeadlineExceededError, DomainError, InternalError
from BE.core.http.connection import CLIENT_GONE, Connection
from BE.core.http.errors import ErrorAnswer
from BE.core.http.faults import detail_of
from BE.core.http.streaming import ResponseCutOff

log = structlog.get_logger(__name__)

_CODES = {
    400: "BAD_REQUEST",
    401: "UNAUTHORIZED",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    413: "PAYLOAD_TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE",
}
_REFUSALS = {HTTPStatus.UNAUTHORIZED, HTTPStatus.TOO_MANY_REQUESTS}


def install_error_handlers(app: FastAPI) -> None:
    """Answer errors raised inside a route; :class:`ErrorMiddleware` answers the rest."""
    for kind in (DomainError, HTTPException, RequestValidationError):
        app.add_exception_handler(kind, _handle)


class ErrorMiddleware:
    """Answers every error that is still raised; cuts off an answer that had begun."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, complete, sent, since = False, False, 0, time.perf_counter()

        async def counting_send(message: Message) -> None:
            nonlocal started, complete, sent
            started = True
            sent += len(message.get("body", b""))
            await send(message)
            complete = message["type"] == "http.response.body" and not message.get("more_body")

        connection, cause = Connection.of(scope), None
        try:
            await self._app(scope, receive, counting_send)
        except ClientDisconnect:
            log.info("client_disconnected")
        except (Exception, asyncio.CancelledError) as error:
            if started and not complete and connection is not None:
                connection.cut_off(_reason(error))
                cause = error.__cause__
                await connection.lost()
            elif started or isinstance(error, asyncio.CancelledError):
                raise
            else:
                await _answer(scope, error).to_response()(scope, receive, send)
        if connection is not None and connection.cut_off_for is not None:
            is_gone = connection.cut_off_for == CLIENT_GONE
            request = current_request()
            if is_gone and request is not None and request.events_sent is not None:
                return  # how a stream usually ends
            level = logging.INFO if is_gone else logging.WARNING
            log.log(
                level,
                "response_cut_off",
                reason=connection.cut_off_for,
                path=scope["path"],
                bytes=sent,
                duration_ms=round((time.perf_counter() - since) * 1000, 1),
                cause=cause and repr(cause),
            )


def _reason(error: BaseException) -> str:
    """Why an answer that had begun is cut off."""
    match error:
        case asyncio.CancelledError():
            return "stopping"
        case DeadlineExceededError():
            return "deadline"
        case ResponseCutOff():
            return "fault"
    log.error("unexpected_error", exc_info=error)
    return "fault"


def note_refusal(error: DomainError) -> None:
    """Have the access log name a caller who was refused with 401 or 429, and the address."""
    request = current_request()
    if request is not None and error.status in _REFUSALS:
        request.refused_as = error.code


async def _handle(request: Request, error: Exception) -> Response:
    return _answer(request.scope, error).to_response()


def _answer(scope: Scope, error: Exception) -> ErrorAnswer:
    match error:
        case DomainError():
            if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                cause = error.__cause__
                log.warning("request_failed", code=error.code, cause=cause and repr(cause))
            note_refusal(error)
            return ErrorAnswer.of(error)
        case RequestValidationError():
            details = [detail_of(fault) for fault in error.errors()[:MAX_DETAILS]]
            return ErrorAnswer(422, "VALIDATION_ERROR", "What was sent is not valid", details)
        case HTTPException():
            headers = dict(error.headers or {})
            if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
                headers["Allow"] = ", ".join(sorted(_allowed_methods(scope)))
            code = _CODES.get(error.status_code, "BAD_REQUEST")
            message = HTTPStatus(error.status_code).phrase.capitalize()
            return ErrorAnswer(error.status_code, code, message, headers=headers)
    log.error("unexpected_error", exc_info=error)
    return ErrorAnswer.of(InternalError())


def _allowed_methods(scope: Scope) -> set[str]:
    """Every method of the path; Starlette names only those of the first route."""
    methods: set[str] = set()
    for route in scope["app"].routes:
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            match, _ = route.matches({**scope, "method": method})
            if match is Match.FULL:
                methods.add(method)
    return methods | {"HEAD"} if "GET" in methods else methods
