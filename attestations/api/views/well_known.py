"""What a verifier has to know of the registry beforehand (RFC 8615)."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_GET

from attestations.keyring import log_key
from attestations.models import AttesterKey
from attestations.services.log import log_size
from attestations.statement import rfc3339


@require_GET
def attesters(request: HttpRequest) -> JsonResponse:
    """Every address that signs or has signed for the registry, with its validity; times in UTC, null: still."""
    keys = AttesterKey.objects.order_by("-valid_from", "-pk")
    rows = [
        {
            "address": key.address,
            "valid_from": rfc3339(key.valid_from),
            "valid_until": rfc3339(key.valid_until) if key.valid_until else None,
        }
        for key in keys
    ]
    return JsonResponse({"scheme": "eip712", "attesters": rows})


@require_GET
def log(request: HttpRequest) -> JsonResponse:
    """The transparency log: its name, its key as signed notes write it, and its size now."""
    verifier = log_key().verifier
    return JsonResponse({"origin": verifier.name, "key": str(verifier), "size": log_size()})
