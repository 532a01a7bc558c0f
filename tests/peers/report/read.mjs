// Reads a report as somebody with a mouse and a keyboard does, and prints what the page did as one JSON object.
// Usage: node read.mjs REPORT BROWSER-ADDRESS FOLDER-FOR-PICTURES

import { pathToFileURL } from "node:url";
import { connect } from "../chromium.mjs";

const [report, chromium, pictures] = process.argv.slice(2);
const address = pathToFileURL(report).href;
const told = { requests: [], complaints: [] };

const browser = await connect(chromium);
try {
  const page = await opened({ viewport: { width: 1280, height: 900 }, colorScheme: "light" });
  await page.screenshot({ path: `${pictures}/light.png`, fullPage: true });
  told.first = await shown(page);
  await filters(page);
  await cells(page);
  await keys(page);
  told.copied = await copied(page, ["clipboard-read", "clipboard-write"]);
  told.selected = await copied(page, []);
  for (const [name, options] of Object.entries({
    dark: { viewport: { width: 1280, height: 900 }, colorScheme: "dark" },
    narrow: { viewport: { width: 390, height: 844 }, colorScheme: "light" },
  })) {
    const other = await opened(options);
    await other.screenshot({ path: `${pictures}/${name}.png`, fullPage: true });
    told[name] = await other.evaluate(() => ({
      paper: getComputedStyle(document.body).backgroundColor,
      width: document.documentElement.scrollWidth,
    }));
  }
  console.log(JSON.stringify(told));
} finally {
  await browser.close();
}

async function opened(options) {
  const page = await (await browser.newContext(options)).newPage();
  page.on("request", (request) => request.url() !== address && told.requests.push(request.url()));
  page.on("console", (line) => ["error", "warning"].includes(line.type()) && told.complaints.push(line.text()));
  page.on("pageerror", (error) => told.complaints.push(String(error)));
  await page.goto(address);
  return page;
}

function shown(page) {
  return page.evaluate(() => ({
    says: document.querySelector("#shown").textContent,
    all: document.querySelectorAll("[data-item]").length,
    items: [...document.querySelectorAll("[data-item]:not([hidden])")].map(({ dataset }) => ({
      verdict: dataset.verdict,
      family: dataset.family,
      contract: dataset.contract,
      operations: dataset.operations.trim().split(" "),
      search: dataset.search,
    })),
    pressed: document.querySelectorAll("button.cell[aria-pressed=true]").length,
    focus: document.activeElement.id,
  }));
}

async function filters(page) {
  await page.fill("#text", "DESTROYconnector credential");
  told.words = await shown(page);
  await page.fill("#text", "no such word");
  told.nothing = { ...(await shown(page)), words: await page.innerText("#nothing") };
  await page.click("#clear");
  told.cleared = await shown(page);
  told.family = await page.evaluate(() => document.querySelector("article[data-item].failed").dataset.family);
  await page.selectOption("#family", told.family);
  told.byFamily = await shown(page);
  await page.selectOption("#family", "");
  await page.selectOption("#contract", { index: 1 });
  told.byContract = { ...(await shown(page)), chosen: await page.inputValue("#contract") };
  await page.keyboard.press("Escape");
  for (const box of await page.$$(".verdicts label")) {
    const { value, checked } = await box.$eval("input", ({ value, checked }) => ({ value, checked }));
    if (checked !== (value === "passed")) await box.click();
  }
  told.byVerdict = await shown(page);
  await page.keyboard.press("Escape");
  told.escaped = await shown(page);
}

async function cells(page) {
  const cell = page.locator("button.cell.failed").first();
  told.cell = await cell.evaluate(({ dataset }) => ({ ...dataset }));
  await cell.click();
  told.narrowed = await shown(page);
  await cell.click();
  told.widened = await shown(page);
}

async function keys(page) {
  await page.keyboard.press("/");
  told.slash = await shown(page);
  await page.keyboard.type("a/b");
  told.typed = await page.inputValue("#text");
  await page.keyboard.press("Escape");
  await page.locator("button.cell.failed").first().focus();
  await page.keyboard.press("Enter");
  told.entered = await shown(page);
  await page.keyboard.press("Escape");
}

async function copied(page, permissions) {
  const context = page.context();
  await context.clearPermissions();
  await context.grantPermissions(permissions);
  if (!permissions.length) {
    await page.evaluate(() => {
      navigator.clipboard.writeText = () => Promise.reject(new Error("no clipboard"));
    });
  }
  const button = page.locator(".copy:visible").first();
  await button.click();
  const line = await button.evaluate((node) => node.parentElement.querySelector("code").textContent);
  const got = permissions.length
    ? await page.evaluate(() => navigator.clipboard.readText())
    : await page.evaluate(() => getSelection().toString());
  return { says: await button.innerText(), line, got };
}
