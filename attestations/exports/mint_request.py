"""An attestation as a request to mint: the queue's message, and the struct that Hokusai's DeltaVerifier checks. Pure.

The struct is made from the message alone, so whoever holds a message can check its signatures. The
contract moves the model's head from the baseline's commitment to the candidate's: it mints once for a
gain, however many attestations tell of it.
"""

import math
import uuid
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from eth_hash.auto import keccak

from attestations.abi import bytes32
from attestations.eip712 import Struct
from attestations.exports import Facts, missing_details
from attestations.statement import rfc3339
from contributors.ethereum import recover_digest_signer
from registry.canonical import sha256_hex

DOMAIN_NAME = "HokusaiDeltaVerifier"
DOMAIN_VERSION = "1"
SCHEMA_VERSION = "1.0"
#: How long a signature may be used.
LIFETIME_SECONDS = 5 * 24 * 3600
METRIC_FAMILY = "proportion"
MAX_CONTRIBUTORS = 100
NEEDED = (
    "chain_model_id",
    "benchmark_spec_id",
    "dataset_hash",
    "total_samples",
    "max_cost_usd_micro",
    "actual_cost_usd_micro",
)

ANCHORS = Struct(
    "BenchmarkAnchors",
    (
        ("benchmarkSpecHash", "bytes32"),
        ("datasetHash", "bytes32"),
        ("attestationHash", "bytes32"),
        ("idempotencyKey", "bytes32"),
        ("metricName", "string"),
        ("metricFamily", "string"),
    ),
)
CONTRIBUTOR = Struct("Contributor", (("walletAddress", "address"), ("weight", "uint256")))
PAYLOAD = Struct(
    "MintRequestPayload",
    (
        ("pipelineRunId", "string"),
        ("baselineScoreBps", "uint256"),
        ("candidateScoreBps", "uint256"),
        ("maxCostUsdMicro", "uint256"),
        ("actualCostUsdMicro", "uint256"),
        ("totalSamples", "uint256"),
        ("anchors", "BenchmarkAnchors"),
        ("baselineCommitment", "bytes32"),
        ("candidateCommitment", "bytes32"),
        ("deadline", "uint256"),
    ),
    (ANCHORS,),
)
MINT_REQUEST = Struct(
    "MintRequest",
    (("modelId", "uint256"), ("payload", "MintRequestPayload"), ("contributors", "Contributor[]")),
    (PAYLOAD, CONTRIBUTOR),
)

_NO_ADDRESS = "0x" + "0" * 40
_ID_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://hokus.ai/mint-requests")


class NotAProportion(ValueError):
    """On chain a score is a proportion, and more is better; the primary metric is none such."""


class GainNotCounted(ValueError):
    """The gain over the baseline is not the one that counts, so it was had before, or is none in basis points."""


def check_mintable(predicate: dict[str, Any]) -> None:
    """Raises NotAProportion or GainNotCounted."""
    primary = predicate["primary_metric"]
    if not primary["is_proportion"] or primary["direction"] != "higher":
        raise NotAProportion(f"{primary['name']} is no proportion of which more is better.")
    counted, gained = predicate["counted"]["gain_bps"], predicate["deltaone"]["gain_bps"]
    if gained is None or Decimal(counted) <= 0 or Decimal(counted) != Decimal(gained):
        raise GainNotCounted(
            f"The gain over the baseline is {gained} basis points, and {counted} of it count: the rest was had before."
        )
    rewarded = primary["candidate_score_bps"] - primary["baseline_score_bps"]
    if not 1 <= rewarded <= math.ceil(Decimal(counted)) or int(Decimal(counted)) < 1:
        # Each score is rounded by itself: their difference may be one more than what was gained.
        raise GainNotCounted(f"In whole basis points the scores differ by {rewarded}, and {counted} count.")
    if predicate["candidate"]["artifact_digest"] == predicate["baseline"]["artifact_digest"]:
        # The model's head would stay where it is, and the contract would take the same gain again.
        raise GainNotCounted("The candidate's artifacts are the baseline's.")


def missing(facts: Facts) -> dict[str, str]:
    """What a message needs and does not have, each with a sentence on it."""
    found = missing_details(facts, NEEDED)
    addresses = [row["address"] for row in facts.predicate["contributors"]]
    if not 1 <= len(addresses) <= MAX_CONTRIBUTORS or _NO_ADDRESS in addresses:
        found["contributors"] = f"A mint rewards 1 to {MAX_CONTRIBUTORS} contributors, none of them the zero address."
    return found


def build_message(facts: Facts, deadline: int) -> dict[str, Any]:
    """The message of facts that miss nothing, yet without signatures. ``deadline`` is in unix seconds."""
    predicate, details = facts.predicate, facts.details
    primary = predicate["primary_metric"]
    return {
        "message_type": "mint_request",
        "schema_version": SCHEMA_VERSION,
        "message_id": str(uuid.uuid5(_ID_NAMESPACE, f"{facts.hash}:{deadline}")),
        "timestamp": rfc3339(facts.logged_at),
        "model_id": predicate["candidate"]["model_id"],
        "model_id_uint": details["chain_model_id"],
        "eval_id": facts.hash,
        "benchmark_spec_id": details["benchmark_spec_id"],
        "dataset_hash": details["dataset_hash"],
        "attestation_hash": facts.hash,
        "idempotency_key": idempotency_key(details["chain_model_id"], facts.hash),
        "baseline_commitment": bytes32(predicate["baseline"]["artifact_digest"]),
        "candidate_commitment": bytes32(predicate["candidate"]["artifact_digest"]),
        "attester_signatures": [],
        "totalSamples": details["total_samples"],
        "deadline": deadline,
        "evaluation": {
            "metric_name": primary["name"],
            "metric_family": METRIC_FAMILY,
            "baseline_score_bps": primary["baseline_score_bps"],
            "new_score_bps": primary["candidate_score_bps"],
            "max_cost_usd_micro": details["max_cost_usd_micro"],
            "actual_cost_usd_micro": details["actual_cost_usd_micro"],
        },
        "contributors": [
            {"wallet_address": row["address"], "weight_bps": row["weight_bps"]} for row in predicate["contributors"]
        ],
    }


def idempotency_key(chain_model_id: str, attestation_hash: str) -> str:
    """SHA-256 of the model's number and the hash's digits. Without the deadline: to sign again is no second mint."""
    text = f"{chain_model_id}:{attestation_hash.removeprefix('0x').lower()}"
    return f"0x{sha256_hex(text.encode())}"


def typed_message(message: dict[str, Any]) -> dict[str, Any]:
    """The struct that is signed for a message."""
    evaluation = message["evaluation"]
    return {
        "modelId": int(message["model_id_uint"]),
        "payload": {
            "pipelineRunId": message["eval_id"],
            "baselineScoreBps": evaluation["baseline_score_bps"],
            "candidateScoreBps": evaluation["new_score_bps"],
            "maxCostUsdMicro": evaluation["max_cost_usd_micro"],
            "actualCostUsdMicro": evaluation["actual_cost_usd_micro"],
            "totalSamples": message["totalSamples"],
            "anchors": {
                "benchmarkSpecHash": f"0x{keccak(message['benchmark_spec_id'].encode()).hex()}",
                "datasetHash": message["dataset_hash"],
                "attestationHash": message["attestation_hash"],
                "idempotencyKey": message["idempotency_key"],
                "metricName": evaluation["metric_name"],
                "metricFamily": evaluation["metric_family"],
            },
            "baselineCommitment": message["baseline_commitment"],
            "candidateCommitment": message["candidate_commitment"],
            "deadline": message["deadline"],
        },
        "contributors": [
            {"walletAddress": row["wallet_address"], "weight": row["weight_bps"]} for row in message["contributors"]
        ],
    }


def in_order(signatures: Iterable[str], digest: bytes) -> list[str]:
    """Signatures of a digest by ascending address of their signers, as the contract wants them."""
    return sorted(signatures, key=lambda signature: int(recover_digest_signer(digest, signature), 16))
