// Light and dark mode: the system decides until the user switches, which is stored. Runs before the page is rendered, so
// that it does not flicker.
"use strict";
(() => {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const systemShade = () => (system.matches ? "dark" : "light");
  const stored = () => {
    try { return localStorage.getItem("mock-console-theme"); } catch { return null; }
  };
  function shade() {
    const chosen = stored();
    if (chosen) root.dataset.theme = chosen;
    else delete root.dataset.theme;
    root.dataset.shade = chosen || systemShade();
    document.querySelector(".theme")?.setAttribute("aria-pressed", String(root.dataset.shade === "dark"));
    document.dispatchEvent(new Event("shade"));
  }
  function switchShade() {
    const wanted = root.dataset.shade === "dark" ? "light" : "dark";
    try {
      if (wanted === systemShade()) localStorage.removeItem("mock-console-theme");
      else localStorage.setItem("mock-console-theme", wanted);
    } catch { /* storage is blocked: the choice lasts for this page */ }
    shade();
  }
  system.addEventListener("change", shade);
  shade();
  document.addEventListener("DOMContentLoaded", shade);
  document.addEventListener("click", (event) => event.target.closest(".theme") && switchShade());
})();
