// Checks the proof of a decision in the page, step by step, with the cryptography of the browser.
// Anyone can do the same steps elsewhere: RFC 9162 for the tree, RFC 8032 for the signature.

const NODE_PREFIX = 1;
const LEAF_PREFIX = 0;

const utf8 = (text) => new TextEncoder().encode(text);
const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");

function bytes(text) {
  if (!/^([0-9a-f]{2})*$/i.test(text ?? "!")) throw new Error("not a string of hex digits");
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

async function sha256(...parts) {
  const whole = new Uint8Array(await new Blob(parts).arrayBuffer());
  return new Uint8Array(await crypto.subtle.digest("SHA-256", whole));
}

function length(part) {
  const eight = new DataView(new ArrayBuffer(8));
  eight.setBigUint64(0, BigInt(part.length), true);
  return eight.buffer;
}

const holds = (say, detail) => ({ state: "holds", say, detail });
const broken = (say, detail) => ({ state: "broken", say, detail });
const open = (say) => ({ state: "unchecked", say });

// 1. Salt, event, facts and decision hash to the commitment in the entry.
async function checkPayload({ proof, payload, decision }) {
  if (!payload) return open("Not checked: the payload was erased. Only its commitment is left.");
  const parts = [payload.event, payload.facts, payload.decision].map(utf8);
  const pieces = parts.flatMap((part) => [length(part), part]);
  const found = hex(await sha256(bytes(payload.salt_hex), ...pieces));
  if (found !== JSON.parse(proof.entry).payload) {
    return broken("The entry commits to other content than this page shows.", found);
  }
  if (payload.decision && JSON.parse(payload.decision).id !== decision) {
    return broken("The entry commits to another decision than this one.", found);
  }
  return holds("The entry commits to exactly this event, these facts and this decision.", found);
}

// 2. The leaf is the hash of the previous hash and the entry.
async function checkLeaf(data) {
  const { previous, entry } = data.proof;
  const before = bytes(previous);
  if (before.length !== 32) return broken("The hash of the previous entry is not 32 bytes long.");
  data.leaf = await sha256(Uint8Array.of(LEAF_PREFIX), before, utf8(entry));
  return holds("The entry is chained to the previous one.", hex(data.leaf));
}

// 3. RFC 9162, 2.1.3.2. Halving instead of shifting, because positions may exceed 32 bits.
async function checkPath({ proof, leaf }) {
  const { seq, path, head } = proof;
  if (!leaf || seq >= head.size) return broken("The entry is outside the signed tree.");
  let [place, last, hash] = [seq, head.size - 1, leaf];
  const half = () => ([place, last] = [Math.floor(place / 2), Math.floor(last / 2)]);
  for (const text of path) {
    const other = bytes(text);
    if (last === 0) return broken("The path is longer than the height of the tree.");
    if (place % 2 === 1 || place === last) {
      hash = await sha256(Uint8Array.of(NODE_PREFIX), other, hash);
      while (place % 2 === 0 && place !== 0) half();
    } else {
      hash = await sha256(Uint8Array.of(NODE_PREFIX), hash, other);
    }
    half();
  }
  if (last !== 0 || hex(hash) !== head.root) {
    return broken("The path does not lead to the signed root.", hex(hash));
  }
  const hashes = path.length === 1 ? "1 hash leads" : `${path.length} hashes lead`;
  return holds(`${hashes} from the entry to the root of ${head.size} entries.`, hex(hash));
}

// 4. The head is signed with the key of the ledger.
async function checkSignature({ proof, key }) {
  const { size, root, at, signature } = proof.head;
  let known;
  try {
    known = await crypto.subtle.importKey("raw", bytes(key), "Ed25519", false, ["verify"]);
  } catch {
    return open("Not checked: this browser cannot verify Ed25519. Use `probity ledger verify`.");
  }
  const text = utf8(`probity ledger v1\n${size}\n${root}\n${at}\n`);
  const isGood = await crypto.subtle.verify("Ed25519", known, bytes(signature), text);
  if (!isGood) return broken("The signature does not belong to this head and this key.");
  return holds(`The head was signed with the key of the ledger at ${at}.`, key);
}

const CHECKS = [checkPayload, checkLeaf, checkPath, checkSignature];
const WORDS = { holds: "Holds", broken: "Broken", unchecked: "Not checked" };
const TONES = { holds: "badge-good", broken: "badge-danger", unchecked: "badge-info" };

function show(step, { state, say, detail }) {
  step.dataset.state = state;
  const badge = document.createElement("span");
  badge.className = `badge ${TONES[state]}`;
  badge.textContent = WORDS[state];
  step.querySelector("[data-step-state]").replaceChildren(badge);
  step.querySelector("[data-step-say]").textContent = say;
  step.querySelector("[data-step-detail]").textContent = detail ?? "";
}

async function attempt(check, data) {
  try {
    return await check(data);
  } catch (error) {
    return broken(`The proof cannot be read: ${error.message}.`);
  }
}

function conclude(results) {
  const states = results.map(({ state }) => state);
  if (states.includes("broken")) return ["broken", "The proof is broken. Do not trust this page."];
  if (!states.includes("unchecked")) return ["holds", "The proof holds, checked in this browser."];
  const left = states.filter((state) => state === "unchecked").length;
  const steps = left === 1 ? "1 step" : `${left} steps`;
  return ["unchecked", `All checked steps hold; ${steps} could not be checked here.`];
}

async function run(panel) {
  const output = panel.querySelector("#proof-result");
  const say = (state, text) => {
    output.dataset.state = state;
    output.textContent = text;
  };
  if (!globalThis.crypto?.subtle) {
    say("unchecked", "Not checked: browsers offer cryptography only over HTTPS or on localhost.");
    return;
  }
  const data = JSON.parse(document.getElementById("proof-data").textContent);
  data.decision = panel.dataset.proof;
  const results = [];
  for (const [place, step] of [...panel.querySelectorAll("[data-step]")].entries()) {
    const result = await attempt(CHECKS[place], data);
    show(step, result);
    results.push(result);
  }
  say(...conclude(results));
}

/** Checks the proof at once, and again when the button is pressed. */
export function start() {
  const panel = document.querySelector("[data-proof]");
  const button = panel?.querySelector("[data-proof-check]");
  if (!button) return;
  button.hidden = false;
  button.addEventListener("click", () => run(panel));
  run(panel);
}
