"""The mails that were written as files, read again."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser, BytesParser
from pathlib import Path

_HEADERS = BytesHeaderParser(policy=policy.default)
_WHOLE = BytesParser(policy=policy.default)


@dataclass(frozen=True, slots=True)
class KeptMail:
    name: str
    to: str
    subject: str
    sent_at: datetime | None
    text: str
    """Empty in a list."""


class KeptMails:
    def __init__(self, directory: Path, smtp_url: str | None) -> None:
        self._directory = directory
        self.are_sent = smtp_url is not None
        """Whether mails leave through an SMTP server, so that none becomes a file."""

    async def newest(self, limit: int) -> list[KeptMail]:
        """The newest first; the names sort by time."""
        return await asyncio.to_thread(self._newest, limit)

    async def find(self, name: str) -> KeptMail | None:
        """The mail in the file of this name, which must equal an existing name."""
        return await asyncio.to_thread(self._find, name)

    def _newest(self, limit: int) -> list[KeptMail]:
        files = sorted(self._directory.glob("*.eml"), reverse=True)[:limit]
        mails = ((file, _parsed(file, _HEADERS.parsebytes)) for file in files)
        return [_kept(file, mail, text="") for file, mail in mails if mail is not None]

    def _find(self, name: str) -> KeptMail | None:
        for file in self._directory.glob("*.eml"):
            if file.name == name and (mail := _parsed(file, _WHOLE.parsebytes)) is not None:
                body = mail.get_body(("plain",))
                return _kept(file, mail, text=str(body.get_content()) if body else "")
        return None


def _parsed(file: Path, parse: Callable[[bytes], EmailMessage]) -> EmailMessage | None:
    """``None`` for a file that was removed meanwhile."""
    with suppress(FileNotFoundError):
        return parse(file.read_bytes())
    return None


def _kept(file: Path, mail: EmailMessage, *, text: str) -> KeptMail:
    return KeptMail(
        name=file.name,
        to=str(mail["To"] or ""),
        subject=str(mail["Subject"] or ""),
        sent_at=mail["Date"].datetime if mail["Date"] else None,
        text=text,
    )
