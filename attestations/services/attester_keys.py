"""Which key signs for the registry now, and which have ended."""

from django.utils import timezone

from attestations.models import AttesterKey


class RetiredKey(Exception):
    """This process signs with a key that another has replaced; it is to be started anew."""


def use_key(address: str) -> None:
    """Note that an address signs now. The first use of a new one ends the one before, which signs no more.

    In a transaction that holds the log (see ``lock_log``): a key is not ended while another signs with
    it. Raises RetiredKey.
    """
    known = AttesterKey.objects.filter(address=address).first()
    if known is None:
        now = timezone.now()
        AttesterKey.objects.filter(valid_until=None).update(valid_until=now)
        AttesterKey.objects.create(address=address, valid_from=now)
    elif known.valid_until is not None:
        raise RetiredKey(f"The attester key {address} was replaced; start this process with the new one.")
