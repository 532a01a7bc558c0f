// Walks the console as somebody does who tries out a client: a world, a sync that breaks and one that ends, a comparison.
// Usage: node walk.mjs ADDRESS BROWSER-ADDRESS

import { client, tell } from "./page.mjs";

const [address, chromium] = process.argv.slice(2);
const WORLD = "checkout-test";
const CONNECTOR = "c1a7e2d4-3b5f-4a6c-8d9e-0f1a2b3c4d5e";
const SYNC =
  "/api-proxy/v1/spaces/7a5f3b1d-8e2c-4f1a-b9c0-1d2e3f4a5b6c/collections/9c8d7e6f-5a4b-3c2d-1e0f-2a3b4c5d6e7f" +
  `/connectors/${CONNECTOR}/sync`;
const ask = client(address, WORLD);
const stateOf = async (id) => (await ask("GET", `${SYNC}/${id}`)).body.data.status;

await tell(address, chromium, async (opened) => {
  const told = {};
  const page = await opened("light");
  const said = (words) => page.getByText(words, { exact: true }).waitFor();
  const button = (name) => page.getByRole("button", { name, exact: true });
  const overview = () => page.goto(`${address}/__admin/ui/worlds/${WORLD}`);
  const dialog = page.locator("dialog[open]");

  await page.goto(`${address}/__admin/`);
  await button("New world").click();
  await dialog.getByLabel("Name").fill(WORLD);
  await dialog.getByLabel("Seed").fill("7");
  await button("Create world").click();
  await page.waitForURL(`**/ui/worlds/${WORLD}`);
  told.created = { heading: await page.locator("h1").innerText(), world: await (await fetch(`${address}/__admin/worlds/${WORLD}`)).json() };

  await button("Save snapshot").click();
  await dialog.getByLabel("Name").fill("untouched");
  await button("Save").click();
  await said("The snapshot untouched is saved.");
  await button("Freeze").click();
  await said("The clock is frozen.");

  await moves({ seconds: "10, 10", fails: "2", outcome: "" });
  const broken = (await ask("POST", SYNC)).body.data.id;
  told.broken = { id: broken, before: await stateOf(broken) };
  await button("Advance by +1 min").click();
  await said("Advanced by a minute.");
  told.broken.after = await stateOf(broken);

  await moves({ seconds: "10, 10", fails: "", outcome: "completed" });
  const ended = (await ask("POST", SYNC)).body.data.id;
  told.ended = { id: ended, before: await stateOf(ended) };
  await page.getByLabel("Advance, in seconds").fill("90");
  await button("Advance").click();
  await said("Advanced by 90 seconds.");
  told.ended.after = await stateOf(ended);

  told.compared = await compared();
  told.fault = await faulted();
  told.followed = await followed();
  told.edited = await edited(ended);
  told.copied = await copied();
  told.kept = await kept();
  told.steered = await steered();
  return told;

  async function moves({ seconds, fails, outcome }) {
    await button("Change syncs").click();
    await dialog.getByLabel("Pace").selectOption("after_seconds");
    await dialog.getByLabel("Seconds, minimum and maximum").fill(seconds);
    await dialog.getByLabel("Fail at step").fill(fails);
    await dialog.getByLabel("Outcome").fill(outcome);
    await button("Save").click();
    await said("The policy of syncs is saved.");
  }

  async function compared() {
    await page.goto(`${address}/__admin/ui/snapshots`);
    await page.getByRole("link", { name: "Compare untouched" }).click();
    await page.waitForURL("**/compare?**");
    const of = (sign) => page.locator(`.change:has(.sign.${sign}) > p code`).allInnerTexts();
    return { heading: await page.locator("h1").innerText(), facts: await page.locator(".facts").innerText(), added: await of("good"), removed: await of("bad"), changed: await of("warn") };
  }

  async function faulted() {
    await overview();
    await button("Add fault").click();
    await button("HTML instead of JSON").click();
    await dialog.getByLabel("Which requests").selectOption({ label: "listSyncs" });
    await button("Add fault").last().click();
    await said("The fault is added.");
    const struck = await ask("GET", SYNC);
    await page.getByRole("button", { name: /^Remove fault-/ }).click();
    await said("The fault is removed.");
    return { struck: struck.type, spared: (await ask("GET", SYNC)).type };
  }

  async function followed() {
    await page.getByRole("link", { name: /^Requests/ }).click();
    await page.waitForURL("**/requests");
    const before = await page.locator("[data-id]").count();
    await ask("GET", "/api-proxy/v1/admin/connector-providers");
    await page.locator("[data-id]").nth(before).waitFor();
    const first = page.locator("[data-id]").first();
    const row = await first.innerText();
    await first.getByRole("link").click();
    await page.waitForURL("**/requests/*.*");
    return { row, story: await page.locator(".story h3").allInnerTexts(), text: await page.locator("main").innerText() };
  }

  async function edited(id) {
    await page.goto(`${address}/__admin/ui/worlds/${WORLD}/state`);
    await page.getByRole("link", { name: "Sync", exact: true }).click();
    await page.goto(`${page.url()}/${id}`);
    await page.getByRole("spinbutton", { name: "records_fetched" }).fill("77");
    await button("Save").click();
    await said("The record is saved.");
    await page.goto(`${address}/__admin/ui/worlds/${WORLD}/state/aimable/connectors/${CONNECTOR}`);
    await page.getByRole("textbox", { name: "status" }).fill("disabled");
    await button("Save").click();
    await said("The record is saved.");
    const { collections } = await (await fetch(`${address}/__admin/compare?left=snapshot:untouched&right=world:${WORLD}`)).json();
    const connectors = collections.find(({ collection }) => collection === "connectors");
    return { seen: (await ask("GET", `${SYNC}/${id}`)).body.data.records_fetched, connectors: connectors.changed };
  }

  async function kept() {
    await page.goto(`${address}/__admin/ui/snapshots`);
    await button("Export untouched").click();
    const [download] = await Promise.all([page.waitForEvent("download"), button("Download").click()]);
    const buffer = Buffer.concat(await (await download.createReadStream()).toArray());
    await button("Import").click();
    await dialog.getByLabel("File").setInputFiles({ name: "Brought back.json", mimeType: "application/json", buffer });
    const name = await dialog.getByLabel("Name").inputValue();
    await dialog.getByRole("button", { name: "Import" }).click();
    await said(`The snapshot ${name} is imported.`);
    await button(`Fork ${name}`).click();
    await dialog.getByLabel("Name").fill("forked");
    await button("Create world").click();
    await page.waitForURL("**/ui/worlds/forked");
    const { same } = await (await fetch(`${address}/__admin/compare?left=snapshot:untouched&right=snapshot:${name}`)).json();
    return { file: download.suggestedFilename(), name, same, world: (await fetch(`${address}/__admin/worlds/forked`)).status };
  }

  async function steered() {
    await overview();
    await button("Arm override").click();
    await dialog.getByLabel("Which requests").selectOption({ label: "listConnectorProviders" });
    await dialog.getByLabel("Status").fill("299");
    await button("Arm").click();
    const impossible = await dialog.locator(".problem").innerText();
    await dialog.getByLabel("Status").fill("403");
    await button("Arm").click();
    await said("The override is armed.");
    const answered = [];
    for (let asked = 0; asked < 2; asked += 1) answered.push((await ask("GET", "/api-proxy/v1/admin/connector-providers")).status);
    await button("Set up").click();
    await dialog.getByLabel("URL").fill("http://127.0.0.1:9/hooks");
    await dialog.getByLabel("Signing secret").fill("whsec_bW9jay13ZWJob29rLXNpZ25pbmcta2V5");
    await button("Turn on").click();
    await said("Callbacks are on.");
    const shown = await page.locator("main").innerText();
    await button("Delete").click();
    await button("Delete world").click();
    await page.waitForURL("**/__admin/");
    return { impossible, answered, secret: shown.includes("whsec_"), gone: (await fetch(`${address}/__admin/worlds/${WORLD}`)).status };
  }

  async function copied() {
    await overview();
    await button("Copy the header").click();
    return page.evaluate(() => navigator.clipboard.readText());
  }
});
