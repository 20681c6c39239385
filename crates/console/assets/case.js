// The page of a case: keys for effects and verdicts, a preview of the statement, renewal of the
// lease while somebody works, and media that start blurred and grey.

const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const one = (selector, root = document) => root.querySelector(selector);

const page = one("[data-case]");
const form = one("form[data-verdict]");
const csrf = one("input[name=csrf]", form ?? document)?.value ?? "";
const address = `/v1/cases/${page?.dataset.case}`;

async function ask(path, body) {
  const headers = { "content-type": "application/json", "x-csrf-token": csrf };
  return fetch(path, { method: "POST", headers, body: JSON.stringify(body) });
}

// ---- The preview of the statement ----

const BESIDE = { label: "label_text", disable: "countries", suspend_account: "days" };

function effects() {
  return all("[data-effect]:checked", form).map((box) => {
    const beside = form.elements[BESIDE[box.name]]?.value.trim();
    return beside ? `${box.name}:${beside}` : box.name;
  });
}

let asked = 0;
async function preview() {
  const place = one("[data-preview]", form);
  const chosen = effects();
  const mine = ++asked;
  if (chosen.length === 0) {
    place.hidden = true;
    return;
  }
  const verdict = { finding: "violation", policy: form.elements.policy.value, effects: chosen };
  const answer = await ask(`${address}/preview`, verdict);
  if (mine !== asked) return; // another choice was made in the meantime
  const told = await answer.json();
  place.textContent = answer.ok ? told.statement : told.detail;
  place.hidden = false;
}

function startVerdict() {
  if (!form) return;
  form.addEventListener("input", preview);
  form.elements.policy.addEventListener("change", () => {
    const chosen = form.elements.policy.value;
    for (const text of all("[data-policy-text]")) {
      text.hidden = text.dataset.policyText !== chosen;
    }
  });
}

// ---- The lease ----

const RENEW_MS = 120_000;

function startLease() {
  if (!page?.hasAttribute("data-mine")) return;
  let active = true;
  for (const event of ["keydown", "pointerdown", "scroll"]) {
    document.addEventListener(event, () => { active = true; }, { passive: true });
  }
  setInterval(async () => {
    // Without activity, the lease is not renewed.
    if (!active || document.hidden) return;
    active = false;
    const answer = await ask(address, { do: "renew" });
    if (!answer.ok) location.reload();
  }, RENEW_MS);
}

// ---- Media ----

function startPlayer() {
  const player = one("[data-player]");
  if (!player) return;
  for (const name of ["blur", "grey"]) {
    const button = one(`[data-player-${name}]`, player);
    player.classList.add(`is-${name}`);
    button.addEventListener("click", () => {
      const isOn = player.classList.toggle(`is-${name}`);
      button.setAttribute("aria-pressed", String(isOn));
    });
  }
}

startVerdict();
startLease();
startPlayer();
