"""contributors/client_ip.py: who is at the other end of the socket."""

from ipaddress import ip_network

import pytest

from contributors.client_ip import client_ip, client_network

PROXIES = (ip_network("10.0.0.0/8"), ip_network("2001:db8:ffff::/48"))


def seen(socket: str, forwarded: str | None = None, proxies=PROXIES) -> str:
    meta = {"REMOTE_ADDR": socket}
    if forwarded is not None:
        meta["HTTP_X_FORWARDED_FOR"] = forwarded
    return client_ip(meta, proxies)


def test_it_works():
    assert seen("10.0.0.1", "192.0.2.7") == "192.0.2.7"


@pytest.mark.parametrize(
    ("socket", "forwarded", "expected"),
    [
        # A trusted proxy, and what it says.
        ("10.0.0.1", "192.0.2.7", "192.0.2.7"),
        ("10.0.0.1", " 192.0.2.7 ", "192.0.2.7"),
        ("10.0.0.1", "2001:db8::1", "2001:db8::1"),
        ("2001:db8:ffff::1", "192.0.2.7", "192.0.2.7"),
        # Two trusted proxies in a row.
        ("10.0.0.1", "192.0.2.7, 10.0.0.2", "192.0.2.7"),
        # Its client wrote the left part.
        ("10.0.0.1", "1.1.1.1, 192.0.2.7", "192.0.2.7"),
        ("10.0.0.1", "1.1.1.1, 192.0.2.7, 10.0.0.2", "192.0.2.7"),
        ("10.0.0.1", "10.0.0.9, 192.0.2.7", "192.0.2.7"),
        ("10.0.0.1", "junk, 192.0.2.7", "192.0.2.7"),
        # Nothing usable: the proxy itself.
        ("10.0.0.1", None, "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", " , ,", "10.0.0.1"),
        ("10.0.0.1", "unknown", "10.0.0.1"),
        ("10.0.0.1", "192.0.2.7, unknown", "10.0.0.1"),
        ("10.0.0.1", "192.0.2.7:4711", "10.0.0.1"),
        ("10.0.0.1", "10.0.0.2, 10.0.0.3", "10.0.0.1"),
        # A stranger's X-Forwarded-For.
        ("192.0.2.7", "1.1.1.1", "192.0.2.7"),
        ("192.0.2.7", "10.0.0.1", "192.0.2.7"),
        ("2001:db8::7", "1.1.1.1", "2001:db8::7"),
        # An IPv4 address on a dual-stack socket, or written so by a proxy.
        ("::ffff:10.0.0.1", "192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", None, "192.0.2.7"),
        ("10.0.0.1", "::ffff:192.0.2.7", "192.0.2.7"),
        # A Unix socket.
        ("", "1.1.1.1", "0.0.0.0"),
        ("unix:", "1.1.1.1", "0.0.0.0"),
    ],
)
def test_behind_trusted_proxies(socket, forwarded, expected):
    assert seen(socket, forwarded) == expected


@pytest.mark.parametrize("forwarded", ["1.1.1.1", "1.1.1.1, 10.0.0.1", "::1"])
def test_without_trusted_proxies_the_socket_counts(forwarded):
    assert seen("10.0.0.1", forwarded, proxies=()) == "10.0.0.1"


def test_a_unix_socket_can_be_trusted():
    assert seen("", "192.0.2.7", proxies=(ip_network("0.0.0.0/32"),)) == "192.0.2.7"


@pytest.mark.parametrize(
    ("ip", "expected"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("0.0.0.0", "0.0.0.0"),
    ],
)
def test_one_client_is_counted_as(ip, expected):
    """A host with IPv6 has 2^64 addresses to itself; counting each would count nothing."""
    assert client_network(ip) == expected
