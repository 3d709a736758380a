"""Mail over TLS, to a real SMTP server with STARTTLS and a certificate of a private authority."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from BE.core.mail import Mail, MailServerError, SmtpMailer
from BE.core.types import new_id
from config import InvalidConfiguration, load_settings

SENDER = "Bounded <hello@example.com>"
MAIL = Mail(id=new_id(), to="ada@example.org", subject="s", text="t", html="<p>t</p>")


class Inbox:
    def __init__(self) -> None:
        self.was_encrypted: list[bool] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.was_encrypted.append(session.ssl is not None)
        return "250 OK"


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def ca(tmp_path: Path) -> Path:
    """The server's self-signed certificate, with its key beside it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (tmp_path / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    file = tmp_path / "ca.pem"
    file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return file


@pytest.fixture
async def relay(inbox: Inbox, ca: Path) -> AsyncIterator[int]:
    """The port of a server that offers STARTTLS."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(ca, ca.with_name("key.pem"))
    async with serving(lambda: SMTP(inbox, tls_context=context)) as port:
        yield port


@pytest.fixture
async def plain(inbox: Inbox) -> AsyncIterator[int]:
    """The port of a server that offers no TLS."""
    async with serving(lambda: SMTP(inbox)) as port:
        yield port


@asynccontextmanager
async def serving(protocol: Callable[[], SMTP]) -> AsyncIterator[int]:
    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


def mailer(port: int, query: str = "", scheme: str = "smtp") -> SmtpMailer:
    return SmtpMailer(f"{scheme}://127.0.0.1:{port}{query}", sender=SENDER)


@pytest.mark.parametrize("tls", ["", "tls=required&"])
async def test_a_private_authority_is_trusted_by_its_file(
    inbox: Inbox, relay: int, ca: Path, tls: str
) -> None:
    await mailer(relay, f"?{tls}ca={ca}").send(MAIL)

    assert inbox.was_encrypted == [True]


async def test_tls_can_be_turned_off(inbox: Inbox, relay: int) -> None:
    await mailer(relay, "?tls=off").send(MAIL)

    assert inbox.was_encrypted == [False]


async def test_an_untrusted_certificate_is_explained(relay: int) -> None:
    with pytest.raises(MailServerError, match=r"certificate that is not trusted here: add \?ca="):
        await mailer(relay).examine()


async def test_a_server_without_starttls_is_explained(inbox: Inbox, plain: int) -> None:
    with pytest.raises(MailServerError, match="offers no STARTTLS"):
        await mailer(plain, "?tls=required").send(MAIL)

    assert inbox.was_encrypted == []


async def test_a_port_that_does_not_begin_with_tls_is_explained(plain: int) -> None:
    with pytest.raises(MailServerError, match="does not begin with TLS: use smtp://"):
        await mailer(plain, scheme="smtps").examine()


async def test_an_unreachable_server_is_explained() -> None:
    with pytest.raises(MailServerError, match="does not let us in"):
        await mailer(1).examine()


@pytest.mark.parametrize(
    ("smtp_url", "fault"),
    [
        ("smtp://relay?tls=maybe", "neither off nor required"),
        ("smtp://relay?verify=no", "unknown option verify"),
        ("smtp://relay?required", "write ?tls=required"),
        ("smtps://relay?tls=off", "use smtp://"),
        ("smtp://user:canary@relay?tls=off", "in clear"),
        ("smtp://relay?ca=/is/not/there", "/is/not/there as ca, which cannot be read"),
        (f"smtp://relay?ca={__file__}", "holds no certificate"),
    ],
)
def test_an_invalid_url_is_refused(smtp_url: str, fault: str) -> None:
    with pytest.raises(InvalidConfiguration) as refused:
        load_settings(_env_file=None, smtp_url=smtp_url)

    assert "SMTP_URL: " in str(refused.value)
    assert fault in str(refused.value)
    assert "canary" not in str(refused.value)
