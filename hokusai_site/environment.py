"""Readers for the environment: a value that makes no sense stops the start, with a sentence."""

import os
import re
from ipaddress import ip_network
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

from contributors.client_ip import Network
from contributors.ethereum import InvalidAddress, checksum_address
from contributors.key_files import kept_secret

env = environ.Env()

#: Every setting of the registry's own; docs/settings.md lists them (a test holds the two together).
HOKUSAI_SETTINGS = frozenset(
    {
        "HOKUSAI_ALLOWED_HOSTS",
        "HOKUSAI_ATTESTER_KEY",
        "HOKUSAI_ATTESTER_KEY_FILE",
        "HOKUSAI_CHAIN_ID",
        "HOKUSAI_COMMITMENT_SECRET_FILE",
        "HOKUSAI_DATA_DIR",
        "HOKUSAI_DELTA_VERIFIER_ADDRESS",
        "HOKUSAI_DOMAIN_NAME",
        "HOKUSAI_DOMAIN_VERSION",
        "HOKUSAI_EAS_ADDRESS",
        "HOKUSAI_EAS_VERSION",
        "HOKUSAI_ENV",
        "HOKUSAI_FAILED_AUTH_LIMIT",
        "HOKUSAI_IP_RATE_LIMIT",
        "HOKUSAI_LEASE_SECONDS",
        "HOKUSAI_LOG_KEY_FILE",
        "HOKUSAI_LOG_LEVEL",
        "HOKUSAI_LOG_ORIGIN",
        "HOKUSAI_MAX_ARTIFACT_BYTES",
        "HOKUSAI_MAX_ARTIFACT_FILES",
        "HOKUSAI_MAX_BODY_BYTES",
        "HOKUSAI_PUBLIC_READ",
        "HOKUSAI_RATE_LIMIT",
        "HOKUSAI_REPULL_SECONDS",
        "HOKUSAI_SECRET_KEY",
        "HOKUSAI_SWEEP_SECONDS",
        "HOKUSAI_TRUSTED_PROXIES",
    }
)


def refuse_unknown_settings() -> None:
    """A misspelt setting must not silently leave its default in force."""
    unknown = sorted(name for name in os.environ if name.startswith("HOKUSAI_") and name not in HOKUSAI_SETTINGS)
    if unknown:
        raise ImproperlyConfigured(f"Unknown settings: {', '.join(unknown)}. docs/settings.md lists all.")


def positive_int(name: str, default: int) -> int:
    text = os.environ.get(name, str(default))
    if not text.isdecimal() or int(text) < 1:
        raise ImproperlyConfigured(f"{name} must be a whole number of 1 or more, not {text!r}.")
    return int(text)


def flag(name: str, *, default: bool) -> bool:
    text = os.environ.get(name, "1" if default else "0")
    if text not in ("0", "1"):
        raise ImproperlyConfigured(f"{name} must be 0 or 1, not {text!r}.")
    return text == "1"


def choice(name: str, options: tuple[str, ...]) -> str:
    text = os.environ.get(name, options[0])
    if text not in options:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(options)}, not {text!r}.")
    return text


def networks(name: str) -> tuple[Network, ...]:
    try:
        return tuple(ip_network(text.strip()) for text in os.environ.get(name, "").split(",") if text.strip())
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be IP networks separated by commas: {error}.") from error


def private_key(name: str) -> str:
    """32 bytes in hex, or nothing. The value itself is never told: it is a secret."""
    text = os.environ.get(name, "").removeprefix("0x")
    if text and not re.fullmatch(r"[0-9a-fA-F]{64}", text):
        raise ImproperlyConfigured(f"{name} must be 32 bytes in hex.")
    return text


def contract_address(name: str) -> str:
    """The EIP-55 address of a contract, or nothing."""
    text = os.environ.get(name, "")
    try:
        address = checksum_address(text) if text else ""
    except InvalidAddress as error:
        raise ImproperlyConfigured(f"{name} must be the address of a contract: {error}") from error
    if address and not int(address, 16):
        raise ImproperlyConfigured(f"{name} must be the address of a contract, and not the zero address.")
    return address


def log_origin(name: str, default: str) -> str:
    """A log's name in its checkpoints (C2SP tlog-checkpoint): a URL without its scheme."""
    text = os.environ.get(name, default)
    if not re.fullmatch(r"[!-*,-~]+", text) or "://" in text:
        raise ImproperlyConfigured(
            f"{name} must be a URL without scheme, spaces and '+', such as registry.example/log."
        )
    return text


def secret_key(data_dir: Path, *, production: bool) -> str:
    """The Django secret: given in production; elsewhere made once and kept in the data directory."""
    given = os.environ.get("HOKUSAI_SECRET_KEY", "")
    if given:
        return given
    if production:
        raise ImproperlyConfigured("HOKUSAI_SECRET_KEY is not set; production needs one of its own.")
    return kept_secret(data_dir / "keys" / "django_secret")
