// Pages of the console in a browser that keeps a record: what was asked of whom, refused, and complained about.

import { connect } from "../chromium.mjs";

export const LOOKS = {
  light: { viewport: { width: 1280, height: 900 }, colorScheme: "light" },
  dark: { viewport: { width: 1280, height: 900 }, colorScheme: "dark" },
  narrow: { viewport: { width: 390, height: 844 }, colorScheme: "light", hasTouch: true },
};

/** Do what `act` says with a browser, and print what it gives together with the record as one JSON object. */
export async function tell(address, chromium, act) {
  const record = { foreign: [], refused: [], complaints: [] };
  const browser = await connect(chromium);
  const opened = async (look) => {
    const context = await browser.newContext({ ...LOOKS[look], reducedMotion: "reduce" });
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    page.on("request", (request) => {
      const url = request.url();
      if (!url.startsWith(address) && !/^(data|blob):/.test(url)) record.foreign.push(url);
    });
    page.on("response", (answer) => {
      if (answer.status() >= 400) record.refused.push(`${answer.status()} ${new URL(answer.url()).pathname}`);
    });
    page.on("console", (line) => {
      const told = line.text().startsWith("Failed to load resource"); // by its address, as refused
      if (["error", "warning"].includes(line.type()) && !told) record.complaints.push(line.text());
    });
    page.on("pageerror", (error) => record.complaints.push(String(error)));
    return page;
  };
  try {
    const told = await act(opened);
    console.log(JSON.stringify({ ...told, ...record }));
  } finally {
    await browser.close();
  }
}

/** A client of the mock in one world, as somebody's tests are. */
export function client(address, world) {
  return async (method, path) => {
    const headers = { "X-Mock-World": world, Authorization: "Bearer mock-aimable-admin" };
    const answer = await fetch(address + path, { method, headers });
    const text = await answer.text();
    const type = answer.headers.get("content-type") ?? "";
    return { status: answer.status, type, body: type.includes("json") ? JSON.parse(text) : text };
  };
}
