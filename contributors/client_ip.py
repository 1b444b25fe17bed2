"""Who is at the other end of the socket. Pure."""

from collections.abc import Iterable, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_address

Network = IPv4Network | IPv6Network


def client_ip(meta: Mapping[str, str], trusted_proxies: Iterable[Network]) -> str:
    """The client's IP address: the socket's, unless a trusted proxy names another.

    ``X-Forwarded-For`` is read from its right end, past the trusted proxies: everything further left
    was written by the client itself.
    """
    networks = tuple(trusted_proxies)
    socket_ip = meta.get("REMOTE_ADDR") or "0.0.0.0"  # noqa: S104 - a WSGI server on a Unix socket
    if not networks or not _within(socket_ip, networks):
        return socket_ip
    hops = [hop.strip() for hop in meta.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
    for hop in reversed(hops):
        if not _is_ip(hop):
            return socket_ip
        if not _within(hop, networks):
            return hop
    return socket_ip


def _is_ip(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _within(text: str, networks: tuple[Network, ...]) -> bool:
    return _is_ip(text) and any(ip_address(text) in network for network in networks)
