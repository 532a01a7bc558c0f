// Renders the API reference of one contract in the colours of the console. Nothing is requested from other servers.
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const place = document.querySelector("#reference");
  const quiet = { disabled: true };
  const ours = `.light-mode, .dark-mode {
    --scalar-background-1: var(--card); --scalar-background-2: var(--paper); --scalar-background-3: var(--quiet-bg);
    --scalar-background-accent: var(--accent-bg); --scalar-border-color: var(--line); --scalar-color-1: var(--ink);
    --scalar-color-2: var(--soft); --scalar-color-3: var(--soft); --scalar-color-accent: var(--accent);
    --scalar-color-blue: var(--accent); --scalar-color-green: var(--good); --scalar-color-red: var(--bad);
    --scalar-color-orange: var(--warn); --scalar-color-yellow: var(--warn); --scalar-color-purple: var(--rare);
    --scalar-font: var(--sans); --scalar-font-code: var(--mono);
  }`;
  const dark = () => document.documentElement.dataset.shade === "dark";
  Scalar.createApiReference(place, {
    url: place.dataset.document,
    servers: JSON.parse(place.dataset.servers),
    theme: "none",
    customCss: ours,
    withDefaultFonts: false,
    telemetry: false,
    hideClientButton: true,
    showDeveloperTools: "never",
    hideDarkModeToggle: true,
    forceDarkModeState: dark() ? "dark" : "light",
    documentDownloadType: "json",
    agent: quiet,
    mcp: quiet,
  });
  document.addEventListener("shade", () => {
    document.body.classList.toggle("dark-mode", dark());
    document.body.classList.toggle("light-mode", !dark());
  });
});
