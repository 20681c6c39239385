// The console works without this file. It adds themes, keys, live pages and the check of proofs.
// It has no dependencies and no inline code, and sends requests only to its own server.

const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const one = (selector, root = document) => root.querySelector(selector);

// Storage may be forbidden. Then a setting applies to this page only.
const remembered = {
  get(name) {
    try { return localStorage.getItem(name); } catch { return null; }
  },
  set(name, value) {
    try { localStorage.setItem(name, value); } catch { /* not remembered */ }
  },
};

// ---- Theme ----

function startTheme() {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const root = document.documentElement;
  const button = one("[data-theme-toggle]");
  const current = () => root.dataset.theme ?? (dark.matches ? "dark" : "light");
  const other = () => (current() === "dark" ? "light" : "dark");
  const name = () => button?.setAttribute("aria-label", `Switch to the ${other()} theme`);

  const kept = remembered.get("theme");
  if (kept === "light" || kept === "dark") root.dataset.theme = kept;
  dark.addEventListener("change", name);
  if (!button) return;
  name();
  button.hidden = false;
  button.addEventListener("click", () => {
    root.dataset.theme = other();
    remembered.set("theme", root.dataset.theme);
    name();
  });
}

// ---- Keyboard ----

const GOES = {
  o: "/",
  w: "/work",
  q: "/queues",
  c: "/cases",
  d: "/decisions",
  r: "/rules",
  e: "/rules/edit",
  p: "/proposals",
  t: "/backtests",
  b: "/orders",
  n: "/notices",
  a: "/appeals",
  j: "/rejudge",
  l: "/lists",
  s: "/system",
  v: "/deliveries",
  f: "/refused",
  m: "/statements",
  u: "/reports",
  h: "/history",
};
const PREFIX_MS_MAX = 1200;

function startKeys() {
  const help = one("#help");
  const opener = one("[data-help]");
  const box = one("[data-shortcuts]");
  if (opener && help) {
    opener.hidden = false;
    opener.addEventListener("click", () => help.showModal());
  }
  if (box) {
    box.checked = remembered.get("shortcuts") !== "off";
    box.addEventListener("change", () => remembered.set("shortcuts", box.checked ? "on" : "off"));
  }

  const showHelp = () => help?.showModal();
  let goes = 0; // when `g` was pressed
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (box && !box.checked) return;
    if (help?.open || isTyping(event.target)) return;
    const key = event.key;
    if (goes && event.timeStamp - goes < PREFIX_MS_MAX && GOES[key]) {
      event.preventDefault();
      location.href = GOES[key];
      return;
    }
    goes = key === "g" ? event.timeStamp : 0;
    const actions = { "/": focusSearch, "?": showHelp, j: nextRow, k: previousRow };
    const action = actions[key] ?? keyed(key);
    if (!action) return;
    event.preventDefault();
    action();
  });
}

// An element with data-key reacts to that key: a button is pressed, a box toggled, a field focused.
function keyed(key) {
  const target = all("[data-key]").find((element) => element.dataset.key === key);
  if (!target) return null;
  return () => (target.matches("select, input:not([type=checkbox])") ? target.focus() : target.click());
}

const TYPING = "input, textarea, select, [contenteditable]";
const isTyping = (target) => Boolean(target.closest?.(TYPING));
const focusSearch = () => one("#find")?.select();
const nextRow = () => moveRow(1);
const previousRow = () => moveRow(-1);

// A row has the focus when its link has it, so Enter opens it and screen readers announce it.
function moveRow(by) {
  const links = all("table tbody tr").map((row) => one("a[href]", row)).filter(Boolean);
  const row = document.activeElement?.closest?.("tr");
  const now = links.findIndex((link) => link.closest("tr") === row);
  const next = links[now < 0 ? (by > 0 ? 0 : links.length - 1) : now + by];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

// ---- Live pages ----

// Makes `old` equal to `fresh` with as few changes as possible, so that focus, selection, open
// details and scroll positions stay. A part with data-hold is not changed while it has the pointer
// or the focus: a link must not change under a finger.
function morph(old, fresh) {
  if (old.nodeType !== fresh.nodeType || old.nodeName !== fresh.nodeName) {
    old.replaceWith(fresh);
    return;
  }
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return;
  }
  if (old.nodeType !== Node.ELEMENT_NODE) return;
  const isHeld = old.matches(":hover") || old.contains(document.activeElement);
  if (old.hasAttribute("data-hold") && isHeld) return;
  if (old.dataset.keep !== fresh.dataset.keep) {
    old.replaceWith(fresh);
    return;
  }
  morphAttributes(old, fresh);
  morphChildren(old, fresh);
}

function morphAttributes(old, fresh) {
  const isKept = (name) => name === "open" && old.nodeName === "DETAILS";
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && !isKept(name)) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value && !isKept(name)) old.setAttribute(name, value);
  }
}

function morphChildren(old, fresh) {
  const [before, after] = [[...old.childNodes], [...fresh.childNodes]];
  after.forEach((node, place) => {
    if (before[place]) morph(before[place], node);
    else old.append(node);
  });
  before.slice(after.length).forEach((node) => node.remove());
}

function parse(html, context) {
  const range = document.createRange();
  range.selectNodeContents(context);
  return range.createContextualFragment(html);
}

const STATES = { live: "Live", reconnecting: "Reconnecting", paused: "Paused" };

function tell(element, state) {
  if (!element || element.dataset.state === state) return;
  element.hidden = false;
  element.dataset.state = state;
  element.textContent = STATES[state];
}

// A stream that can be paused. EventSource reconnects on its own. The state shows what happened.
function stream(url, event, state, take) {
  let source = null;
  return {
    start() {
      source = new EventSource(url);
      source.addEventListener("open", () => tell(state, "live"));
      source.addEventListener("error", () => tell(state, "reconnecting"));
      source.addEventListener(event, (message) => {
        tell(state, "live");
        take(message.data);
      });
    },
    stop() {
      source?.close();
      source = null;
      tell(state, "paused");
    },
    isOn: () => source !== null,
  };
}

function startOverview() {
  const live = one("#live[data-live]");
  if (!live) return;
  const pause = one("[data-pause]");
  const show = (html) => {
    const fresh = live.cloneNode(false);
    fresh.append(parse(html, live));
    morph(live, fresh);
  };
  const updates = stream(live.dataset.live, "overview", one("[data-connection]"), show);
  updates.start();
  if (!pause) return;
  pause.hidden = false;
  pause.addEventListener("click", () => {
    if (updates.isOn()) updates.stop();
    else updates.start();
    pause.textContent = updates.isOn() ? "Pause" : "Resume";
  });
}

const ROWS_MAX = 100;
const ANNOUNCE_MS_MIN = 10_000;

function startRows() {
  const button = one("[data-live-rows]");
  const body = one("[data-rows] tbody");
  if (!button || !body) return;
  const announce = arrivals(one("[data-arrivals]"));
  const show = (html) => {
    const rows = parse(html, body);
    const fresh = all("tr", rows);
    const keys = new Set(all("tr", body).map((row) => row.dataset.key));
    const unseen = fresh.filter((row) => !row.dataset.key || !keys.has(row.dataset.key));
    unseen.forEach((row) => row.classList.add("is-new"));
    body.prepend(...unseen);
    if (unseen.length > 0) revealTable(body);
    // The row with the focus stays, whatever its age.
    const old = all("tr", body).slice(ROWS_MAX);
    old.filter((row) => !row.contains(document.activeElement)).forEach((row) => row.remove());
    announce(unseen.length);
  };
  // The filter of the page is sent too, so that only matching rows arrive.
  const url = button.dataset.liveRows + location.search;
  const updates = stream(url, "rows", one("[data-connection]"), show);
  button.hidden = false;
  button.addEventListener("click", () => {
    if (updates.isOn()) updates.stop();
    else updates.start();
    button.setAttribute("aria-pressed", String(updates.isOn()));
  });
}

// An empty table is hidden, and a placeholder is shown instead.
function revealTable(body) {
  const region = body.closest("[role=region]");
  region.hidden = false;
  one(".empty", region.parentElement)?.remove();
}

// Announces the number of new rows, at most every ten seconds.
function arrivals(output) {
  let count = 0;
  let timer = 0;
  return (more) => {
    count += more;
    if (timer || !output || count === 0) return;
    timer = setTimeout(() => {
      output.textContent = count === 1 ? "1 new decision" : `${count} new decisions`;
      count = 0;
      timer = 0;
    }, ANNOUNCE_MS_MIN);
  };
}

// ---- Countdowns ----

// Countdowns. An expired one is shown in words, not by colour alone.
function startCountdowns() {
  const moments = () => all("time[data-due]");
  const show = () => {
    for (const moment of moments()) {
      const left = Math.floor((new Date(moment.dataset.due) - Date.now()) / 1000);
      moment.textContent = left < 0 ? `${span(-left)} over` : `${span(left)} left`;
      moment.dataset.state = left < 0 ? "over" : left < Number(moment.dataset.soon ?? 900) ? "soon" : "";
    }
  };
  if (moments().length === 0) return;
  show();
  setInterval(show, 1000);
}

function span(seconds) {
  const two = (number) => String(number).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  if (hours >= 48) return `${Math.floor(hours / 24)} days`;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

// ---- Small things ----

// Content is blurred until requested. Without this script it is in a closed <details>.
function startVeils() {
  for (const details of all("details[data-veil]")) {
    const box = document.createElement("div");
    const button = document.createElement("button");
    box.append(...[...details.childNodes].filter((node) => node.nodeName !== "SUMMARY"));
    button.type = "button";
    const set = (isVeiled) => {
      box.classList.toggle("veiled", isVeiled);
      box.inert = isVeiled; // also not read aloud, selected or reached by keyboard
      button.setAttribute("aria-expanded", String(!isVeiled));
      button.textContent = isVeiled ? "Show the content" : "Hide the content";
    };
    button.addEventListener("click", () => set(!box.inert));
    set(true);
    const wrap = document.createElement("div");
    wrap.className = "stack";
    wrap.append(button, box);
    details.replaceWith(wrap);
  }
}

function startFilters() {
  for (const input of all("[data-filter]")) {
    const root = document.getElementById(input.dataset.filter);
    const count = one("[data-filter-count]");
    if (!root) continue;
    input.closest("[hidden]")?.removeAttribute("hidden");
    input.addEventListener("input", () => {
      const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      const items = all("[data-filter-item]", root);
      for (const item of items) {
        const text = item.textContent.toLowerCase();
        item.hidden = !words.every((word) => text.includes(word));
      }
      for (const group of all("[data-filter-group]", root)) {
        group.hidden = words.length > 0 && !one("[data-filter-item]:not([hidden])", group);
      }
      const shown = items.filter((item) => !item.hidden).length;
      if (count) count.textContent = words.length ? `${shown} of ${items.length} shown` : "";
    });
  }
}

function startCopies() {
  if (!navigator.clipboard) return;
  for (const button of all("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = "Copied";
    });
  }
}

const POLL_MS = 1000;
const TOLD_PERCENT = 5;

const DOING = { running: "", looking: "Looking: ", judging: "Submitting: " };

// Long jobs: shows the progress until the job ends or enters its next phase. Then the page is
// reloaded and shows the result.
function startPolls() {
  for (const box of all("[data-poll]")) {
    const text = one("[data-poll-text]", box);
    let told = -1;
    const ask = async () => {
      try {
        const answer = await fetch(box.dataset.poll);
        if (!answer.ok) throw new Error(answer.status);
        const found = await answer.json();
        const { state, progress } = found.backtest ?? found;
        if (state !== box.dataset.pollState) return location.reload();
        one("progress", box).value = progress;
        const percent = Math.floor(progress * 100);
        // Not at every percent, because it is read aloud.
        const step = Math.floor(percent / TOLD_PERCENT);
        if (step !== told) text.textContent = `${DOING[state] ?? ""}${percent} % done`;
        told = step;
      } catch {
        text.textContent = "The server does not answer. Trying again.";
        told = -1;
      }
      return setTimeout(ask, POLL_MS);
    };
    setTimeout(ask, POLL_MS);
  }
}

// A proposed change is no longer a draft.
function clearDrafts() {
  if (!one("[data-drafts-done]")) return;
  try {
    if (!sessionStorage.getItem("proposing")) return;
    const keys = Object.keys(sessionStorage);
    keys.filter((key) => key.startsWith("draft:") || key === "proposing")
      .forEach((key) => sessionStorage.removeItem(key));
  } catch { /* nothing is stored */ }
}

startTheme();
startKeys();
startOverview();
startRows();
startVeils();
startCountdowns();
startFilters();
startCopies();
startPolls();
clearDrafts();
if (one("#proof-data")) import("/assets/proof.js").then((proof) => proof.start());
if (one("[data-editor]")) import("/assets/editor.js").then((editor) => editor.start());
