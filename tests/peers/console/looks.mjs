// Looks at every page, light, dark and on a telephone: its width, what axe says about it, and its picture for people.
// Usage: node looks.mjs ADDRESS BROWSER-ADDRESS [FOLDER-FOR-PICTURES]

import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { client, LOOKS, tell } from "./page.mjs";

const [address, chromium, pictures] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core"), "utf-8");
const RULES = { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] };
const WORLD = "looked-at";
const SYNC = "dd998a8b-4df8-4cc7-8acf-bed5238b5b23";
const PAGES = {
  worlds: "/",
  world: `/ui/worlds/${WORLD}`,
  requests: `/ui/worlds/${WORLD}/requests`,
  explain: `/ui/worlds/${WORLD}/requests/${WORLD}.1`,
  unmatched: `/ui/worlds/${WORLD}/requests/${WORLD}.2`,
  quiet: "/ui/worlds/never-asked/requests",
  state: `/ui/worlds/${WORLD}/state`,
  collection: `/ui/worlds/${WORLD}/state/aimable/syncs`,
  record: `/ui/worlds/${WORLD}/state/aimable/syncs/${SYNC}`,
  snapshots: "/ui/snapshots",
  compare: `/ui/compare?left=world:${WORLD}&right=world:default`,
  equal: "/ui/compare?left=world:default&right=world:default",
  scenarios: "/ui/scenarios",
  contracts: "/ui/contracts",
};
const REFERENCES = { reference: "/ui/contracts/aimable/reference", admin: "/ui/contracts/admin/reference" };

await prepare();
await tell(address, chromium, async (opened) => {
  const told = { widths: {}, barriers: [], papers: {}, references: {} };
  const view = async (look) => {
    const page = await opened(look);
    for (const [name, path] of Object.entries(PAGES)) {
      await page.goto(`${address}/__admin${path}`);
      await looked(page, look, name);
    }
    await page.goto(`${address}/__admin${PAGES.world}`);
    await page.getByRole("button", { name: "Add fault" }).click();
    await page.getByRole("dialog", { name: "Add a fault" }).waitFor();
    await looked(page, look, "dialog");
    for (const [name, path] of Object.entries(REFERENCES)) {
      await page.goto(`${address}/__admin${path}`);
      await page.getByRole("heading", { level: 1 }).first().waitFor();
      await drawn(page, `${name}-${look}`);
      (told.references[name] ??= []).push(await page.getByRole("heading", { level: 1 }).first().innerText());
    }
  };
  await Promise.all(Object.keys(LOOKS).map(view));
  return told;

  async function drawn(page, name, options) {
    if (pictures) await page.screenshot({ path: `${pictures}/${name}.png`, ...options });
  }

  async function looked(page, look, name) {
    await drawn(page, `${name}-${look}`, { fullPage: name !== "dialog" });
    told.widths[`${name}-${look}`] = await page.evaluate(() => document.documentElement.scrollWidth);
    told.papers[look] = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    await page.evaluate(axe);
    const { violations } = await page.evaluate((rules) => globalThis.axe.run(rules), RULES);
    for (const { id, nodes } of violations) told.barriers.push(`${name}-${look}: ${id}: ${nodes.map(({ target }) => target.join(" ")).slice(0, 3).join(", ")}`);
  }
});

/** A world with something of everything to look at. */
async function prepare() {
  const admin = async (method, path, body) => {
    const answer = await fetch(`${address}/__admin${path}`, { method, body: JSON.stringify(body), headers: { "Content-Type": "application/json" } });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  };
  await admin("POST", "/worlds", { name: WORLD, seed: 7 });
  await admin("POST", "/worlds", { name: "never-asked", scenario: "first-run" });
  const ask = client(address, WORLD);
  await ask("GET", "/api-proxy/v1/admin/connector-providers");
  await ask("GET", "/api-proxy/v1/admin/connector-provider");
  await ask("POST", "/api-proxy/v1/spaces/7a5f3b1d-8e2c-4f1a-b9c0-1d2e3f4a5b6c/collections/9c8d7e6f-5a4b-3c2d-1e0f-2a3b4c5d6e7f/connectors/c1a7e2d4-3b5f-4a6c-8d9e-0f1a2b3c4d5e/sync");
  await admin("POST", `/worlds/${WORLD}/faults`, { when: { contract: "aimable", every: 3 }, kind: "unavailable", retry_after: 3 });
  await admin("POST", `/worlds/${WORLD}/faults`, { kind: "latency", lognormal: { median_ms: 30, sigma: 0.6, cap_ms: 300 } });
  await admin("POST", `/worlds/${WORLD}/overrides`, { contract: "aimable", operation: "getSync", code: 404, times: 2 });
  await admin("POST", "/snapshots", { name: "before-checkout", world: WORLD });
  await admin("PATCH", `/worlds/${WORLD}/clock`, { mode: "frozen", now: "2026-06-10T08:00:00Z" });
}
