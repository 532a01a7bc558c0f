// Serves the bundled page on an origin of its own, opens it in headless Chromium, and prints each step as a line of JSON.
// Usage: node browse.mjs BUNDLE MOCK-ADDRESS BROWSER-ADDRESS

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { connect } from "../chromium.mjs";

const [bundle, mock, chromium] = process.argv.slice(2);
const script = await readFile(bundle);
const server = createServer((request, response) => {
  const isScript = request.url === "/page.js";
  response.setHeader("Content-Type", isScript ? "text/javascript" : "text/html; charset=utf-8");
  response.end(isScript ? script : '<!doctype html><link rel="icon" href="data:,"><script src="/page.js"></script>');
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));

const browser = await connect(chromium);
try {
  const page = await browser.newPage();
  page.on("pageerror", (error) => console.error(String(error)));
  await page.goto(`http://127.0.0.1:${server.address().port}/?mock=${encodeURIComponent(mock)}`);
  for (const step of await page.evaluate(() => window.walked)) console.log(JSON.stringify(step));
} finally {
  await browser.close();
  server.close();
}
