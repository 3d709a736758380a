"""The networks under which an address is counted."""

import pytest

from BE.core.context import network_of, networks_of


@pytest.mark.parametrize(
    ("ip", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8::ffff:1", "2001:db8::/64"),
        ("2001:db8:0:1::1", "2001:db8:0:1::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("nonsense", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_an_ipv6_address_is_counted_by_its_network(ip: str | None, network: str) -> None:
    assert network_of(ip) == network


def test_wider_networks_have_larger_limits() -> None:
    assert networks_of("2001:db8:1:203::1") == (
        ("2001:db8:1:203::/64", 1),
        ("2001:db8:1:200::/56", 4),
        ("2001:db8:1::/48", 16),
    )


@pytest.mark.parametrize("ip", ["192.0.2.1", "::ffff:192.0.2.1", "nonsense", None])
def test_an_ipv4_address_is_counted_by_itself(ip: str | None) -> None:
    assert networks_of(ip) == ((network_of(ip), 1),)
