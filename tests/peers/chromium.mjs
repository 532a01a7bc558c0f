// Chromium without a screen and without calls home: one for all scripts of a test run, which connect to it.
// As a program it starts it, prints its address, and ends it with the standard input. Usage: node chromium.mjs EXECUTABLE

import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";

/** The browser at the address that this program printed; closing it ends only what was opened through it. */
export const connect = (address) => chromium.connect(address);

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const server = await chromium.launchServer({
    executablePath: process.argv[2],
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  console.log(server.wsEndpoint());
  process.stdin.on("end", () => server.close()).resume();
}
