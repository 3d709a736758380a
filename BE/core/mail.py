"""Mail: messages, and the two ways to send them."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTPUTF8, default
from email.utils import format_datetime, parseaddr
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Protocol
from urllib.parse import parse_qsl, unquote, urlsplit
from uuid import UUID

import aiosmtplib
from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator

from BE.core.emails import has_encoded_word
from BE.core.exceptions import PermanentFailure

_TIMEOUT = 20.0
_EXAMINATION_TIMEOUT = 5.0
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
        """Hand ``mail`` over for delivery. Raises when it was not accepted."""

    async def examine(self) -> str:
        """Say in one sentence where mails go. Raises when they could not be handed over."""


class MailServerError(Exception):
    """The SMTP server does not accept mails; the message says what to set."""


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

    ``smtps://`` uses TLS from the start; ``smtp://`` upgrades to it if the server offers that, and
    must if there is a password to protect, unless the server is this machine. ``?tls=required`` and
    ``?tls=off`` override that. ``?ca=FILE`` names the certificates to trust instead of the
    system's.
    """

    def __init__(self, url: str, *, sender: str) -> None:
        """Raises :class:`ValueError` where the parts of ``url`` do not fit together."""
        parts = urlsplit(url)
        options = _options(parts.query)
        self._sender = sender
        self._host = parts.hostname or ""
        self._port = parts.port or _PORTS[parts.scheme]
        self._username = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password) if parts.password else None
        self._tls = parts.scheme == "smtps"
        has_secret = self._username is not None and not _is_loopback(self._host)
        self._is_plain = options.get("tls") == "off"
        if self._is_plain and self._tls:
            raise ValueError("smtps:// is TLS: with tls=off use smtp://")
        if self._is_plain and has_secret:
            raise ValueError("tls=off would send the password to another machine in clear")
        self.requires_tls = self._tls or has_secret or options.get("tls") == "required"
        self._trust = None if self._is_plain else _trust(options.get("ca"))

    async def send(self, mail: Mail) -> None:
        message = compose(mail, self._sender)
        async with self._signed_in() as server:
            # by the envelope: the headers are for people
            await server.send_message(
                message,
                sender=parseaddr(self._sender)[1],
                recipients=[_recipient(mail.to).addr_spec],
            )

    async def examine(self) -> str:
        """Sign in and send nothing."""
        async with self._signed_in(wait=_EXAMINATION_TIMEOUT):
            return "The SMTP server lets us in."

    @asynccontextmanager
    async def _signed_in(self, *, wait: float = _TIMEOUT) -> AsyncIterator[aiosmtplib.SMTP]:
        """Raises :class:`MailServerError` where the server does not let us in.

        ``wait`` is in seconds, for each response.
        """
        start_tls = self.requires_tls or None  # None: if it is offered
        server = aiosmtplib.SMTP(
            hostname=self._host,
            port=self._port,
            username=self._username,
            password=self._password,
            use_tls=self._tls,
            start_tls=False if self._tls or self._is_plain else start_tls,
            tls_context=self._trust,
            timeout=wait,
        )
        try:
            await server.connect()
        except (aiosmtplib.SMTPException, OSError) as error:
            server.close()
            raise MailServerError(self._explain(error)) from error
        async with server:
            yield server

    def _explain(self, error: Exception) -> str:
        where = f"The SMTP server {self._host}:{self._port}"
        text = f"{error} {error.__cause__ or ''}"
        if "CERTIFICATE_VERIFY_FAILED" in text:
            return (
                f"{where} has a certificate that is not trusted here: add ?ca=FILE with the"
                " certificate of its authority to SMTP_URL, and name the server as it does"
            )
        if "WRONG_VERSION_NUMBER" in text or "record layer" in text:
            return f"{where} does not begin with TLS: use smtp:// in SMTP_URL"
        if isinstance(error, aiosmtplib.SMTPAuthenticationError):
            return f"{where} refuses the user and the password in SMTP_URL"
        if "STARTTLS" in text:
            return f"{where} offers no STARTTLS: only ?tls=off in SMTP_URL would send in clear"
        if isinstance(error, TimeoutError):
            return f"{where} does not answer in time: a port that begins with TLS needs smtps://"
        return f"{where} does not let us in: see to SMTP_URL"


def _options(query: str) -> dict[str, str]:
    try:
        options = dict(parse_qsl(query, strict_parsing=True)) if query else {}
    except ValueError:
        raise ValueError("has a query that is none: write ?tls=required&ca=FILE") from None
    for name in options.keys() - {"tls", "ca"}:
        raise ValueError(f"has an unknown option {name}: there are tls and ca")
    if options.get("tls", "off") not in {"off", "required"}:
        raise ValueError("has a tls that is neither off nor required")
    return options


def _trust(ca: str | None) -> ssl.SSLContext:
    """Trust the certificates in the file ``ca``; by default those of the system."""
    try:
        return ssl.create_default_context(cafile=ca)
    except ssl.SSLError:
        raise ValueError(f"names {ca} as ca, which holds no certificate in PEM") from None
    except OSError as error:
        raise ValueError(f"names {ca} as ca, which cannot be read ({error.strerror})") from None


def _check_smtp_options(smtp_url: str) -> str:
    SmtpMailer(smtp_url, sender="")
    return smtp_url


SmtpOptions = AfterValidator(_check_smtp_options)
"""Validates the query of an SMTP server's URL."""


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
