"""The little of Solidity's ABI encoding that is needed here. Pure. Source: the Contract ABI Specification."""


def word(number: int) -> bytes:
    """A number as a uint256. Raises OverflowError."""
    return number.to_bytes(32, "big")


def dynamic(data: bytes) -> bytes:
    """The tail of a string or of bytes: its length, then its bytes up to a multiple of 32."""
    return word(len(data)) + data + b"\0" * (-len(data) % 32)


def bytes32(digest: str) -> str:
    """A ``sha256:<hex>`` digest as a bytes32: ``0x`` and its hex."""
    return f"0x{digest.removeprefix('sha256:')}"
