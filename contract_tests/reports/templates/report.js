"use strict";
(() => {
  const one = (selector) => document.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const items = all("[data-item]");
  const boxes = all("input[name=verdict]");
  const usual = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
  const text = one("#text"), family = one("#family"), contract = one("#contract"), chip = one("#operation");
  let operation = "";

  const matches = (item, verdicts, words) =>
    verdicts.has(item.dataset.verdict) &&
    (!family.value || item.dataset.family === family.value) &&
    (!contract.value || item.dataset.contract === contract.value) &&
    (!operation || item.dataset.operations.includes(` ${operation} `)) &&
    words.every((word) => item.dataset.search.includes(word));

  const changed = (verdicts) =>
    Boolean(text.value || family.value || contract.value || operation) ||
    verdicts.size !== usual.size || [...usual].some((name) => !verdicts.has(name));

  function update() {
    const verdicts = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
    const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const item of items) {
      item.hidden = !matches(item, verdicts, words);
      shown += item.hidden ? 0 : 1;
    }
    for (const group of all("[data-group]")) group.hidden = !all("[data-item]", group).some((item) => !item.hidden);
    one("#shown").textContent = `${shown} of ${items.length} shown`;
    one("#nothing").hidden = shown > 0;
    one("#clear").hidden = !changed(verdicts);
    chip.hidden = !operation;
    chip.textContent = `${operation} ✕`;
    chip.setAttribute("aria-label", `Stop filtering by ${operation}`);
    for (const cell of all("button.cell")) {
      const { dataset } = cell;
      const chosen = dataset.operation === operation && dataset.family === family.value && dataset.contract === contract.value;
      cell.setAttribute("aria-pressed", String(chosen));
    }
  }

  function choose(cell) {
    const again = cell.getAttribute("aria-pressed") === "true";
    operation = again ? "" : cell.dataset.operation;
    family.value = again ? "" : cell.dataset.family;
    contract.value = again ? "" : cell.dataset.contract;
    for (const box of boxes) box.checked = again ? usual.has(box.value) : true;
    update();
    if (again) return;
    for (const details of all("details.reasons:not([hidden])")) details.open = true;
    one("#outcomes").scrollIntoView();
    one("#outcomes").focus({ preventScroll: true });
  }

  async function copy(button) {
    const source = button.parentElement.querySelector("code");
    try {
      await navigator.clipboard.writeText(source.textContent);
      button.textContent = "Copied";
    } catch {
      // A page opened from disk may have no clipboard: leave the line selected, one keystroke from copied.
      getSelection().selectAllChildren(source);
      button.textContent = "Selected";
    }
    setTimeout(() => { button.textContent = "Copy"; }, 1600);
  }

  function clear() {
    operation = text.value = family.value = contract.value = "";
    for (const box of boxes) box.checked = usual.has(box.value);
    update();
  }

  for (const field of [text, family, contract, ...boxes]) field.addEventListener("input", update);
  for (const cell of all("button.cell")) cell.addEventListener("click", () => choose(cell));
  for (const button of all(".copy")) button.addEventListener("click", () => copy(button));
  chip.addEventListener("click", () => { operation = ""; update(); text.focus(); });
  one("#clear").addEventListener("click", (event) => { event.preventDefault(); clear(); text.focus(); });
  document.addEventListener("keydown", (event) => {
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName) && document.activeElement.type !== "checkbox";
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) { event.preventDefault(); text.focus(); }
    if (event.key === "Escape") clear();
  });
  update();
})();
