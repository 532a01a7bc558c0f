// The console's script: every action is a call of the admin API, described by the attributes of a form (see calls.js). Errors
// are shown in the form, next to the field. After a success the page is reloaded in place, or data-go is opened.

import { requestOf, Unreadable } from "./calls.js";

const one = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];

// ---- submitting forms

async function submit(form, submitter) {
  clear(form);
  const buttons = all("button", form);
  try {
    const [url, request] = await requestOf(form);
    for (const button of buttons) button.setAttribute("aria-busy", "true");
    const first = form.dataset.first && (await fetch(`/__admin${form.dataset.first}`, { ...request, body: JSON.stringify({ name: form.elements.name.value }) }));
    if (first && !first.ok) return refused(form, first);
    const answer = await fetch(url, request);
    if (!answer.ok) return refused(form, answer);
    const result = answer.status === 204 ? {} : await answer.json().catch(() => ({}));
    await done(form, result, submitter);
  } catch (error) {
    if (error instanceof Unreadable) wrong(form, error.field, error.message);
    else lost(form);
  } finally {
    for (const button of buttons) button.removeAttribute("aria-busy");
  }
}

async function done(form, result, submitter) {
  const values = { ...Object.fromEntries(new FormData(form)), ...result };
  const filled = (text, coded) => text.replace(/\{(\w+)\}/g, (_, name) => (coded ? encodeURIComponent(values[name]) : values[name]));
  const words = filled(form.dataset.done || "Done.", false);
  if (form.dataset.go) {
    try { sessionStorage.setItem("mock-console-said", words); } catch { /* no message, then */ }
    location.assign(filled(form.dataset.go, true));
    return;
  }
  const dialog = form.closest("dialog");
  const opener = dialog ? dialog.opener : submitter;
  dialog?.close();
  await refresh(opener);
  say(words);
}

async function download(form) {
  clear(form);
  const answer = await fetch(`${form.action}?${new URLSearchParams(new FormData(form))}`).catch(() => null);
  if (!answer?.ok) return answer ? refused(form, answer) : lost(form);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await answer.blob());
  link.download = form.dataset.download;
  link.click();
  URL.revokeObjectURL(link.href);
  form.closest("dialog").close();
}

// ---- errors, shown at the field they belong to

const subjectOf = (error) => `${error.in} ${error.pointer.slice(1).replaceAll("/", ".")}`.trim();
const wordsOf = (error) => `${error.message.replace(subjectOf(error), "This")}.`;

async function refused(form, answer) {
  const document = await answer.json().catch(() => ({}));
  const errors = document.errors || [];
  // With errors at fields, a title would only repeat them.
  const fallback = errors.length ? "" : document.title || `Status ${answer.status}`;
  problem(form, document.detail || fallback, errors);
}

const lost = (form) => problem(form, "The server does not respond. Is it still running?", []);

function problem(form, words, errors) {
  const elsewhere = errors.filter((error) => !wrong(form, fieldOf(form, error), wordsOf(error)));
  if (!words && !elsewhere.length) return;
  const box = Object.assign(document.createElement("div"), { className: "problem" });
  box.setAttribute("role", "alert");
  box.append(Object.assign(document.createElement("b"), { textContent: words || "The request is not valid." }));
  for (const error of elsewhere) {
    box.append(Object.assign(document.createElement("p"), { textContent: error.message }));
  }
  const acts = one(".acts", form);
  if (acts) acts.before(box);
  else (form.closest("[data-problems]") || form).append(box);
  if (!one("[aria-invalid]", form)) box.scrollIntoView({ block: "nearest" });
}

function fieldOf(form, error) {
  const name = error.pointer.slice(1).replaceAll("/", ".");
  return [...form.elements].find((field) => field.name && field.name === name && !field.matches(":disabled, [type=hidden]"));
}

function wrong(form, field, message) {
  if (!field) return false;
  const id = `${form.closest("[id]")?.id}-${field.name}-wrong`;
  const words = Object.assign(document.createElement("p"), { className: "wrong", id, textContent: message });
  field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-describedby", id);
  (field.closest(".field") || field.parentElement).append(words);
  field.focus();
  return true;
}

function clear(form) {
  for (const box of all(".problem, .wrong", form.closest("[data-problems]") || form)) box.remove();
  for (const field of all("[aria-invalid]", form)) { field.removeAttribute("aria-invalid"); field.removeAttribute("aria-describedby"); }
}

// ---- reloading the page without losing focus and position

async function page() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

const marks = (node) => [node.tagName, node.id, node.getAttribute("href"), node.dataset?.open, node.dataset?.fill, node.textContent.trim(), node.form?.dataset.path].join("|");

async function refresh(kept = document.activeElement) {
  const fresh = one("main", await page());
  if (!fresh) return location.reload();
  const wanted = kept && kept !== document.body ? marks(kept) : "";
  one("main").replaceChildren(...fresh.childNodes);
  begin(one("main"));
  const places = all("button, a, input, select", one("main"));
  const again = wanted && (places.find((node) => marks(node) === wanted) || places.find((node) => kept.form && node.form?.dataset.path === kept.form.dataset.path && node.type === "submit"));
  (again || one("main")).focus({ preventScroll: true });
}

function say(words) {
  const box = one(".said");
  box.textContent = words;
  clearTimeout(say.until);
  say.until = setTimeout(() => { box.textContent = ""; }, 4500);
}

// ---- live lists: only the count is requested, and the list when the count has changed

async function follow() {
  const list = one("[data-live=on]");
  if (!list || document.hidden) return;
  try {
    const { count } = await (await fetch(list.dataset.count)).json();
    if (String(count) === list.dataset.seen) return;
    const fresh = one("[data-live]", await page());
    const known = new Set(all("[data-id]", list).map((row) => row.dataset.id));
    for (const row of all("[data-id]", fresh)) if (!known.has(row.dataset.id)) row.classList.add("fresh");
    const focused = list.contains(document.activeElement) ? marks(document.activeElement) : "";
    list.replaceChildren(...fresh.childNodes);
    list.dataset.seen = fresh.dataset.seen;
    begin(list);
    if (focused) all("button, a", list).find((node) => marks(node) === focused)?.focus();
  } catch { /* the server may be restarting: try again later */ }
}

function pause(button) {
  const list = one("[data-live]");
  const on = list.dataset.live !== "on";
  list.dataset.live = on ? "on" : "off";
  for (const word of all("[data-following]")) word.textContent = on ? "Following" : "Paused";
  button.textContent = on ? "Pause" : "Follow";
  if (on) follow();
}

// ---- clocks run on between two requests

function tick() {
  for (const node of all("time[data-mode]")) {
    node.read ??= performance.now();
    if (node.dataset.mode !== "running") continue;
    const passed = (performance.now() - node.read) * Number(node.dataset.scale || 1);
    const now = new Date(Date.parse(node.dateTime) + passed).toISOString();
    node.textContent = now.slice(11, 19);
    const day = one("[data-day]", node.parentElement);
    if (day) day.textContent = new Date(now).toLocaleDateString("en-GB", { timeZone: "UTC", weekday: "long", day: "numeric", month: "long", year: "numeric" }).replace(",", "");
  }
}

// ---- dialogs, fields that depend on others, copying

function open(button) {
  const dialog = one(`#${button.dataset.open}`);
  clear(one("form", dialog));
  one("form", dialog).reset();
  fill(dialog, JSON.parse(button.dataset.fill || "{}"));
  dialog.opener = button;
  dialog.showModal();
}

function fill(within, values) {
  const form = within.matches("form") ? within : one("form", within);
  for (const [name, value] of Object.entries(values)) {
    for (const field of all("[name]", form).filter((field) => field.name === name)) {
      if (field.type === "checkbox") field.checked = value;
      else if (field.type === "radio") field.checked = field.value === value;
      else field.value = value;
    }
    for (const word of all(`[data-say="${name}"]`, within)) word.textContent = value;
  }
  depend(form);
}

function depend(form) {
  for (const part of all("[data-when]", form)) {
    const [name, ...values] = part.dataset.when.split(/[:|]/);
    const field = all("[name]", form).find((field) => field.name === name && (field.type !== "radio" || field.checked));
    const shown = Boolean(field) && values.includes(field.value);
    part.hidden = !shown;
    if ("disabled" in part) part.disabled = !shown;
  }
}

async function copy(button) {
  const source = one("code", button.parentElement);
  let words = "Copied";
  try {
    await navigator.clipboard.writeText(source.textContent);
  } catch {
    getSelection().selectAllChildren(source);
    words = "Selected";
  }
  const before = button.dataset.words ??= button.textContent;
  button.textContent = words;
  say(words === "Copied" ? "Copied." : "Selected: copy it with the keyboard.");
  setTimeout(() => { button.textContent = before; }, 1600);
}

function begin(within) {
  for (const form of all("form[data-call]", within)) depend(form);
  tick();
}

// ---- event handlers

const CLICKS = {
  "[data-open]": open,
  "[data-close]": (button) => button.closest("dialog").close(),
  "[data-preset]": (button) => { const form = button.closest("form"); form.reset(); fill(form, JSON.parse(button.dataset.preset)); },
  "[data-follow]": pause,
  ".copy button": copy,
};

document.addEventListener("click", (event) => {
  for (const [selector, act] of Object.entries(CLICKS)) {
    const target = event.target.closest(selector);
    if (target) return act(target);
  }
  if (event.target.matches("dialog")) event.target.close();
});
document.addEventListener("submit", (event) => {
  const form = event.target, act = form.matches("[data-call]") ? submit : form.matches("[data-download]") && download;
  if (act) { event.preventDefault(); act(form, event.submitter); }
});
document.addEventListener("change", (event) => {
  const { target } = event;
  if (target.form?.matches("[data-call]")) depend(target.form);
  const name = target.type === "file" && one("[name=name]", target.form);
  if (name && !name.value) name.value = target.files[0]?.name.replace(/\.json$/, "").toLowerCase().replace(/[^a-z0-9-]+/g, "-") || "";
});

begin(document);
setInterval(tick, 250);
setInterval(follow, 1500);
try {
  const words = sessionStorage.getItem("mock-console-said");
  sessionStorage.removeItem("mock-console-said");
  if (words) say(words);
} catch { /* storage is blocked: no message */ }
