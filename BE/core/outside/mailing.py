"""Mails, sent by SMTP, under the rules of calls."""

import asyncio
from time import perf_counter

import aiosmtplib

from BE.core.mail import Mail, Mailer, MailServerError
from BE.core.outside.answers import CallFailed
from BE.core.outside.circuits import Circuits
from BE.core.outside.client import CallMetrics

_CLIENT = "mail"
_DEADLINE = 25.0  # seconds, fewer than a handler may take
_UNREACHABLE = (MailServerError, aiosmtplib.SMTPServerDisconnected, OSError)


class CarefulMailer:
    """Pauses calls to a server that does not answer, and counts the outcomes of mails.

    It retries nothing: the delivery of an event is attempted again, also by another process.
    """

    def __init__(self, mailer: Mailer, metrics: CallMetrics) -> None:
        self._mailer = mailer
        self._metrics = metrics
        self._circuit = Circuits(_CLIENT, _UNREACHABLE, metrics.open_circuits).of("the mail server")

    async def send(self, mail: Mail) -> None:
        """Also raises :class:`CircuitOpen`."""
        began, outcome = perf_counter(), "cancelled"
        try:
            with self._circuit.closed():
                async with asyncio.timeout(_DEADLINE):
                    await self._mailer.send(mail)
            outcome = "answered"
        except CallFailed as failure:
            outcome = failure.outcome
            raise
        except Exception:
            outcome = "failed"
            raise
        finally:
            self._metrics.outside_call(_CLIENT, outcome, perf_counter() - began)

    async def examine(self) -> str:
        return await self._mailer.examine()
