"""Sending mail to a real SMTP server in this process."""

import asyncio
from collections.abc import AsyncIterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope

from BE.core.mail import FileMailer, Mail, SmtpMailer, UnsafeAddress, compose
from BE.core.types import new_id

SENDER = "Bounded <hello@example.com>"


def new_mail(**changes: Any) -> Mail:
    fields = {"to": "ada@example.org", "subject": "Grüße", "text": "plain ✓\n", "html": "<p>✓</p>"}
    return Mail(id=new_id(), **(fields | changes))


class Inbox:
    """Receives mails; ``answer`` is its reply to a message."""

    def __init__(self) -> None:
        self.answer = "250 OK"
        self.messages: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.signed_in_as: list[bytes] = []

    async def handle_DATA(self, *_: Any) -> str:  # noqa: N802 - the library's name
        envelope: Envelope = _[-1]
        assert isinstance(envelope.content, bytes)
        self.recipients += envelope.rcpt_tos
        self.messages.append(message_from_bytes(envelope.content, policy=policy.default))
        return self.answer

    def authenticate(self, *given: Any) -> AuthResult:
        self.signed_in_as.append(given[-1].login)
        return AuthResult(success=True)


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
async def port(inbox: Inbox) -> AsyncIterator[int]:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(
            inbox,
            loop=loop,
            authenticator=inbox.authenticate,
            auth_require_tls=False,
            enable_SMTPUTF8=True,
        ),
        "127.0.0.1",
        0,
    )
    async with server:
        yield server.sockets[0].getsockname()[1]


async def test_a_mail_is_sent_to_the_server(inbox: Inbox, port: int) -> None:
    mail = new_mail()

    await SmtpMailer(f"smtp://127.0.0.1:{port}", sender=SENDER).send(mail)

    (message,) = inbox.messages
    assert (message["From"], message["To"], message["Subject"]) == (
        SENDER,
        "ada@example.org",
        "Grüße",
    )
    assert message["Message-ID"] == f"<{mail.id}@example.com>"
    assert [part.get_content_type() for part in message.iter_parts()] == [
        "text/plain",
        "text/html",
    ]


async def test_the_mailer_signs_in_with_the_credentials_of_the_url(inbox: Inbox, port: int) -> None:
    await SmtpMailer(f"smtp://us%40er:p%2Fw@127.0.0.1:{port}", sender=SENDER).send(new_mail())

    assert inbox.signed_in_as == [b"us@er"]
    assert len(inbox.messages) == 1


async def test_a_mail_that_the_server_refuses_is_an_error(inbox: Inbox, port: int) -> None:
    inbox.answer = "451 try again later"

    with pytest.raises(Exception, match="451"):
        await SmtpMailer(f"smtp://127.0.0.1:{port}", sender=SENDER).send(new_mail())


async def test_a_password_leaves_this_machine_only_over_tls() -> None:
    assert SmtpMailer("smtp://user:pw@mail.example.com", sender=SENDER).requires_tls
    assert SmtpMailer("smtps://user:pw@mail.example.com", sender=SENDER).requires_tls
    assert not SmtpMailer("smtp://mail.example.com", sender=SENDER).requires_tls
    assert not SmtpMailer("smtp://user:pw@localhost", sender=SENDER).requires_tls


async def test_nothing_is_sent_if_required_tls_is_not_offered(
    inbox: Inbox, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailer = SmtpMailer(f"smtp://user:pw@127.0.0.1:{port}", sender=SENDER)
    monkeypatch.setattr(mailer, "requires_tls", True)

    with pytest.raises(Exception, match="STARTTLS"):
        await mailer.send(new_mail())

    assert not inbox.signed_in_as
    assert not inbox.messages


def test_a_header_cannot_be_injected() -> None:
    with pytest.raises(ValueError, match="linefeed"):
        compose(new_mail(subject="Hello\r\nBcc: everybody@example.org"), SENDER)


@pytest.mark.parametrize(
    "address",
    [
        "=?utf-8?q?=76ictim?=@example.com",
        "=?utf-8?q?attacker=40evil.com=2C?=@example.com",
        "=?UTF-8?B?dmljdGlt?=@example.com",
        "a@example.org\r\nBcc: everybody@example.org",
        "a@example.org, b@example.org",
        "a,b@example.org",
        "a;b@example.org",
        "Ada <a@example.org>",
        '"a"@example.org',
        "a@b@example.org",
        "a b@example.org",
    ],
)
async def test_an_ambiguous_address_is_refused(inbox: Inbox, port: int, address: str) -> None:
    with pytest.raises(UnsafeAddress):
        await SmtpMailer(f"smtp://127.0.0.1:{port}", sender=SENDER).send(new_mail(to=address))

    assert inbox.recipients == []


@pytest.mark.parametrize(
    ("address", "recipient"),
    [
        ("ada@example.org", "ada@example.org"),
        ("Ada+x=y?z@example.org", "Ada+x=y?z@example.org"),
        ("a%b!c@example.org", "a%b!c@example.org"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@straße.example", "ada@xn--strae-oqa.example"),
    ],
)
async def test_a_mail_goes_to_exactly_its_address(
    inbox: Inbox, port: int, address: str, recipient: str
) -> None:
    await SmtpMailer(f"smtp://127.0.0.1:{port}", sender=SENDER).send(new_mail(to=address))

    assert inbox.recipients == [recipient]
    (message,) = inbox.messages
    assert [address.addr_spec for address in message["To"].addresses] == [recipient]


async def test_an_older_account_with_a_unicode_local_part_is_reached(
    inbox: Inbox, port: int
) -> None:
    await SmtpMailer(f"smtp://127.0.0.1:{port}", sender=SENDER).send(
        new_mail(to="josé@example.org")
    )

    assert inbox.recipients == ["josé@example.org"]


async def test_files_sort_by_time_of_sending(tmp_path: Path) -> None:
    mailer = FileMailer(tmp_path / "mail", sender=SENDER)
    for number in range(5):
        await mailer.send(new_mail(subject=str(number)))

    files = sorted((tmp_path / "mail").iterdir())
    subjects = [message_from_bytes(file.read_bytes())["Subject"] for file in files]
    assert subjects == ["0", "1", "2", "3", "4"]
    assert {file.suffix for file in files} == {".eml"}
