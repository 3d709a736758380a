"""Mails, read from the files to which the application writes them."""

import asyncio
import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from functools import cache
from glob import glob
from pathlib import Path

_PATIENCE = 120.0
_HEADERS = BytesHeaderParser(policy=policy.default)


class Mailbox:
    """The mails to one address, in the order in which they were sent."""

    def __init__(self, directory: Path, address: str) -> None:
        self._directory = directory
        self.address = address
        self._read = 0

    async def next(self) -> EmailMessage:
        """Wait for the mail after the last one that was read."""
        async with asyncio.timeout(_PATIENCE):
            while len(self.mails()) <= self._read:  # noqa: ASYNC110 - files notify nobody
                await asyncio.sleep(0.01)
        self._read += 1
        return self.mails()[self._read - 1]

    async def next_token(self, subject: str | None = None) -> str:
        """The token of the next mail, or of the next about ``subject``."""
        return token_of(await (self.next() if subject is None else self.about(subject)))

    async def about(self, subject: str) -> EmailMessage:
        """Wait for the next mail about ``subject``; those before it count as read."""
        mail = await self.next()
        while mail["Subject"] != subject:
            mail = await self.next()
        return mail

    def skip(self) -> None:
        """Count all mails so far as read."""
        self._read = len(self.mails())

    def mails(self) -> list[EmailMessage]:
        return mails_to(self.address, self._directory)


def mails_to(address: str, directory: Path) -> list[EmailMessage]:
    """The mails to ``address``, in the order in which they were sent."""
    names = sorted(glob("*.eml", root_dir=directory))  # noqa: PTH207 - twice as quick
    return [_parse(directory, name) for name in names if _recipient(directory, name) == address]


# Cached, because waiting tests poll in the loop of the application that is to send: a test run
# leaves thousands of files, and their contents do not change.
@cache
def _recipient(directory: Path, name: str) -> str:
    return str(_HEADERS.parsebytes((directory / name).read_bytes())["To"])


@cache
def _parse(directory: Path, name: str) -> EmailMessage:
    return message_from_bytes((directory / name).read_bytes(), policy=policy.default)


def token_of(mail: EmailMessage) -> str:
    found = re.search(r"[?]token=([A-Za-z0-9_-]+)", text_of(mail))
    assert found
    return found.group(1)


def text_of(mail: EmailMessage, kind: str = "plain") -> str:
    body = mail.get_body((kind,))
    assert body is not None
    return str(body.get_content())
