// Habits of HTTP servers that no contract speaks about: validators, compression, framing, connections, rate limits.
import { Readable } from "node:stream";
import compress from "@fastify/compress";
import fastifyEtag from "@fastify/etag";
import compression from "compression";

const LIMIT = 10_000; // requests per minute, only announced
let counted = { minute: 0, requests: 0 };

/** Gives an Express application one transport habit: plain, etag, gzip, chunked, close or rate_limit. */
export function dressExpress(app, habit) {
  app.disable("x-powered-by");
  app.set("etag", habit === "etag" ? "strong" : false);
  if (habit === "gzip") app.use(compression({ threshold: 0 }));
  app.use((req, res, next) => {
    for (const [name, value] of Object.entries(habitHeaders(habit))) res.setHeader(name, value);
    if (habit === "chunked") res.json = (body) => sendInChunks(res, JSON.stringify(body));
    next();
  });
}

/** Gives a Fastify application the same habits. */
export async function dressFastify(app, habit) {
  if (habit === "gzip") await app.register(compress, { threshold: 0, encodings: ["gzip"] });
  if (habit === "etag") await app.register(fastifyEtag);
  app.addHook("onSend", async (request, reply, payload) => {
    reply.headers(habitHeaders(habit));
    if (habit !== "chunked" || typeof payload !== "string") return payload;
    reply.removeHeader("content-length");
    return Readable.from(halves(payload));
  });
}

/** Lets a Fastify application hand every body to its handlers as text, whatever the media type. */
export function acceptAnyBody(app) {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "string" }, (request, text, done) => done(null, text));
}

/** Returns a function from a path to the methods a Fastify application serves there; call it before the routes. */
export function methodsByPath(app) {
  const routes = [];
  app.addHook("onRoute", ({ url, method }) => {
    const pattern = new RegExp(`^${url.replaceAll(/:\w+/g, "[^/]+")}$`);
    for (const name of [method].flat()) routes.push({ pattern, name });
  });
  return (path) => routes.filter(({ pattern }) => pattern.test(path)).map(({ name }) => name);
}

function habitHeaders(habit) {
  if (habit === "close") return { Connection: "close" };
  if (habit === "rate_limit") return rateLimitHeaders();
  return {};
}

function rateLimitHeaders() {
  const now = Math.floor(Date.now() / 1000);
  const minute = Math.floor(now / 60);
  if (minute !== counted.minute) counted = { minute, requests: 0 };
  counted.requests += 1;
  return {
    "RateLimit-Limit": LIMIT,
    "RateLimit-Remaining": Math.max(0, LIMIT - counted.requests),
    "RateLimit-Reset": 60 - (now % 60),
  };
}

function sendInChunks(res, text) {
  if (!res.get("Content-Type")) res.type("json");
  for (const half of halves(text)) res.write(half);
  res.end();
}

function halves(text) {
  const bytes = Buffer.from(text);
  const middle = Math.ceil(bytes.length / 2);
  return [bytes.subarray(0, middle), bytes.subarray(middle)];
}
