// Splits lines of policy files into coloured pieces: TOML, and CEL inside the conditions.
// Each line is split on its own, starting in the state at the end of the previous line.

// Keys whose strings are conditions.
const CONDITIONS = new Set(["when", "of"]);
const KEYWORDS = new Set(["true", "false", "in"]);

const TOML = [
  ["comment", /#.*/y],
  ["open", /'''|"""/y],
  ["string", /"(?:[^"\\]|\\.)*"?|'[^']*'?/y],
  ["key", /[A-Za-z0-9_-]+(?=\s*=)/y],
  ["number", /[+-]?\d[\w.:+-]*|(?:true|false)\b/y],
  ["", /\s+|[A-Za-z_]+|./y],
];

const CEL = [
  ["string", /"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?/y],
  ["word", /[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*/y],
  ["number", /\d[\d.]*(?:e[+-]?\d+)?u?/y],
  ["operator", /&&|\|\||[!=<>]=|[-+*/%<>!?:]/y],
  ["", /\s+|./y],
];

// The first of `rules` that matches at `at`: its kind and the matched text.
function match(rules, line, at) {
  for (const [kind, pattern] of rules) {
    pattern.lastIndex = at;
    const found = pattern.exec(line);
    if (found?.[0]) return [kind, found[0]];
  }
  return ["", line.slice(at)];
}

// The pieces of a condition.
function condition(text) {
  const pieces = [];
  let at = 0;
  while (at < text.length) {
    const [kind, piece] = match(CEL, text, at);
    at += piece.length;
    if (kind !== "word") {
      pieces.push([kind, piece]);
      continue;
    }
    const isCall = /^\s*\(/.test(text.slice(at));
    const dot = isCall ? piece.lastIndexOf(".") : piece.length;
    if (KEYWORDS.has(piece)) pieces.push(["keyword", piece]);
    else if (dot < 0) pieces.push(["function", piece]);
    else {
      pieces.push(["field", piece.slice(0, dot)]);
      if (isCall) pieces.push(["", "."], ["function", piece.slice(dot + 1)]);
    }
  }
  return pieces;
}

// Whether a string on one line is closed. A backslash escapes only between double quotes.
function isClosed(text) {
  const isEscaped = text[0] === '"' && /(?:^|[^\\])(?:\\\\)*\\$/.test(text.slice(0, -1));
  return text.length > 1 && text.endsWith(text[0]) && !isEscaped;
}

// Splits `line`. `state` is "" or the state at the end of the text before: `cel` or `str`, and the
// three quotes that end it. Returns pieces of [kind, text], the state after the line, the key that
// was last assigned, and `open`: `cel` or `str` if the line ends within a string.
export function cut(line, state) {
  const pieces = [];
  let at = 0;
  let key = "";
  let open = "";
  const put = (kind, text) => {
    if (text) pieces.push([kind, text]);
    at += text.length;
  };
  const putAll = (mode, text) => {
    if (mode === "cel") condition(text).forEach(([kind, piece]) => put(kind, piece));
    else put("string", text);
  };
  const within = (left) => {
    const [mode, quotes] = [left.slice(0, 3), left.slice(3)];
    const end = line.indexOf(quotes, at);
    putAll(mode, end < 0 ? line.slice(at) : line.slice(at, end));
    if (end < 0) return left;
    put("string", quotes);
    return "";
  };
  let left = state ? within(state) : "";
  if (!state) put("header", /^\s*\[\[?[^\]#"']*\]\]?/.exec(line)?.[0] ?? "");
  while (!left && at < line.length) {
    const [kind, text] = match(TOML, line, at);
    const mode = CONDITIONS.has(key) ? "cel" : "str";
    if (kind === "key") key = text;
    if (kind === "open") {
      put("string", text);
      left = within(mode + text);
    } else if (kind === "string") {
      const isWhole = isClosed(text);
      put("string", text[0]);
      putAll(mode, isWhole ? text.slice(1, -1) : text.slice(1));
      if (isWhole) put("string", text[0]);
      else open = mode;
    } else put(kind, text);
  }
  return { pieces, state: left, key, open: left ? left.slice(0, 3) : open };
}

// Splits a line of a list.
export function cutList(line) {
  const kind = line.startsWith("#") ? "comment" : "";
  return { pieces: line ? [[kind, line]] : [], state: "", key: "", open: "" };
}
