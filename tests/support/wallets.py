"""Wallets that sign requests as the integration guide does."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from itertools import count

from eth_account import Account
from eth_account.messages import encode_defunct

_ticks = count()


def fresh_message() -> str:
    """A message of now that no other test signs: each call is a microsecond apart."""
    moment = datetime.now(UTC) + timedelta(microseconds=next(_ticks))
    return f"Hokusai API Access - {moment.replace(tzinfo=None).isoformat(timespec='microseconds')}"


@dataclass(frozen=True)
class Wallet:
    private_key: str

    @cached_property
    def account(self):
        return Account.from_key(self.private_key)

    @property
    def address(self) -> str:
        return self.account.address

    def sign(self, message: str) -> str:
        return self.account.sign_message(encode_defunct(text=message)).signature.hex()

    def headers(self, message: str | None = None) -> dict[str, str]:
        """The three X-ETH headers, for Django's test client (``headers=``) and for urllib alike."""
        message = message or fresh_message()
        return {"X-ETH-Address": self.address, "X-ETH-Message": message, "X-ETH-Signature": self.sign(message)}


ALICE = Wallet("0x" + "a1" * 32)
BOB = Wallet("0x" + "b2" * 32)
CAROL = Wallet("0x" + "c3" * 32)
