// MSW answers inside a process; this passes on what comes over HTTP, so that every tool is asked in the same way.
// Usage: node msw_server.mjs PORT HANDLERS.mjs

import { createServer } from "node:http";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { setupServer } from "msw/node";

const [port, file] = process.argv.slice(2);
const { handlers } = await import(pathToFileURL(resolve(file)));
setupServer(...handlers).listen({ onUnhandledRequest: "error" });
createServer(async (request, response) => {
  const chunks = await Array.fromAsync?.(request) ?? [];
  if (!Array.fromAsync) for await (const chunk of request) chunks.push(chunk);
  const { host, connection, "content-length": length, "transfer-encoding": coding, ...headers } = request.headers;
  try {
    const body = chunks.length ? Buffer.concat(chunks) : undefined;
    const answer = await fetch(`http://shop${request.url}`, { method: request.method, headers, body, redirect: "manual" });
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    response.end(Buffer.from(await answer.arrayBuffer()));
  } catch (error) {
    if (process.env.DEBUG) console.error(error);
    request.socket.destroy();
  }
}).listen(Number(port), "127.0.0.1");
