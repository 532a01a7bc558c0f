// Uses the console without a mouse: makes a world, stops its clock, lets go of a dialog; and asks for what cannot be.
// Usage: node keys.mjs ADDRESS BROWSER-ADDRESS

import { tell } from "./page.mjs";

const [address, chromium] = process.argv.slice(2);

await tell(address, chromium, async (opened) => {
  const page = await opened("light");
  const told = {};
  const focus = () => page.evaluate(() => ({ id: document.activeElement.id, words: document.activeElement.textContent.trim(), ring: getComputedStyle(document.activeElement).outlineStyle }));
  const press = async (...keys) => {
    for (const key of keys) await page.keyboard.press(key);
  };
  const to = async (words) => {
    for (let presses = 0; presses < 60; presses += 1) {
      await press("Tab");
      if ((await focus()).words === words) return;
    }
    throw new Error(`no way by keyboard to ${words}`);
  };

  await page.goto(`${address}/__admin/`);
  await press("Tab");
  told.first = await focus();
  await press("Enter");
  told.skipped = await page.evaluate(() => document.activeElement.id);
  await to("New world");
  told.ring = (await focus()).ring;
  await press("Enter");
  told.inDialog = await page.evaluate(() => document.activeElement.name);
  await press("Escape");
  told.back = (await focus()).words;
  await press("Enter");
  await page.keyboard.type("by-keyboard");
  await press("Enter");
  await page.waitForURL("**/ui/worlds/by-keyboard");
  await to("Freeze");
  await press("Enter");
  await page.getByText("The clock is frozen.", { exact: true }).waitFor();
  told.afterwards = (await focus()).words;
  told.clock = (await (await fetch(`${address}/__admin/worlds/by-keyboard/clock`)).json()).mode;

  await page.locator(".theme").focus();
  await press("Enter");
  await page.reload();
  told.theme = await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme);

  const reference = () => page.evaluate(() => getComputedStyle(document.body).colorScheme);
  await page.goto(`${address}/__admin/ui/contracts/aimable/reference`);
  await page.getByRole("heading", { level: 1 }).first().waitFor();
  told.reference = [await reference()];
  await page.locator(".theme").focus();
  await press("Enter");
  told.reference.push(await reference());

  await page.goto(`${address}/__admin/`);
  await page.getByRole("button", { name: "New world" }).click();
  await page.keyboard.type("default");
  await press("Enter");
  told.problem = await page.locator("dialog[open] .problem").innerText();
  await page.locator("dialog[open]").getByLabel("Name").fill("another");
  await page.locator("dialog[open] form").evaluate((form) => { form.noValidate = true; });
  await page.locator("dialog[open]").getByLabel("Seed").fill("-1");
  await press("Enter");
  told.wrong = await page.locator("dialog[open] .wrong").innerText();
  told.marked = await page.locator("dialog[open]").getByLabel("Seed").getAttribute("aria-invalid");
  return told;
});
