"""A client for addresses that users name calls only addresses on the public internet."""

import socket
from collections.abc import AsyncIterator

import pytest

from BE.core.outside.addresses import is_public
from BE.core.outside.answers import AddressRefused, CallFailed, NoAnswer
from BE.core.outside.client import Bounds, OutsideClient
from tests.support.calls import CountedCalls, calling, other_system

HOSTILE = [
    "127.0.0.1",
    "127.255.255.254",
    "127.1",
    "127.0.1",
    "0",
    "0.0.0.0",
    "0.1.2.3",
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "0x7F.1",
    "017700000001",
    "0177.0.0.1",
    "0177.0.0.01",
    "127.0.0.1.",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "①②⑦.⓪.⓪.①",
    "127。0。0。1",
    "10.0.0.1",
    "10.255.255.255",
    "0xa.0.0.1",
    "167772161",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.0.1",
    "0300.0250.0.1",
    "3232235521",
    "169.254.169.254",
    "2852039166",
    "0xa9fea9fe",
    "0251.0376.0251.0376",
    "169.254.43518",
    "100.64.0.1",
    "100.100.100.200",
    "100.127.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "168.63.129.16",
    "[::]",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::ffff:169.254.169.254]",
    "[::127.0.0.1]",
    "[::ffff:0:127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b::a9fe:a9fe]",
    "[64:ff9b:1::7f00:1]",
    "[2002:7f00:1::]",
    "[2001:0:7f00:1::]",
    "[2001:db8::1]",
    "[3fff::1]",
    "[fc00::1]",
    "[fd00:ec2::254]",
    "[fe80::1]",
    "[fe80::1%25lo]",
    "[fec0::1]",
    "[ff02::1]",
    "[100::1]",
    "[5f00::1]",
]

PUBLIC = [
    "8.8.8.8",
    "93.184.216.34",
    "100.63.255.255",
    "100.128.0.1",
    "172.15.255.255",
    "172.32.0.1",
    "192.167.255.255",
    "2001:4860:4860::8888",
    "2606:4700::1111",
    "64:ff9b::808:808",
]

ODD = [
    "",
    "/",
    "http://",
    "http:///x",
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_FLUSHALL",
    "http://[::1",
    "http://127.0.0.1:99999/",
    "http://exa mple.com/",
    "http://\n127.0.0.1/",
    "unix:///var/run/docker.sock",
]


@pytest.fixture
def counted() -> CountedCalls:
    return CountedCalls()


@pytest.fixture
async def client(counted: CountedCalls) -> AsyncIterator[OutsideClient]:
    async with calling(counted) as outside:
        yield outside.client("hooks", Bounds(attempts=1))


@pytest.mark.parametrize("host", HOSTILE)
async def test_no_spelling_of_an_internal_address_is_called(
    client: OutsideClient, counted: CountedCalls, host: str
) -> None:
    async with other_system() as inside:
        with pytest.raises((AddressRefused, NoAnswer, CallFailed)) as refused:
            await client.send("POST", f"http://{host}:{inside.port}/", content=b"{}")

    assert not inside.requests
    # a resolver that does not support the notation reports an unknown name
    notations = (AddressRefused, "its name has no address", "it has no address")
    assert refused.type is notations[0] or str(refused.value).startswith(notations[1:])
    assert sum(counted.outcomes.values()) == 1


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "10.0.0.1", "169.254.169.254"])
async def test_credentials_in_a_url_change_nothing(client: OutsideClient, host: str) -> None:
    with pytest.raises(AddressRefused):
        await client.get(f"http://8.8.8.8@{host}/")


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_may_be_called(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("url", ODD)
async def test_a_malformed_url_is_refused(client: OutsideClient, url: str) -> None:
    with pytest.raises(CallFailed):
        await client.get(url)


async def test_a_name_with_an_internal_address_is_refused(
    client: OutsideClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80))
        for address in ("93.184.216.34", "10.0.0.1")
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: both)

    with pytest.raises(AddressRefused):
        await client.get("http://mixed.example/")
