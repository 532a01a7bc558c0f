// Serves the page on the address in APP_URL, and tells it where the API is, as Vite's import.meta.env does.

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";

const { APP_URL, VITE_API_URL } = process.env;
const files = { "/": ["index.html", "text/html; charset=utf-8"], "/connectors.js": ["connectors.js", "text/javascript"] };

createServer(async (request, response) => {
  const [name, type] = files[request.url] ?? [];
  if (!name) return response.writeHead(404).end();
  const text = await readFile(new URL(name, import.meta.url), "utf8");
  response.writeHead(200, { "Content-Type": type }).end(text.replace("%VITE_API_URL%", VITE_API_URL));
}).listen(new URL(APP_URL).port, "127.0.0.1");
