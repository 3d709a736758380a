"""Mail: what is sent, and the two ways it leaves."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTPUTF8, default
from email.utils import format_datetime, parseaddr
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Protocol
from urllib.parse import unquote, urlsplit
from uuid import UUID

import aiosmtplib
from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator

from BE.core.emails import has_encoded_word
from BE.core.exceptions import PermanentFailure

_TIMEOUT = 20.0
_PORTS = {"smtp": 25, "smtps": 465}


def _check(sender: str) -> str:
    if "@" not in parseaddr(sender)[1] or "\r" in sender or "\n" in sender:
        raise ValueError("must be an address, such as Example <hello@example.com>")
    return sender


Sender = Annotated[str, AfterValidator(_check)]
"""An address, with or without a name."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A message to one mailbox. Two with the same ``id`` are the same message sent twice."""

    id: UUID
    to: str
    subject: str
    text: str
    html: str


class Mailer(Protocol):
    async def send(self, mail: Mail) -> None:
        """Hand ``mail`` over for delivery. Raises when it was not taken."""

    async def examine(self) -> str:
        """Say in one sentence where mails go. Raises when they could not be handed over."""


class UnsafeAddress(PermanentFailure):
    def __init__(self) -> None:
        super().__init__("the address would be read as another, or as several: no mail is sent")


def mailer(smtp_url: str | None, directory: Path, *, sender: str) -> Mailer:
    """Sends to an SMTP server; without one, mails become files in ``directory``."""
    if smtp_url:
        return SmtpMailer(smtp_url, sender=sender)
    return FileMailer(directory, sender=sender)


class SmtpMailer:
    """Sends through an SMTP server.

    ``smtps://`` speaks TLS from the start; ``smtp://`` changes to it where the server offers
    that, and must when there is a password to protect, unless the server is this machine.
    """

    def __init__(self, url: str, *, sender: str) -> None:
        parts = urlsplit(url)
        self._sender = sender
        self._host = parts.hostname or ""
        self._port = parts.port or _PORTS[parts.scheme]
        self._username = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password) if parts.password else None
        self._tls = parts.scheme == "smtps"
        has_secret = self._username is not None and not _is_loopback(self._host)
        self.requires_tls = self._tls or has_secret

    async def send(self, mail: Mail) -> None:
        message = compose(mail, self._sender)
        async with self._signed_in() as server:
            # by the envelope: what headers say is for people
            await server.send_message(
                message,
                sender=parseaddr(self._sender)[1],
                recipients=[_recipient(mail.to).addr_spec],
            )

    async def examine(self) -> str:
        """Sign in and send nothing."""
        async with self._signed_in():
            return "The SMTP server lets us in."

    def _signed_in(self) -> aiosmtplib.SMTP:
        return aiosmtplib.SMTP(
            hostname=self._host,
            port=self._port,
            username=self._username,
            password=self._password,
            use_tls=self._tls,
            start_tls=False if self._tls else self.requires_tls or None,  # None: if it is offered
            timeout=_TIMEOUT,
        )


class FileMailer:
    """Writes each message as an ``.eml`` file (RFC 5322), whose names sort by time."""

    def __init__(self, directory: Path, *, sender: str) -> None:
        self._directory = directory
        self._sender = sender

    async def send(self, mail: Mail) -> None:
        await asyncio.to_thread(self._write, mail)

    async def examine(self) -> str:
        return f"It becomes files in {self._directory}."

    def _write(self, mail: Mail) -> None:
        message = compose(mail, self._sender).as_bytes()
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        written = self._directory / f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-{mail.id}.eml"
        draft = written.with_suffix(".tmp")
        draft.touch(mode=0o600)  # the links in it open accounts
        draft.write_bytes(message)
        draft.rename(written)  # a reader never sees half of it


def compose(mail: Mail, sender: str) -> EmailMessage:
    """Build the message.

    Raises :class:`UnsafeAddress` where ``To`` would not be read as the address that it holds, and
    :class:`ValueError` for a line break in another header.
    """
    recipient = _recipient(mail.to)
    message = EmailMessage(policy=default if recipient.username.isascii() else SMTPUTF8)
    message["From"] = sender
    message["To"] = recipient
    if message["To"].addresses != (recipient,):
        raise UnsafeAddress
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = f"<{mail.id}@{parseaddr(sender)[1].rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office replies
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    return message


def _recipient(address: str) -> Address:
    """``address`` with its domain in ASCII, which every mail server takes."""
    try:
        parts = validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        raise UnsafeAddress from None
    if has_encoded_word(parts.local_part):
        raise UnsafeAddress
    return Address(username=parts.local_part, domain=parts.ascii_domain)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
