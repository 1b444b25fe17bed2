// node solidity.mjs input.json: compile the Solidity of docs/attestation-format.md, and call it in an EVM. One line
// a call: "ok", or why the contract refused. Exits 1 where the document's Solidity does not compile without a warning.
//
// The input: {solidity, struct, domain, attester, calls: [{message, signature, pointer, value, proof}]}, where
// solidity and struct are the document's code block and its EIP-712 type.

import { readFileSync } from "node:fs";
import { argv, exit } from "node:process";

import { EVM } from "@ethereumjs/evm";
import { Interface, TypedDataEncoder } from "ethers";
import solc from "solc";

import { check } from "./log.mjs";

const PLACE = "/* the fields of the struct above, in their order */";
const EVM_VERSION = "shanghai";

const input = JSON.parse(readFileSync(argv[2], "utf8"));

// What the document leaves to its reader: the fields, the imports, and a contract that fixes what it trusts.
function source({ solidity, struct }) {
  check(solidity.split(PLACE).length === 2, `the document's struct does not read ${PLACE}`);
  const fields = /^PerformanceImprovement\((.+)\)$/.exec(struct)[1].replaceAll(",", "; ");
  return `// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";

${solidity.replace(PLACE, () => `${fields};`)}

contract Reader {
    bytes32 constant TYPE_HASH = keccak256("${struct}");
    bytes32 immutable domainSeparator;
    address immutable attester;

    error AnotherAttester();
    error NoSuchFact();

    constructor(bytes32 domainSeparator_, address attester_) {
        domainSeparator = domainSeparator_;
        attester = attester_;
    }

    function read(Improvement memory m, bytes memory signature, string memory pointer, string memory value,
        bytes32[] memory proof) external view {
        if (attesterOf(m, TYPE_HASH, domainSeparator, signature) != attester) revert AnotherAttester();
        if (!hasFact(m.evidenceRoot, pointer, value, proof)) revert NoSuchFact();
    }
}
`;
}

function compile(content) {
  const settings = { evmVersion: EVM_VERSION, outputSelection: { "*": { Reader: ["abi", "evm.bytecode.object"] } } };
  const job = { language: "Solidity", sources: { "Reader.sol": { content } }, settings };
  const open = (path) => ({ contents: readFileSync(new URL(`node_modules/${path}`, import.meta.url), "utf8") });
  const { errors = [], contracts } = JSON.parse(solc.compile(JSON.stringify(job), { import: open }));
  check(errors.length === 0, errors.map((error) => error.formattedMessage).join("\n"));
  const { abi, evm } = contracts["Reader.sol"].Reader;
  return { abi: new Interface(abi), bytecode: evm.bytecode.object };
}

const bytes = (hex) => Buffer.from(hex.replace(/^0x/, ""), "hex");

async function run(evm, to, data) {
  const { execResult, createdAddress } = await evm.runCall({ to, data: bytes(data), gasLimit: 30_000_000n });
  const { exceptionError: error, returnValue } = execResult;
  // A revert has data to say why; whatever else goes wrong, no contract meant.
  check(!error || error.error === "revert", `the EVM stopped: ${error?.error}`);
  return { address: createdAddress, reverted: error && returnValue };
}

try {
  const { abi, bytecode } = compile(source(input));
  const evm = await EVM.create();
  check(evm.common.hardfork() === EVM_VERSION, `the EVM runs ${evm.common.hardfork()}`);
  const made = abi.encodeDeploy([TypedDataEncoder.hashDomain(input.domain), input.attester]);
  const { address, reverted } = await run(evm, undefined, bytecode + made.slice(2));
  check(address && !reverted, "the contract was not deployed");
  for (const { message, signature, pointer, value, proof } of input.calls) {
    const call = await run(evm, address, abi.encodeFunctionData("read", [message, signature, pointer, value, proof]));
    console.log(call.reverted ? (abi.parseError(call.reverted)?.name ?? "reverted") : "ok");
  }
} catch (error) {
  console.error(`${error.constructor.name}: ${error.message}`);
  exit(1);
}
