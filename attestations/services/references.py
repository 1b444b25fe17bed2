"""From a hash, as a caller writes it, to the attestation."""

import re

from attestations.models import Attestation
from contributors.exceptions import NotFound

_HASH = re.compile(r"0[xX][0-9a-fA-F]{64}", re.ASCII)


def find_attestation(text: str) -> Attestation:
    """Raises NotFound ``attestation_not_found``, also for what is no hash."""
    known = _HASH.fullmatch(text)
    found = Attestation.objects.for_bundle().filter(hash=text.lower()).first() if known else None
    if found is None:
        raise NotFound("No attestation has this hash; GET /api/attestations lists them.", code="attestation_not_found")
    return found
