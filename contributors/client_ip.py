"""Who is at the other end of the socket. Pure."""

from collections.abc import Iterable, Mapping
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address


def client_ip(meta: Mapping[str, str], trusted_proxies: Iterable[Network]) -> str:
    """The client's IP address: the socket's, unless a trusted proxy names another.

    ``X-Forwarded-For`` is read from its right end, past the trusted proxies: everything further left
    was written by the client itself. An IPv4 address mapped into IPv6 (``::ffff:192.0.2.1``, which a
    dual-stack socket gives) is that IPv4 address; a Unix socket is ``0.0.0.0``.
    """
    networks = tuple(trusted_proxies)
    socket_ip = _address(meta.get("REMOTE_ADDR", "")) or IPv4Address(0)
    if not _within(socket_ip, networks):
        return str(socket_ip)
    hops = [hop.strip() for hop in meta.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
    for hop in reversed(hops):
        address = _address(hop)
        if address is None:
            break
        if not _within(address, networks):
            return str(address)
    return str(socket_ip)


def client_network(ip: str) -> str:
    """What one client holds and is counted as: an IPv4 address, or the /64 around an IPv6 address."""
    address = _address(ip)
    if isinstance(address, IPv6Address):
        return str(IPv6Network((int(address), 64), strict=False))
    return str(address or ip)


def _address(text: str) -> Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _within(address: Address, networks: tuple[Network, ...]) -> bool:
    return any(address in network for network in networks)
