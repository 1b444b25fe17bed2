// node eas.mjs input.json: verify an off-chain attestation with the Ethereum Attestation Service's own SDK.
// Exits 0 where it holds, else 1.
//
// The input: {attestation}, which is the registry's export in the format eas-offchain.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { argv, exit } from "node:process";

// The SDK's modules import names that lodash, a CommonJS package, does not give to modules.
const require = createRequire(import.meta.url);
const { Offchain, OffchainAttestationVersion } = require("@ethereum-attestation-service/eas-sdk");

const VERSION = OffchainAttestationVersion.Version2;

// The UID, the domain's name, the types, and that the signer signed.
function holds({ sig, signer }) {
  const { verifyingContract: address, version, chainId } = sig.domain;
  const offchain = new Offchain({ address, version, chainId: BigInt(chainId) }, VERSION);
  return sig.version === VERSION && offchain.verifyOffchainAttestationSignature(signer, sig);
}

try {
  const { attestation } = JSON.parse(readFileSync(argv[2], "utf8"));
  if (!holds(attestation)) throw new Error("the UID or the signature is not this attestation's");
  console.log("ok");
} catch (error) {
  console.error(`${error.constructor.name}: ${error.message}`);
  exit(1);
}
