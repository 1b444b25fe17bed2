"""The text that a caller signs to use the API (EIP-191). Pure: the clock is an argument."""

import re
from datetime import UTC, datetime, timedelta

VALIDITY = timedelta(seconds=300)

# One regular expression decides what is a message: datetime.fromisoformat alone would also take week
# dates, bare dates and a comma before the fraction.
_MESSAGE = re.compile(
    r"Hokusai API Access - "
    r"(?P<time>\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?)"
    r"(?P<zone>Z|[+-]\d{2}:\d{2})?",
    re.ASCII,
)


class InvalidMessage(ValueError):
    """The signed text has another form, or its time lies outside the window."""


def message_time(message: str) -> datetime:
    """The UTC time stated in a message ``Hokusai API Access - YYYY-MM-DDTHH:MM:SS[.f][Z|±HH:MM]``.

    No zone means UTC. Raises InvalidMessage.
    """
    match = _MESSAGE.fullmatch(message)
    if match is None:
        raise InvalidMessage(
            "X-ETH-Message must read 'Hokusai API Access - ' and the current UTC time, such as "
            "'Hokusai API Access - 2026-01-31T12:00:00.000000'."
        )
    try:
        stated = datetime.fromisoformat(match["time"] + (match["zone"] or "Z"))
        return stated.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidMessage("The time in X-ETH-Message does not exist.") from error


def check_fresh(stated: datetime, now: datetime) -> None:
    """Raise InvalidMessage unless ``stated`` lies within 300 s of ``now``, both aware."""
    if stated < now - VALIDITY:
        raise InvalidMessage("The signed message is more than 300 seconds old; sign a new one.")
    if stated > now + VALIDITY:
        raise InvalidMessage("The signed message is more than 300 seconds ahead; check your clock.")
