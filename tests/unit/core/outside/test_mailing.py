"""A mail server that does not answer is left alone; one that refuses a mail is not."""

import pytest

from BE.core.mail import Mail, MailServerError, UnsafeAddress
from BE.core.outside.answers import CircuitOpen
from BE.core.outside.mailing import CarefulMailer
from BE.core.types import new_id
from tests.support.calls import CountedCalls

MAIL = Mail(id=new_id(), to="ada@example.com", subject="Hello", text="Hello", html="Hello")


class Mailbox:
    def __init__(self, error: Exception | None) -> None:
        self.error = error
        self.sent = 0

    async def send(self, mail: Mail) -> None:
        self.sent += 1
        if self.error is not None:
            raise self.error

    async def examine(self) -> str:
        return "It is well."


@pytest.mark.parametrize("error", [MailServerError("no"), ConnectionResetError(), TimeoutError()])
async def test_a_server_that_is_away_is_asked_five_times(error: Exception) -> None:
    mailbox, counted = Mailbox(error), CountedCalls()
    mailer = CarefulMailer(mailbox, counted)

    for _ in range(5):
        with pytest.raises(type(error)):
            await mailer.send(MAIL)
    with pytest.raises(CircuitOpen):
        await mailer.send(MAIL)

    assert mailbox.sent == 5
    assert counted.outcomes == {("mail", "failed"): 5, ("mail", "skipped"): 1}
    assert counted.open == {"mail": 1}
    assert await mailer.examine() == "It is well."


async def test_mails_that_cannot_be_sent_stop_no_others() -> None:
    mailbox, counted = Mailbox(UnsafeAddress()), CountedCalls()
    mailer = CarefulMailer(mailbox, counted)
    for _ in range(6):
        with pytest.raises(UnsafeAddress):
            await mailer.send(MAIL)
    mailbox.error = None

    await mailer.send(MAIL)

    assert counted.outcomes["mail", "answered"] == 1
