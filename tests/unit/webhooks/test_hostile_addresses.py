"""Internal addresses, in any notation, are not called."""

import pytest

from BE.core.outside.answers import CallFailed
from BE.modules.webhooks.service.deliveries import client_of
from tests.support.calls import calling
from tests.support.webhooks.receiver import receiving

HOSTILE = (
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "127.255.255.254",
    "0.0.0.0",
    "0",
    "00",
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "0x7f.1",
    "0177.0.0.1",
    "0177.0.0.01",
    "017700000001",
    "127.0.0.1.",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "１２７.0.0.1",
    "①②⑦.0.0.1",
    "127。0。0。1",
    "[::1]",
    "[::]",
    "[0:0:0:0:0:0:0:1]",
    "[::127.0.0.1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::ffff:0:127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b::169.254.169.254]",
    "[64:ff9b:1::7f00:1]",
    "[2002:7f00:1::]",
    "[2002:a9fe:a9fe::]",
    "[2001:0:7f00:1::]",
    "[2001:db8::1]",
    "[fe80::1]",
    "[fe80::1%25lo]",
    "[fec0::1]",
    "[fc00::1]",
    "[fd00:ec2::254]",
    "[fd00::1]",
    "[ff02::1]",
    "[100::1]",
    "[3fff::1]",
    "169.254.169.254",
    "169.254.169.254.",
    "0xa9fea9fe",
    "2852039166",
    "0251.0376.0251.0376",
    "169.16689662",
    "[::ffff:169.254.169.254]",
    "[::ffff:a9fe:a9fe]",
    "168.63.129.16",
    "100.100.100.200",
    "192.0.0.192",
    "10.0.0.1",
    "10.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.0.1",
    "192.168.257",
    "100.64.0.1",
    "198.18.0.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
)


def test_there_are_at_least_sixty() -> None:
    assert len(set(HOSTILE)) >= 60


@pytest.mark.parametrize("host", HOSTILE)
async def test_a_hostile_address_is_not_called(host: str) -> None:
    async with calling() as outside, receiving() as inside:
        client = client_of(outside, allows_private=False)
        with pytest.raises(CallFailed):
            await client.send("POST", f"http://{host}:{inside.port}/hook", content=b"{}")

    assert inside.deliveries == []


async def test_a_private_address_is_called_if_allowed() -> None:
    """This shows that the addresses above were refused as such."""
    async with calling() as outside, receiving() as inside:
        client = client_of(outside, allows_private=True)
        await client.send("POST", inside.url, content=b"{}")

    assert len(inside.deliveries) == 1
