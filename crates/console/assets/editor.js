// The rule editor: colours, line numbers, completion, checks while typing, and drafts that survive a
// reload. Without this file, the page is a form with the same functions.

import { cut, cutList } from "/assets/syntax.js";
import { wordsAt } from "/assets/words.js";

const one = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const CHECK_AFTER_MS = 400;
const DRAFT = "draft:";

function make(tag, className, ...children) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

// ---- Drafts: changed files of this tab, until they are proposed or discarded ----

function stored(work) {
  try { return work(sessionStorage); } catch { return null; } // forbidden: nothing is stored
}

const drafts = {
  names() {
    const keys = stored((kept) => Object.keys(kept)) ?? [];
    return keys.filter((key) => key.startsWith(DRAFT)).map((key) => key.slice(DRAFT.length));
  },
  get: (name) => stored((kept) => JSON.parse(kept.getItem(DRAFT + name))),
  set: (name, draft) => stored((kept) => kept.setItem(DRAFT + name, JSON.stringify(draft))),
  drop: (name) => stored((kept) => kept.removeItem(DRAFT + name)),
};

// ---- The page ----

const form = one("[data-editor]");
const text = one("#editor-text");
const box = one("[data-code]");
const paint = one(".code-paint", box);
const gutter = one(".code-lines", box);
const list = one("#editor-words");
const status = one("[data-editor-status]");
const removed = form.elements.removed;
const file = form.dataset.editor;
const isList = file.startsWith("lists/");
// After a form was sent, the page does not have the text in force.
const inForce = form.dataset.posted === undefined ? text.value : null;
let vocabulary = null;
let findings = [];
let restored = "";

const say = (words) => { status.textContent = words; };
const linesOf = () => text.value.split("\n");
const headers = () => ({
  "content-type": "application/json",
  "x-csrf-token": form.elements.csrf.value,
});

// All changed files, which the server lays over those in force.
function changed() {
  const others = drafts.names().filter((name) => name !== file);
  const files = Object.fromEntries(others.map((name) => [name, drafts.get(name)?.text ?? null]));
  files[file] = removed.checked ? null : text.value;
  return files;
}

function remember() {
  const draft = drafts.get(file);
  const isChanged = removed.checked || text.value !== inForce;
  const base = draft?.base ?? form.dataset.version;
  const next = removed.checked ? null : text.value;
  if (isChanged) drafts.set(file, { text: next, base });
  else drafts.drop(file);
  showDrafts();
}

function restore() {
  const draft = drafts.get(file);
  if (!draft || inForce === null) return;
  if (draft.text === inForce) {
    drafts.drop(file);
    return;
  }
  removed.checked = draft.text === null;
  if (draft.text !== null) text.value = draft.text;
  const isOld = draft.base !== form.dataset.version;
  const old = isOld ? " The rules in force have changed since it was started." : "";
  restored = `Your draft is shown.${old}`;
}

// Marks changed files in the list, and adds those that are new.
function showDrafts() {
  const names = drafts.names();
  for (const mark of all("[data-changed]")) mark.hidden = !names.includes(mark.dataset.changed);
  const known = new Set(all("[data-changed]").map((mark) => mark.dataset.changed));
  for (const name of names.filter((name) => !known.has(name))) {
    const link = make("a", "", name);
    link.href = `/rules/edit?file=${encodeURIComponent(name)}`;
    const mark = make("span", "badge badge-warn", "changed");
    mark.dataset.changed = name;
    one(".files").append(make("li", "", link, " ", mark));
  }
  const others = names.filter((name) => name !== file);
  const also = one("[data-editor-also]");
  const along = others.length ? `Also changed, and submitted together: ${others.join(", ")}.` : "";
  also.textContent = [restored, along].filter(Boolean).join(" ");
  also.hidden = also.textContent === "";
  one("[data-discard]").hidden = !names.includes(file);
}

// ---- Colours and line numbers ----

let painted = [];
let numbered = [];
let lineStates = [];

// The findings of each row, as columns of its text.
function marksByRow(lines) {
  const marks = new Map();
  for (const found of findings.filter((one) => one.file === file)) {
    const last = Math.min(found.end_line, found.line + 20, lines.length);
    for (let row = found.line - 1; row < last; row += 1) {
      const width = (column) => [...lines[row]].slice(0, column - 1).join("").length;
      const from = row === found.line - 1 ? width(found.column) : 0;
      const to = row === found.end_line - 1 ? width(found.end_column) : lines[row].length;
      marks.set(row, [...(marks.get(row) ?? []), { from, to, level: found.level }]);
    }
  }
  return marks;
}

// A coloured line, also split where marks begin and end.
function lineElement(pieces, marks) {
  const line = make("div", "code-line");
  let at = 0;
  for (const [kind, piece] of pieces) {
    const end = at + piece.length;
    const edges = marks.flatMap(({ from, to }) => [from, to]);
    const inner = edges.filter((edge) => edge > at && edge < end);
    const cuts = [...new Set([at, ...inner, end])].sort((a, b) => a - b);
    cuts.slice(1).forEach((to, place) => {
      const from = cuts[place];
      const mark = marks.find((one) => one.from <= from && to <= one.to);
      const names = [kind && `is-${kind}`, mark && `mark-${mark.level}`].filter(Boolean).join(" ");
      line.append(make("span", names, piece.slice(from - at, to - at)));
    });
    at = end;
  }
  return line;
}

// Redraws only the lines that changed, between the unchanged lines at both ends.
function repaint() {
  const lines = linesOf();
  const marks = marksByRow(lines);
  let state = "";
  lineStates = [];
  const fresh = lines.map((line, row) => {
    lineStates.push(state);
    const found = isList ? cutList(line) : cut(line, state);
    const here = marks.get(row) ?? [];
    const key = `${state}\u0000${line}\u0000${here.length ? JSON.stringify(here) : ""}`;
    state = found.state;
    return { key, pieces: found.pieces, marks: here };
  });
  const least = Math.min(fresh.length, painted.length);
  let head = 0;
  while (head < least && fresh[head].key === painted[head]) head += 1;
  let tail = 0;
  while (tail < least - head && fresh.at(-1 - tail).key === painted.at(-1 - tail)) tail += 1;
  [...paint.children].slice(head, painted.length - tail).forEach((line) => line.remove());
  const drawn = fresh.slice(head, fresh.length - tail);
  const before = paint.children[head] ?? null;
  drawn.forEach(({ pieces, marks }) => paint.insertBefore(lineElement(pieces, marks), before));
  painted = fresh.map(({ key }) => key);
  number(lines.length, marks);
  follow();
}

// Line numbers. A sign in front marks a finding.
function number(count, marks) {
  while (gutter.children.length > count) gutter.lastChild.remove();
  while (gutter.children.length < count) gutter.append(make("div", ""));
  const signs = { error: "× ", warning: "! " };
  const fresh = Array.from({ length: count }, (_, row) => {
    const levels = (marks.get(row) ?? []).map(({ level }) => level);
    return levels.includes("error") ? "error" : (levels[0] ?? "");
  });
  fresh.forEach((level, row) => {
    if (numbered[row] === level) return;
    const line = gutter.children[row];
    line.textContent = `${signs[level] ?? ""}${row + 1}`;
    line.className = level ? `mark-${level}` : "";
  });
  numbered = fresh;
}

function follow() {
  paint.scrollTop = text.scrollTop;
  paint.scrollLeft = text.scrollLeft;
  gutter.scrollTop = text.scrollTop;
}

function jump(line) {
  const lines = linesOf();
  const row = Math.min(Math.max(line, 1), lines.length) - 1;
  const at = lines.slice(0, row).reduce((sum, one) => sum + one.length + 1, 0);
  text.focus();
  text.setSelectionRange(at, at + lines[row].length);
  const height = parseFloat(getComputedStyle(text).lineHeight) || 20;
  text.scrollTop = Math.max(0, (row - 4) * height);
  follow();
}

// ---- Checks ----

let checking = null;
let timer = 0;

function checkSoon() {
  clearTimeout(timer);
  timer = setTimeout(check, CHECK_AFTER_MS);
}

async function check() {
  checking?.abort();
  const own = new AbortController();
  checking = own;
  const request = { method: "POST", headers: headers(), signal: own.signal };
  try {
    const body = JSON.stringify({ files: changed() });
    const answer = await fetch("/v1/rules/check", { ...request, body });
    const found = await answer.json();
    if (answer.ok) show(found);
    else say(`Not checked: ${found.detail ?? answer.status}.`);
  } catch (error) {
    if (error.name !== "AbortError") say("Not checked: the server does not answer.");
  }
}

const counted = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;

function show(checkup) {
  // Findings in this file come first, because they may cause the others.
  const isOther = (found) => found.file !== file;
  findings = checkup.diagnostics.toSorted((a, b) => isOther(a) - isOther(b));
  const { errors, warnings, rules } = checkup;
  const sum = `${counted(errors, "error")}, ${counted(warnings, "warning")}`;
  say(`Checked: ${findings.length ? sum : `no findings in ${counted(rules, "rule")}`}.`);
  showFindings();
  const hint = one("[data-results-none]");
  if (hint) hint.hidden = findings.length > 0;
  repaint();
}

function showFindings() {
  const items = make("ol", "findings", ...findings.map(findingElement));
  one("#findings").replaceChildren(...(findings.length ? [items] : []));
}

function findingElement(found) {
  const tone = found.level === "error" ? "danger" : "warn";
  const link = make("a", "", `${found.file}:${found.line}:${found.column}`);
  link.href = `/rules/edit?file=${encodeURIComponent(found.file)}&line=${found.line}`;
  link.dataset.file = found.file;
  link.dataset.line = found.line;
  const badge = make("span", `badge badge-${tone}`, found.level);
  const head = make("div", "row", badge, make("code", "", found.code), link);
  const label = found.label ? `: ${found.label}` : "";
  const item = make("li", "finding", head, make("p", "", found.message + label));
  if (found.hint) item.append(make("p", "soft small", found.hint));
  return item;
}

// Replaces the results by those in the answer of the form, without leaving the page.
async function showResults(button) {
  say("Running …");
  const sent = new URLSearchParams(new FormData(form, button));
  // A button is named `action` too, so the property is not the address.
  const answer = await fetch(form.getAttribute("action"), { method: "POST", body: sent });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = one("#results", page);
  if (!fresh) throw new Error("no results");
  one("#results").replaceWith(document.adoptNode(fresh));
  say("Done. See the results.");
  one("#results").scrollIntoView({ block: "nearest" });
  showFindings();
}

function submit(event) {
  const others = changed();
  delete others[file];
  form.elements.others.value = Object.keys(others).length ? JSON.stringify(others) : "";
  const button = event.submitter;
  if (button?.value === "check" && button.name === "action") {
    event.preventDefault();
    check();
  } else if (button?.hasAttribute("data-results")) {
    event.preventDefault();
    showResults(button).catch(() => say("Failed. Reload the page."));
  } else if (button?.hasAttribute("data-propose")) {
    stored((kept) => kept.setItem("proposing", "1"));
  }
}

// ---- Completion: the keys of a combobox, on a text of many lines ----

let found = null; // { row, from, words }
let chosen = 0;

function caret() {
  const before = text.value.slice(0, text.selectionStart).split("\n");
  return { row: before.length - 1, column: before.at(-1).length };
}

function offer(isAsked) {
  if (isList || text.selectionStart !== text.selectionEnd) return close();
  const { row, column } = caret();
  const lines = linesOf();
  const { key, open } = cut(lines[row].slice(0, column), lineStates[row] ?? "");
  found = { row, ...wordsAt({ lines, row, column, key, open }, vocabulary) };
  const isBegun = found.start.length > 0 || /["']$/.test(lines[row].slice(0, column));
  if (found.words.length === 0 || !(isAsked || isBegun)) return close();
  chosen = 0;
  list.replaceChildren(...found.words.map(wordElement));
  list.hidden = false;
  text.setAttribute("aria-controls", list.id);
  place();
  return choose(0);
}

function wordElement({ name, kind, doc }, place) {
  const item = make("li", "word", make("code", "", name), make("span", "soft small", kind));
  if (doc) item.append(make("span", "soft small word-doc", doc));
  item.id = `editor-word-${place}`;
  item.setAttribute("role", "option");
  item.addEventListener("mousedown", (event) => {
    event.preventDefault(); // the text keeps the focus
    accept(place);
  });
  return item;
}

// Places the list under the word at the caret, as painted, or above it at the end of the window.
function place() {
  const { row, from: column } = found;
  const line = paint.children[row];
  const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  range.selectNodeContents(line);
  for (let left = column, node = walker.nextNode(); node; node = walker.nextNode()) {
    range.setStart(node, Math.min(left, node.length));
    range.collapse(true);
    if (left <= node.length) break;
    left -= node.length;
  }
  const [area, spot, whole] = [box, range, line].map((one) => one.getBoundingClientRect());
  // A line at the edge may be clipped slightly. Only a line out of sight closes the list.
  if (whole.bottom < area.top || whole.top > area.bottom) return close();
  const x = (column > 0 ? spot.left : whole.left) - area.left;
  list.style.left = `${Math.max(0, Math.min(x, area.width - list.offsetWidth))}px`;
  const height = list.offsetHeight + 2;
  const isAbove = whole.bottom + height > innerHeight && whole.top > height;
  list.style.top = `${(isAbove ? whole.top - height : whole.bottom + 2) - area.top}px`;
  return undefined;
}

function choose(next) {
  if (!found) return;
  const items = [...list.children];
  chosen = (next + items.length) % items.length;
  items.forEach((item, at) => item.setAttribute("aria-selected", String(at === chosen)));
  text.setAttribute("aria-activedescendant", items[chosen].id);
  items[chosen].scrollIntoView({ block: "nearest" });
}

function close() {
  found = null;
  list.hidden = true;
  text.removeAttribute("aria-activedescendant");
}

function accept(place) {
  const { row } = caret();
  const start = linesOf().slice(0, row).reduce((sum, line) => sum + line.length + 1, 0);
  const { insert, back } = found.words[place];
  // The rest of the word at the caret is replaced too.
  const rest = /^[A-Za-z0-9_]*/.exec(text.value.slice(text.selectionStart))[0].length;
  text.setSelectionRange(start + found.from, text.selectionStart + rest);
  close();
  // Keeps the undo of the browser, where possible.
  if (!document.execCommand("insertText", false, insert)) {
    text.setRangeText(insert, text.selectionStart, text.selectionEnd, "end");
    text.dispatchEvent(new Event("input"));
  }
  const at = text.selectionStart - back;
  text.setSelectionRange(at, at);
  if (back === 2) offer(true);
  else close();
}

function keys(event) {
  if (event.isComposing) return;
  if (event.key === " " && event.ctrlKey) {
    event.preventDefault();
    offer(true);
    return;
  }
  if (!found) return;
  const actions = {
    ArrowDown: () => choose(chosen + 1),
    ArrowUp: () => choose(chosen - 1),
    Enter: () => accept(chosen),
    Escape: close,
  };
  const action = actions[event.key];
  if (!action || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  action();
}

// ---- Start ----

export function start() {
  stored((kept) => kept.removeItem("proposing"));
  restore();
  box.classList.add("is-painted");
  paint.hidden = false;
  gutter.hidden = false;
  text.setAttribute("aria-autocomplete", "list");
  text.setAttribute("aria-haspopup", "listbox");
  one("#editor-help").hidden = false;
  text.setAttribute("aria-describedby", "editor-help");
  repaint();
  showDrafts();
  // The folder of a changed list is opened.
  for (const mark of all("[data-changed]:not([hidden])")) {
    mark.closest("details")?.setAttribute("open", "");
  }
  text.addEventListener("input", (event) => {
    repaint();
    remember();
    checkSoon();
    if (event.inputType?.startsWith("insert")) offer(false);
    else close();
  });
  text.addEventListener("scroll", () => {
    follow();
    if (found) place();
  });
  text.addEventListener("keydown", keys);
  text.addEventListener("blur", close);
  text.addEventListener("click", close);
  removed.addEventListener("change", () => { remember(); checkSoon(); });
  form.addEventListener("submit", submit);
  one("[data-discard]").addEventListener("click", () => {
    drafts.drop(file);
    location.href = `/rules/edit?file=${encodeURIComponent(file)}`;
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-line]");
    if (!link || link.dataset.file !== file) return;
    event.preventDefault();
    jump(Number(link.dataset.line));
  });
  const line = Number(new URLSearchParams(location.search).get("line"));
  if (line > 0) jump(line);
  fetch("/v1/rules/vocabulary")
    .then((answer) => (answer.ok ? answer.json() : null))
    .then((words) => { vocabulary = words; })
    .catch(() => say("Names cannot be completed: the server does not answer."));
  check();
}
