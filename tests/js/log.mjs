// The transparency log: RFC 6962 hashes and proofs, C2SP signed notes, Ed25519.
// Written from the RFC's definitions, which recurse; the registry's own code follows RFC 9162's loops.

import { createHash, createPublicKey, verify } from "node:crypto";

export const sha256 = (...parts) => createHash("sha256").update(Buffer.concat(parts)).digest();
export const leafHash = (data) => sha256(Buffer.from([0]), data);
const nodeHash = (left, right) => sha256(Buffer.from([1]), left, right);

export function check(condition, otherwise) {
  if (!condition) throw new Error(otherwise);
}

export function hashes(texts) {
  check(texts.every((text) => /^[0-9a-f]{64}$/.test(text)), "a hash is 64 lower-case hex digits");
  return texts.map((text) => Buffer.from(text, "hex"));
}

// The largest power of two below size.
function split(size) {
  let half = 1;
  while (half * 2 < size) half *= 2;
  return half;
}

// The root that PATH(index, D[size]) leads to.
export function rootFromInclusion(leaf, index, size, path) {
  check(Number.isSafeInteger(index) && 0 <= index && index < size, `there is no entry ${index} in ${size}`);
  if (size === 1) {
    check(path.length === 0, "the inclusion proof is too long");
    return leaf;
  }
  check(path.length > 0, "the inclusion proof is too short");
  const half = split(size);
  const [inner, sibling] = [path.slice(0, -1), path.at(-1)];
  return index < half
    ? nodeHash(rootFromInclusion(leaf, index, half, inner), sibling)
    : nodeHash(sibling, rootFromInclusion(leaf, index - half, size - half, inner));
}

// Both roots that PROOF(first, D[second]) leads to.
function rootsFromConsistency(first, second, known, path) {
  if (first === second) {
    if (known) {
      check(path.length === 0, "the consistency proof is too long");
      return [known, known];
    }
    check(path.length === 1, "the consistency proof has the wrong length");
    return [path[0], path[0]];
  }
  check(path.length > 0, "the consistency proof is too short");
  const half = split(second);
  const [inner, sibling] = [path.slice(0, -1), path.at(-1)];
  if (first <= half) {
    const [before, after] = rootsFromConsistency(first, half, known, inner);
    return [before, nodeHash(after, sibling)];
  }
  const [before, after] = rootsFromConsistency(first - half, second - half, null, inner);
  return [nodeHash(sibling, before), nodeHash(sibling, after)];
}

export function checkConsistency(kept, newer, proof) {
  check(kept.origin === newer.origin, "the checkpoints are of two logs");
  check(0 < kept.size && kept.size <= newer.size, "the kept checkpoint is empty, or the newer one");
  const [before, after] = rootsFromConsistency(kept.size, newer.size, kept.root, hashes(proof));
  check(before.equals(kept.root) && after.equals(newer.root), "the log has not grown from the one that was kept");
}

function base64(text) {
  const data = Buffer.from(text, "base64");
  check(data.toString("base64") === text, "this is no canonical base64");
  return data;
}

// A note's verifier key: <name>+<key hash>+<base64 of 0x01 and the Ed25519 key>.
export class LogKey {
  constructor(text) {
    const [, name, hash, encoded] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(text) ?? [];
    check(name, "the log's key reads <name>+<hash>+<base64>");
    const key = base64(encoded);
    this.name = name;
    this.hash = sha256(Buffer.from(`${name}\n`), key).subarray(0, 4);
    check(key.length === 33 && key[0] === 1 && this.hash.toString("hex") === hash, "this is no Ed25519 log key");
    const x = key.subarray(1).toString("base64url");
    this.key = createPublicKey({ key: { kty: "OKP", crv: "Ed25519", x }, format: "jwk" });
  }

  check(data, signature) {
    check(verify(null, data, this.key, signature), `this is not signed by the log key of ${this.name}`);
  }

  checkEncoded(data, signature) {
    this.check(data, base64(signature));
  }

  // The checkpoint in a signed note.
  open(note) {
    const end = note.indexOf("\n\n");
    check(end > 0 && note.endsWith("\n"), "this is no signed note");
    const text = note.slice(0, end + 1);
    const prefix = `— ${this.name} `;
    const signatures = note
      .slice(end + 2, -1)
      .split("\n")
      .filter((line) => line.startsWith(prefix))
      .map((line) => base64(line.slice(prefix.length)))
      .filter((data) => data.subarray(0, 4).equals(this.hash));
    check(signatures.length > 0, `the checkpoint bears no signature of ${this.name}`);
    this.check(Buffer.from(text), signatures[0].subarray(4));
    const [origin, size, root] = text.split("\n");
    check(/^(0|[1-9][0-9]{0,15})$/.test(size) && origin === this.name, "this is no checkpoint of the log");
    check(base64(root).length === 32, "a root has 32 bytes");
    return { origin, size: Number(size), root: base64(root) };
  }
}
