"""The links that a server mails."""

from tests.support.mailbox import mails_to, text_of, token_of
from tests.support.people import Person
from tests.support.processes.server import Server, wait_for


def link_to(application: Server, address: str, path: str) -> str:
    """The path and token of the newest link to ``path`` in a mail to ``address``."""
    return f"{path}?token={tokens_to(application, address, path, count=1)[-1]}"


def verify_email(application: Server, person: Person) -> None:
    """Verify the email as the link in the mail to ``person`` does."""
    [token, *_] = tokens_to(application, person.email, "/verify-email", count=1)
    person.api.post("/auth/email/verify", json={"token": token}).raise_for_status()


def tokens_to(application: Server, address: str, path: str, count: int) -> list[str]:
    """The tokens of the links, as soon as there are ``count``."""
    directory = application.data_dir / "mail"
    found: list[str] = []

    def have_arrived() -> bool:
        mails = mails_to(address, directory)
        found[:] = [token_of(mail) for mail in mails if path in text_of(mail)]
        return len(found) >= count

    wait_for(have_arrived, f"{count} mails to {address}")
    return found
