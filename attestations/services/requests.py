"""Ask for an attestation, and wait a little for it. For the web process."""

import threading
import time
from typing import Any

from django.db import IntegrityError, transaction

from attestations.models import Attestation, AttestationRequest
from attestations.services.refusals import check_attestable, refusal_as_error
from attestations.statement import ATTESTATION_TYPE
from contributors.caller import Caller
from contributors.exceptions import Forbidden, InvalidInput, NotFound, Unprocessable
from registry.models import ModelVersion
from registry.queue import enqueue
from registry.services.references import resolve

WAIT_SECONDS = 10.0
_POLL_SECONDS = 0.05

#: Well below the threads of a web process: waiting must never starve the rest of the API.
_waiters = threading.BoundedSemaphore(3)


def request_attestation(
    *,
    caller: Caller,
    candidate: ModelVersion,
    baseline_reference: str | None,
    attestation_type: str,
    client_metadata: dict[str, Any],
) -> tuple[AttestationRequest, bool]:
    """Queue an attestation, or join the request for the same that is queued; gives whether it is new.

    Raises Forbidden, InvalidInput, Unprocessable (``no_baseline``, ``baseline_not_found``) and what
    check_attestable raises.
    """
    _check_requester(caller, candidate)
    if attestation_type != ATTESTATION_TYPE:
        raise InvalidInput.field("attestation_type", f"The one type so far is {ATTESTATION_TYPE}.")
    baseline = _baseline(candidate, baseline_reference)
    check_attestable(candidate, baseline)
    same = AttestationRequest.objects.filter(
        candidate=candidate,
        baseline=baseline,
        attestation_type=attestation_type,
        state=AttestationRequest.State.QUEUED,
    )
    while True:
        try:
            with transaction.atomic():
                request = AttestationRequest.objects.create(
                    candidate=candidate,
                    baseline=baseline,
                    attestation_type=attestation_type,
                    requested_by=caller.address,
                    client_metadata=client_metadata,
                )
                enqueue("attestations.build", str(request.pk))
                return request, True
        except IntegrityError:
            # The queued one may be done by now; then ours can be queued after all.
            queued = same.first()
            if queued is not None:
                return queued, False


def wait_for(request: AttestationRequest) -> AttestationRequest:
    """The request as it is when it is decided, or after 10 s; at once where too many wait already."""
    if not _waiters.acquire(blocking=False):
        return request
    try:
        deadline = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < deadline:
            request.refresh_from_db()
            if request.state != AttestationRequest.State.QUEUED:
                break
            time.sleep(_POLL_SECONDS)
        return request
    finally:
        _waiters.release()


def outcome(request: AttestationRequest) -> Attestation | None:
    """The attestation, or None while it is queued. Raises the refusal as the error it was."""
    if request.state == AttestationRequest.State.REFUSED:
        raise refusal_as_error(request.refusal_code, request.detail)
    if request.attestation_id is None:
        return None
    return Attestation.objects.for_bundle().get(pk=request.attestation_id)


def _check_requester(caller: Caller, candidate: ModelVersion) -> None:
    if candidate.registered_model.is_managed_by(caller) or caller.address in candidate.contributor_addresses:
        return
    raise Forbidden(
        f"Only the owner, a maintainer or a contributor of {candidate.model_id} asks for its attestation.",
        code="not_owner",
    )


def _baseline(candidate: ModelVersion, reference: str | None) -> ModelVersion:
    if reference is not None:
        try:
            return resolve(reference, field="baseline_model_id")
        except NotFound as error:
            raise Unprocessable(f"The baseline {reference!r} is not registered.", code="baseline_not_found") from error
    if candidate.baseline_id is None:
        raise Unprocessable(
            f"{candidate.model_id} was registered without a baseline; name one of its ancestors.",
            code="no_baseline",
        )
    return ModelVersion.objects.for_detail().get(pk=candidate.baseline_id)
