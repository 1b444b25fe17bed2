// node verify.mjs input.json: verify an attestation as docs/attestation-format.md says, with none of the
// registry's code. One line a check; exits 1 at the first that is false.
//
// The input: {bundle, attester, checkpoint_key, opening?: {score_bps, salt, commitment},
//   fact?: {pointer, value, proof, root, leaf_types}, consistency?: {kept, proof}}.

import { readFileSync } from "node:fs";
import { argv, exit } from "node:process";

import { StandardMerkleTree } from "@openzeppelin/merkle-tree";
import canonicalize from "canonicalize";
import { AbiCoder, getAddress, keccak256, verifyTypedData } from "ethers";
import { poseidon2 } from "poseidon-lite/poseidon2";

import { checkArithmetic } from "./arithmetic.mjs";
import { LogKey, check, checkConsistency, hashes, leafHash, rootFromInclusion, sha256 } from "./log.mjs";

const STATEMENT_TYPE = "https://in-toto.io/Statement/v1";
const PREDICATE_TYPE = "https://hokus.ai/attestations/performance-improvement/v1";
const REVOCATION_TYPE = "https://hokus.ai/attestations/revocation/v1";
const STATUS_CONTEXT = "hokusai-attestation-status/v1\n";
const LEAF_TYPES = ["string", "string"];
const FIELD = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;

const fields = (text) => text.split(", ").map((field) => field.split(" ")).map(([type, name]) => ({ name, type }));
const DOMAIN = fields("string name, string version, uint256 chainId");
const STRUCT = fields(
  "bytes32 statementHash, bytes32 evidenceRoot, string candidate, string baseline, bytes32 candidateArtifactDigest, " +
    "bytes32 baselineArtifactDigest, string metric, string baselineValue, string candidateValue, " +
    "uint16 baselineScoreBps, uint16 candidateScoreBps, uint256 countedGainBps, address registrant, " +
    "bytes32 contributorsHash",
);
const PARTS = {
  "": "evidence_root hash log signature statement status status_signature zk",
  signature: "scheme signature signer typed_data",
  log: "checkpoint inclusion_proof index",
};

const bytes = (value) => Buffer.from(canonicalize(value), "utf8");
const same = (a, b) => canonicalize(a) === canonicalize(b);
const bytes32 = (digest) => digest.replace(/^sha256:/, "0x");

// Every (pointer, canonical value) of a document.
function facts(document, pointer = "") {
  const inner = document !== null && typeof document === "object" ? Object.entries(document) : [];
  if (inner.length === 0) return [[pointer, canonicalize(document)]];
  return inner.flatMap(([name, value]) =>
    facts(value, `${pointer}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`),
  );
}

function contributorsHash(contributors) {
  const columns = [contributors.map((row) => row.address), contributors.map((row) => row.weight_bps)];
  return keccak256(AbiCoder.defaultAbiCoder().encode(["address[]", "uint256[]"], columns));
}

// What must have been signed for a statement.
function messageOf(statement) {
  const { candidate, baseline, metrics, primary_metric: primary, ...predicate } = statement.predicate;
  const values = metrics.find((row) => row.name === primary.name);
  return {
    statementHash: `0x${sha256(bytes(statement)).toString("hex")}`,
    evidenceRoot: StandardMerkleTree.of(facts(statement.predicate), LEAF_TYPES).root,
    candidate: candidate.model_id,
    baseline: baseline.model_id,
    candidateArtifactDigest: bytes32(candidate.artifact_digest),
    baselineArtifactDigest: bytes32(baseline.artifact_digest),
    metric: primary.name,
    baselineValue: values.baseline,
    candidateValue: values.candidate,
    baselineScoreBps: primary.baseline_score_bps,
    candidateScoreBps: primary.candidate_score_bps,
    countedGainBps: Number(predicate.counted.gain_bps.split(".")[0]),
    registrant: predicate.registrant,
    contributorsHash: contributorsHash(predicate.contributors),
  };
}

function publicInputs(statement, hash) {
  const { commitments, policy } = statement.predicate;
  const number = BigInt(hash);
  const inputs = [commitments.baseline, commitments.candidate, policy.deltaone_threshold_bps, number >> 128n];
  return [...inputs, number & ((1n << 128n) - 1n)].map((value) => BigInt(value).toString());
}

const input = JSON.parse(readFileSync(argv[2], "utf8"));
const { bundle, opening, fact, consistency } = input;
const logKey = new LogKey(input.checkpoint_key);
const checkpoint = () => logKey.open(bundle.log.checkpoint);

function checkIncluded(data, index, proof) {
  const { size, root } = checkpoint();
  const found = rootFromInclusion(leafHash(data), index, size, hashes(proof));
  check(found.equals(root), `the log does not have it as entry ${index}`);
}

const checks = {
  shape() {
    for (const [part, names] of Object.entries(PARTS)) {
      const found = Object.keys(part ? bundle[part] : bundle).sort();
      check(found.join(" ") === names, `${part || "the bundle"} has ${found}`);
    }
  },
  statement() {
    const { _type, subject, predicateType, predicate } = bundle.statement;
    check(_type === STATEMENT_TYPE && predicateType === PREDICATE_TYPE && subject.length === 1, "another type");
    check(subject[0].name === predicate.candidate.model_id, "the subject is not the candidate");
    check(`sha256:${subject[0].digest.sha256}` === predicate.candidate.artifact_digest, "the subject's digest differs");
  },
  arithmetic() {
    checkArithmetic(bundle.statement.predicate);
  },
  hash() {
    check(bundle.hash === messageOf(bundle.statement).statementHash, "the statement has another hash");
  },
  evidence_root() {
    check(bundle.evidence_root === messageOf(bundle.statement).evidenceRoot, "the facts have another root");
  },
  zk() {
    const { scheme } = bundle.statement.predicate.commitments;
    const expected = { scheme, public_inputs: publicInputs(bundle.statement, bundle.hash) };
    check(scheme === "poseidon-bn254" && same(bundle.zk, expected), "the public inputs are not the statement's");
  },
  typed_data() {
    const { scheme, typed_data: data } = bundle.signature;
    const { name, version, chainId } = data.domain;
    const expected = {
      types: { EIP712Domain: DOMAIN, PerformanceImprovement: STRUCT },
      primaryType: "PerformanceImprovement",
      domain: { name, version, chainId },
      message: messageOf(bundle.statement),
    };
    check(scheme === "eip712" && same(data, expected), "what was signed does not say what the statement says");
  },
  signature() {
    const { signature, signer, typed_data: data } = bundle.signature;
    check(/^0x[0-9a-f]{128}1[bc]$/.test(signature), "a signature is lower-case hex, with v 27 or 28");
    const types = { PerformanceImprovement: STRUCT };
    const found = verifyTypedData(data.domain, types, messageOf(bundle.statement), signature);
    check(found === signer, `signed by ${found}`);
  },
  attester() {
    check(bundle.signature.signer === getAddress(input.attester), `${bundle.signature.signer} is not trusted`);
  },
  checkpoint,
  inclusion() {
    checkIncluded(Buffer.from(bundle.hash.slice(2), "hex"), bundle.log.index, bundle.log.inclusion_proof);
  },
  status() {
    const signed = Buffer.concat([Buffer.from(STATUS_CONTEXT), bytes(bundle.status)]);
    logKey.checkEncoded(signed, bundle.status_signature);
    check(bundle.status.hash === bundle.hash, "the status is another attestation's");
    check(bundle.status.log_size === checkpoint().size, "the status is of another time");
  },
  revocation() {
    const { revocation } = bundle.status;
    if (revocation === null) return;
    const { document, log_index: index, inclusion_proof: proof } = revocation;
    check(document.type === REVOCATION_TYPE && document.attestation === bundle.hash, "another revocation");
    checkIncluded(sha256(bytes(document)), index, proof);
    check(false, `revoked at ${document.revoked_at}: ${document.reason}`);
  },
};

if (opening) {
  checks.opening = () => {
    const salt = BigInt(opening.salt);
    const { baseline, candidate } = bundle.statement.predicate.commitments;
    check([baseline, candidate].includes(opening.commitment), "the statement has no such commitment");
    check(0n <= salt && salt < FIELD, "a salt is a number of the field");
    const found = poseidon2([BigInt(opening.score_bps), salt]);
    check(found === BigInt(opening.commitment), "the score and the salt do not open the commitment");
  };
}
if (fact) {
  checks.fact = () => {
    check(fact.root === bundle.evidence_root && same(fact.leaf_types, LEAF_TYPES), "a fact of another tree");
    const proved = StandardMerkleTree.verify(fact.root, LEAF_TYPES, [fact.pointer, fact.value], fact.proof);
    check(proved, `the proof of ${fact.pointer} does not lead to the root`);
  };
}
if (consistency) {
  checks.consistency = () => checkConsistency(logKey.open(consistency.kept), checkpoint(), consistency.proof);
}

for (const [name, run] of Object.entries(checks)) {
  try {
    run();
    console.log(`ok    ${name}`);
  } catch (error) {
    console.log(`FAIL  ${name}: ${error.message}`);
    exit(1);
  }
}
