// Completions at the caret: names from the vocabulary of the rules in force, and names that the file
// itself declares.

const KEYS = {
  policy: ["id", "title", "severity", "text", "dsa"],
  counter: ["name", "of", "by", "last", "kind", "value", "max", "keys_max"],
  rule: ["id", "policy", "when", "then", "else_if_unknown", "stage", "breaker", "note"],
  test: ["name", "event", "known", "fires", "unknown", "effects"],
};
const COUNTERS = ["count", "distinct", "sum", "first_seen", "rate", "decayed"];
const WORDS_MAX = 60;

const word = (name, kind = "", doc = "") => ({ name, kind, doc, insert: name, back: 0 });

// A call, with the caret at the place of its argument.
function call({ name, signature, kind, doc }) {
  const isQuoted = signature.includes('("');
  const isBare = signature.endsWith("()");
  const insert = `${name}(${isQuoted ? '""' : ""})`;
  const back = isBare ? 0 : isQuoted ? 2 : 1;
  return { name, kind: signature.slice(name.length), doc: `${doc} (${kind})`, insert, back };
}

// Names that a text declares in tables of one kind.
function declared(text, table, key) {
  const tables = text.split(/^\s*(?=\[\[)/m).filter((part) => part.startsWith(`[[${table}]]`));
  const pattern = new RegExp(`^\\s*${key}\\s*=\\s*["']([^"']+)["']`, "m");
  const found = tables.map((part) => pattern.exec(part)?.[1]);
  return found.filter(Boolean);
}

function unique(words) {
  const seen = new Set();
  return words.filter(({ name }) => !seen.has(name) && seen.add(name));
}

// The names of each kind, from the vocabulary and the text.
function names(vocabulary, text) {
  const all = vocabulary ?? {};
  const list = (key) => all[key] ?? [];
  const fields = list("fields").map(({ name, kind }) => word(name, kind));
  const effects = list("effects").map((name) => word(name));
  const counters = list("counters").map(({ name, kind }) => word(name, `counter, ${kind}`));
  const own = declared(text, "counter", "name").map((name) => word(name, "counter of this file"));
  const policies = list("policies").map(({ id, title }) => word(id, "", title));
  const ownPolicies = declared(text, "policy", "id").map((name) => word(name, "of this file"));
  const rules = declared(text, "rule", "id").map((name) => word(name));
  return {
    fields,
    effects,
    functions: list("functions").map(call),
    counters: unique([...counters, ...own]),
    lists: list("lists").map(({ name, kind }) => word(name, kind)),
    policies: unique([...policies, ...ownPolicies]),
    types: list("event_types").map(({ name, doc }) => word(name, "", doc)),
    stages: list("stages").map((name) => word(name)),
    rules,
  };
}

// The possible values of the string that is assigned to `key`.
function valuesOf(key, known) {
  const values = {
    policy: known.policies,
    then: known.effects,
    effect: known.effects,
    effects: known.effects,
    else_if_unknown: [...known.effects, word("ignore")],
    stage: known.stages,
    by: known.fields,
    value: known.fields,
    type: known.types,
    kind: COUNTERS.map((name) => word(name)),
    fires: known.rules,
    unknown: known.rules,
  };
  return values[key] ?? [];
}

// The table to which a row belongs.
function tableAt(lines, row) {
  for (let at = row; at >= 0; at -= 1) {
    const header = /^\s*\[\[(\w+)\]\]/.exec(lines[at]);
    if (header) return header[1];
  }
  return "";
}

// The beginning of the word at the caret, and its candidates.
function candidates(before, { open, key, lines, row }, known) {
  const argument = /\b\w+\(\s*(?:[\w.]+\s*,\s*)?["']([\w-]*)$/.exec(before);
  const type = /event\.type\s*(?:[!=]=\s*|in\s*\[[^\]]*)["']([\w.]*)$/.exec(before);
  if (open === "cel" && type) return [type[1], known.types];
  if (open === "cel" && argument) return [argument[1], known.lists];
  if (open === "cel") {
    const inner = before.replace(/^\s*(?:when|of)\s*=\s*["']+/, "");
    const isQuoted = (inner.match(/"/g) ?? []).length % 2 === 1;
    if (isQuoted) return null;
    const start = /[A-Za-z_][\w.]*$/.exec(before)?.[0] ?? "";
    return [start, [...known.fields, ...known.functions, ...known.counters]];
  }
  if (open === "str") return [/[\w.%-]*$/.exec(before)[0], valuesOf(key, known)];
  const start = /^\s*(\w*)$/.exec(before)?.[1];
  if (start === undefined) return null;
  const keys = KEYS[tableAt(lines, row)] ?? [];
  return [start, keys.map((name) => ({ ...word(name), insert: `${name} = ` }))];
}

// Words that are possible at the caret, best first, and the start of the word at the caret.
// `place` has `lines`, `row`, `column`, and `key` and `open` of the line up to the caret.
export function wordsAt(place, vocabulary) {
  const before = place.lines[place.row].slice(0, place.column);
  const known = names(vocabulary, place.lines.join("\n"));
  const [start, all] = candidates(before, place, known) ?? ["", []];
  const wanted = start.toLowerCase();
  const rank = ({ name }) => {
    const at = name.toLowerCase().indexOf(wanted);
    return at === 0 ? 0 : at > 0 ? 1 : 2;
  };
  const found = all.filter((one) => rank(one) < 2 && one.insert !== start);
  found.sort((a, b) => rank(a) - rank(b));
  return { from: place.column - start.length, start, words: found.slice(0, WORDS_MAX) };
}
