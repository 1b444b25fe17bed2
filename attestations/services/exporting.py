"""An attestation in the formats of others, where it still holds and all that the format needs is known."""

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from attestations.bundle import bundle
from attestations.eip712 import Domain
from attestations.exports import Facts, eas, mint_request, zk_output
from attestations.keyring import current_signer
from attestations.models import Attestation, AttesterKey, LogEntry
from attestations.services.attester_keys import RetiredKey, use_key
from attestations.services.log import lock_log
from attestations.services.refusals import check_stands
from attestations.signing import Signer, improvement_message
from contributors.exceptions import Conflict, InvalidInput, Unavailable, Unprocessable
from registry.services.impact import gains_of

FORMATS = ("in-toto", "zk-output", "eas-offchain", "mint-request")


def export(attestation: Attestation, format_: str) -> dict[str, Any]:
    """The attestation in one of FORMATS. ``in-toto`` is its bundle, which says itself what became of it.

    Raises InvalidInput where there is no such format. For the others also Conflict (``revoked``, ``superseded``,
    ``withdrawn``, ``tampered``, ``missing``, ``mismatched``, ``gain_not_counted``), Unprocessable
    (``export_incomplete``, ``not_a_proportion``) or Unavailable ``attester_retired``.
    """
    if format_ not in FORMATS:
        raise InvalidInput.field("format", f"The formats are {', '.join(FORMATS)}.")
    if format_ == "in-toto":
        return bundle(attestation)
    _check_holds(attestation)
    facts = _facts(attestation)
    if format_ == "zk-output":
        _require_all(zk_output.missing(facts))
        return zk_output.build_document(facts, _model_types(attestation))
    return _eas_offchain(facts) if format_ == "eas-offchain" else _mint_request(attestation, facts)


def _eas_offchain(facts: Facts) -> dict[str, Any]:
    _require_all(_not_set("HOKUSAI_EAS_ADDRESS"))
    message = eas.attest_message(facts, improvement_message(facts.statement, facts.hash, facts.evidence_root))
    domain = Domain(eas.NAME, settings.HOKUSAI_EAS_VERSION, settings.HOKUSAI_CHAIN_ID, settings.HOKUSAI_EAS_ADDRESS)
    signer = _signer()
    signature = signer.sign_digest(eas.ATTEST.digest(domain, message))
    return eas.offchain_attestation(message, domain, signer.address, signature)


def _mint_request(attestation: Attestation, facts: Facts) -> dict[str, Any]:
    try:
        mint_request.check_mintable(facts.predicate)
    except mint_request.NotAProportion as error:
        raise Unprocessable(f"No mint: {error}", code="not_a_proportion") from error
    except mint_request.GainNotCounted as error:
        raise Conflict(f"No mint: {error}", code="gain_not_counted") from error
    _check_minted_once(attestation, facts)
    _require_all({**_not_set("HOKUSAI_DELTA_VERIFIER_ADDRESS"), **mint_request.missing(facts)})
    deadline = int(timezone.now().timestamp()) + mint_request.LIFETIME_SECONDS
    message = mint_request.build_message(facts, deadline)
    domain = Domain(
        mint_request.DOMAIN_NAME,
        mint_request.DOMAIN_VERSION,
        settings.HOKUSAI_CHAIN_ID,
        settings.HOKUSAI_DELTA_VERIFIER_ADDRESS,
    )
    digest = mint_request.MINT_REQUEST.digest(domain, mint_request.typed_message(message))
    signatures = [_signer().sign_digest(digest)]
    return {**message, "attester_signatures": mint_request.in_order(signatures, digest)}


def _check_minted_once(attestation: Attestation, facts: Facts) -> None:
    """One gain is one mint, however many attestations tell of it: the first that could be minted is it."""
    counted = gains_of([attestation.candidate]).get(attestation.candidate_id)
    if counted is None or counted.bps != Decimal(facts.predicate["counted"]["gain_bps"]):
        raise Conflict("No mint: the gain does not count any more.", code="gain_not_counted")
    for other in Attestation.objects.for_bundle().filter(candidate=attestation.candidate).exclude(pk=attestation.pk):
        if hasattr(other, "revocation"):
            raise Conflict(f"No mint: {other.hash}, of the same version, was revoked.", code="revoked")
        if other.pk < attestation.pk and getattr(other, "superseded_by", None) is None and _mintable(other):
            raise Conflict(f"No mint: {other.hash} is for the same gain.", code="gain_not_counted")


def _mintable(attestation: Attestation) -> bool:
    try:
        mint_request.check_mintable(attestation.statement_json["predicate"])
    except (mint_request.NotAProportion, mint_request.GainNotCounted):
        return False
    return True


def _check_holds(attestation: Attestation) -> None:
    """These formats have no place to say that an attestation does not hold any more."""
    if hasattr(attestation, "revocation"):
        raise Conflict(f"This attestation was revoked: {attestation.revocation.reason}", code="revoked")
    newer = getattr(attestation, "superseded_by", None)
    if newer is not None:
        raise Conflict(f"This attestation is superseded; export {newer.hash}.", code="superseded")
    for version in (attestation.candidate, attestation.baseline):
        check_stands(version, "export")


def _facts(attestation: Attestation) -> Facts:
    candidate = attestation.candidate
    # The model's number is the model's: what a version once said of it may have been corrected since.
    details = {name: value for name, value in candidate.export_details.items() if name != "chain_model_id"}
    if candidate.registered_model.chain_model_id is not None:
        details["chain_model_id"] = candidate.registered_model.chain_model_id
    return Facts(
        hash=attestation.hash,
        statement=attestation.statement_json,
        evidence_root=attestation.evidence_root,
        logged_at=attestation.log_entries.get(kind=LogEntry.Kind.ATTESTATION).logged_at,
        details=details,
    )


def _model_types(attestation: Attestation) -> dict[str, str]:
    versions = {"baseline": attestation.baseline, "candidate": attestation.candidate}
    return {side: version.registered_model.model_type for side, version in versions.items()}


def _signer() -> Signer:
    """The attester that signs now, as /.well-known/hokusai-attesters.json says."""
    signer = current_signer()
    if AttesterKey.objects.valid_at(timezone.now()).filter(address=signer.address).exists():
        return signer
    try:
        with transaction.atomic():
            lock_log()
            use_key(signer.address)
    except RetiredKey as error:
        raise Unavailable(
            "This process signs with a key that is not the attester's of today; try again after its restart.",
            code="attester_retired",
            retry_after=60,
        ) from error
    return signer


def _not_set(setting: str) -> dict[str, str]:
    return {} if getattr(settings, setting) else {setting: f"The operator of this registry has not set {setting}."}


def _require_all(missing: dict[str, str]) -> None:
    if missing:
        raise Unprocessable(
            f"This format needs what is not there: {', '.join(missing)}.",
            code="export_incomplete",
            errors=[{"field": name, "code": "required", "message": text} for name, text in missing.items()],
        )
