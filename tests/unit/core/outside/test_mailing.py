"""The mail circuit opens if the server does not answer, but not if it refuses a mail."""

import pytest

from BE.core.mail import Mail, MailServerError, UnsafeAddress
from BE.core.outside.answers import CircuitOpen
from BE.core.outside.mailing import CarefulMailer
from BE.core.types import new_id
from tests.support.calls import CountedCalls

MAIL = Mail(id=new_id(), to="ada@example.com", subject="Hello", text="Hello", html="Hello")


class FakeMailer:
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
async def test_an_unreachable_server_is_tried_five_times(error: Exception) -> None:
    fake, counted = FakeMailer(error), CountedCalls()
    mailer = CarefulMailer(fake, counted)

    for _ in range(5):
        with pytest.raises(type(error)):
            await mailer.send(MAIL)
    with pytest.raises(CircuitOpen):
        await mailer.send(MAIL)

    assert fake.sent == 5
    assert counted.outcomes == {("mail", "failed"): 5, ("mail", "skipped"): 1}
    assert counted.open == {"mail": 1}
    assert await mailer.examine() == "It is well."


async def test_refused_mails_do_not_stop_others() -> None:
    fake, counted = FakeMailer(UnsafeAddress()), CountedCalls()
    mailer = CarefulMailer(fake, counted)
    for _ in range(6):
        with pytest.raises(UnsafeAddress):
            await mailer.send(MAIL)
    fake.error = None

    await mailer.send(MAIL)

    assert counted.outcomes["mail", "answered"] == 1
