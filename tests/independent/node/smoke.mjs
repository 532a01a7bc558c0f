// Starts each server and walks its operations: `node --test smoke.mjs`.
// With SMOKE_CHOICES=all (minutes) every value of every choice is walked too and must change some reply;
// with SMOKE_CHOICES=name only the values of that choice. SMOKE_SHOW=1 prints what each value changes.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { request } from "node:http";
import { createInterface } from "node:readline";
import { describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { declaredChoices } from "./launch.mjs";

async function start(contract, choices) {
  const script = fileURLToPath(new URL(`${contract}.mjs`, import.meta.url));
  const flags = Object.entries(choices).flatMap(([name, value]) => ["--choice", `${name}=${value}`]);
  const server = spawn(process.execPath, [script, "--port", "0", ...flags], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(createInterface(server.stdout), "line");
  const address = /^listening on (http:\/\/127\.0\.0\.1:\d+)$/.exec(line)?.[1];
  assert.ok(address, line);
  return { server, address };
}

/** Sends one request; `body` is sent as JSON unless it is text already. */
async function send(address, method, path, { token, body, headers = {} } = {}) {
  const sent = { "Accept-Encoding": "gzip", ...(token && { Authorization: `Bearer ${token}` }), ...headers };
  if (body !== undefined) sent["Content-Type"] ??= "application/json";
  const outgoing = request(address + path, { method, headers: sent });
  outgoing.end(typeof body === "object" ? JSON.stringify(body) : body);
  const [reply] = await once(outgoing, "response");
  const chunks = await reply.toArray();
  const received = Buffer.concat(chunks);
  const compressed = reply.headers["content-encoding"] === "gzip";
  const text = String(compressed ? gunzipSync(received) : received);
  const isJson = /json/.test(reply.headers["content-type"] ?? "") && text !== "";
  return { status: reply.statusCode, headers: reply.headers, text, body: isJson ? JSON.parse(text) : null };
}

const SHOWN_HEADERS = ["allow", "link", "x-total-count", "content-type", "content-encoding", "connection", "location"];

function summary({ status, headers, text }) {
  const named = SHOWN_HEADERS.filter((name) => headers[name]).map((name) => `${name}: ${headers[name]}`);
  const present = ["etag", "ratelimit-limit", "transfer-encoding"].filter((name) => headers[name]);
  return [status, ...named, ...present, text].join(" | ");
}

/** Replaces ids, times and ports by their kind, so that two runs of a walk may be compared. */
function comparable(line) {
  return line
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "<uuid>")
    .replaceAll(/\b[0-9A-HJKMNP-TV-Z]{26}\b/g, "<ulid>")
    .replaceAll(/\b(con|sync)_[0-9a-f]{16}\b/g, "<prefixed>")
    .replaceAll(/\d{4}-\d\d-\d\d([T ])\d\d:\d\d:\d\d/g, "<time$1>")
    .replaceAll(/>\.\d{6}/g, ">.microseconds")
    .replaceAll(/>\.\d{3}(?=\D)/g, ">.milliseconds")
    .replaceAll(/\b1\d{9}\b/g, "<unix>")
    .replaceAll(/127\.0\.0\.1:\d+/g, "<host>");
}

/** Walks a contract and returns its transcript: a line for each request. */
async function walk(contract, choices = {}) {
  const { server, address } = await start(contract, choices);
  const transcript = [];
  const any = async (method, path, options) => {
    const reply = await send(address, method, path, options);
    transcript.push(comparable(`${method} ${path} ${JSON.stringify(options?.body) ?? ""} -> ${summary(reply)}`));
    return reply;
  };
  const ok = async (method, path, options) => {
    const reply = await any(method, path, options);
    assert.ok(reply.status < 300, `${method} ${path}: ${reply.status} ${reply.text}`);
    return reply.body;
  };
  try {
    await WALKS[contract]({ ok, any, choices });
  } finally {
    server.kill();
  }
  return transcript;
}

const idOf = (body) => (body?.data ?? body)?.id;
const SPACE = "3f0c6a52-8d1e-4b7a-9c25-6e1f0a9d4b0";
const COLLECTION = "b7e2d914-05cf-4a63-8f12-2c9a7b5d6e0";

async function walkAimable({ ok, any }) {
  const providers = "/api-proxy/v1/admin/connector-providers";
  const admin = { token: "aim-token-admin" };
  const editor = { token: "aim-token-editor" };
  const setup = { ...admin, body: { client_id: "id", client_secret: "secret" } };
  await ok("GET", providers, admin);
  await ok("GET", `${providers}/google-drive`, admin);
  await ok("POST", `${providers}/google-workspace/setup`, setup);
  await any("POST", `${providers}/google-workspace/setup`, setup);
  await ok("DELETE", `${providers}/google-workspace/setup`, admin);
  await any("GET", `${providers}/no-such`, admin);
  await any("GET", `${providers}/No!`, editor);
  await any("GET", `${providers}/No!`, admin);
  await any("GET", "/api-proxy/v1/no-such");
  await any("PUT", providers, admin);
  await any("GET", providers, { ...admin, headers: { "X-API-Key": "wrong" } });

  const list = `/api-proxy/v1/spaces/${SPACE}1/collections/${COLLECTION}1/connectors`;
  const create = (key, more = {}) => ({
    ...editor,
    headers: { "Idempotency-Key": key },
    body: { provider_slug: "slack", credential: { access_token: "t" }, ...more },
  });
  const id = idOf(await ok("POST", list, create("one")));
  await any("GET", list, editor);
  await any("POST", list, create("one"));
  await any("POST", list, create("one", { scope_config: { a: 1 } }));
  await any("POST", list, create("two", { provider_slug: "salesforce" }));
  await any("POST", list, create("three", { surplus: 1 }));
  await any("POST", list, { ...create("four"), headers: { "Idempotency-Key": "four", "Content-Type": "text/plain" } });
  await any("POST", list, { ...editor, body: { provider_slug: 5 } });
  await any("GET", `/api-proxy/v1/spaces/${SPACE}9/collections/${COLLECTION}1/connectors`, editor);
  await any("GET", `/api-proxy/v1/spaces/x/collections/${COLLECTION}1/connectors`, editor);
  await any("GET", `${list}?limit=101`, editor);
  await any("GET", `${list}?limit=1`, editor);
  const connector = `${list}/${id}`;
  await ok("GET", connector, editor);
  await ok("PATCH", connector, { ...editor, body: { scope_config: { a: 1 } } });
  await ok("PATCH", connector, { ...editor, body: { scope_config: { b: 2 } } });
  await any("PATCH", `${list}/${SPACE}9`, { ...editor, body: [] });
  await ok("GET", `${connector}/browse?parent_id=1A2B3C4D`, editor);
  await any("GET", `${connector}/browse?parent_id=none`, editor);
  await any("POST", `${connector}/sync/cancel`, editor);
  const sync = idOf(await ok("POST", `${connector}/sync`, editor));
  await any("POST", `${connector}/sync`, editor);
  await pause(50);
  await ok("GET", `${connector}/sync/${sync}`, editor);
  await pause(1600);
  await ok("GET", `${connector}/sync/${sync}`, editor);
  await any("POST", `${connector}/sync`, editor);
  await any("POST", `${connector}/sync/cancel`, editor);
  await ok("GET", `${connector}/sync?limit=5`, editor);
  await ok("DELETE", connector, editor);
  const gone = await any("GET", connector, editor);
  assert.ok([404, 410].includes(gone.status));
}

async function walkFastapiPlatform({ ok, any }) {
  const providers = "/v1/admin/connector-providers";
  const key = { headers: { "X-API-Key": "fp-key-operations" } };
  await ok("GET", providers);
  const github = await ok("GET", `${providers}/github`, key);
  const { required_parameters: snake, requiredParameters: camel } = github?.data ?? github ?? {};
  const names = snake ?? camel ?? ["config_key"];
  const body = Object.fromEntries(names.map((name) => [name, "value"]));
  await ok("POST", `${providers}/github/setup`, { ...key, body });
  await any("GET", providers, key);
  await any("POST", `${providers}/slack/setup`, { ...key, body: { more: "m" } });
  await any("GET", `${providers}/slack`, key);
  await any("POST", `${providers}/mailgun/setup`, { ...key, body: { config_key: " ", api_key: " " } });
  await any("POST", `${providers}/salesforce/setup`, { ...key, body: { other: 1 } });
  await any("POST", `${providers}/no-such/setup`, { ...key, body: "{" });
  const plainText = { body: '{"config_key":"k"}', headers: { "Content-Type": "text/plain" } };
  await any("POST", `${providers}/google-drive/setup`, plainText);
  await ok("DELETE", `${providers}/github/setup`, key);
  await any("DELETE", `${providers}/github/setup`, key);
  await any("GET", `${providers}/No!`, key);
  await any("GET", `${providers}/`, key);
  await any("GET", providers, { headers: { "X-API-Key": "wrong" } });
  await any("PUT", providers, key);
}

async function walkHydracore({ ok, any }) {
  const customer = (number) => `/v1/customers/1b6f3d20-94a7-4e58-8c31-0f7a2e5d9c0${number}/connections`;
  const instance = (number) => `72e9c4a8-1d05-4b3f-9e67-c8b0f4a13d0${number}`;
  const acme = { token: "hc-token-acme" };
  const create = (more = {}) => ({ ...acme, body: { provider: "gmail", name: " New ", credentials: { a: 1 }, ...more } });
  const grant = (number, ...capabilities) => ({ ...acme, body: { instance_id: instance(number), capabilities } });
  const list = customer(1);
  await ok("GET", list, acme);
  const id = idOf(await ok("POST", list, create()));
  await any("GET", list, acme);
  await any("POST", list, create());
  await any("POST", list, create({ name: "" }));
  await any("POST", list, create({ name: "Surplus", surplus: 1, metadata_json: {} }));
  await any("POST", list, create({ name: 5, auth_type: "none" }));
  await any("POST", list, { ...create({ name: "Text" }), headers: { "Content-Type": "text/plain" } });
  await any("GET", customer(4), acme);
  await any("POST", customer(4), { ...acme, body: {} });
  await any("GET", customer(9), acme);
  await any("GET", "/v1/customers/urn:uuid:x/connections", acme);
  await any("GET", list, { headers: { "X-Api-Key": "hc-key-acme" } });
  await any("GET", list, { ...acme, headers: { "X-Api-Key": "wrong" } });
  await any("PUT", list, acme);
  const connection = `${list}/${id}`;
  const grantId = idOf(await ok("POST", `${connection}/grants`, grant(1, "send_mail", "send_mail")));
  await any("POST", `${connection}/grants`, grant(1, "read_mail"));
  await any("POST", `${connection}/grants`, grant(9, "read_mail"));
  const fetched = `/internal/v1/instances/${instance(1)}/connections`;
  const proxy = { token: "hc-proxy-roster" };
  await any("GET", `${fetched}?provider=gmail`, proxy);
  await ok("GET", `${fetched}?provider=deputy&name=Acme%20Master%20Roster&capability=read_events`, proxy);
  const incapable = await any("GET", `${fetched}?provider=deputy&capability=fly`, proxy);
  assert.equal(incapable.status, 403);
  await any("GET", `${fetched}?provider=none`, proxy);
  await any("GET", `${fetched}?provider=gmail`, { token: "hc-proxy-mailer" });
  await any("DELETE", `${list}/c05d8e17-6b42-4f9a-b3d1-5a9e7c2f8002`, acme);
  await ok("DELETE", `${connection}/grants/${grantId}`, acme);
  await any("DELETE", `${connection}/grants/${grantId}`, acme);
  await pause(350);
  await any("GET", list, acme);
  const books = `${list}/c05d8e17-6b42-4f9a-b3d1-5a9e7c2f8003`;
  await ok("DELETE", books, acme);
  await any("DELETE", books, acme);
}

async function walkPatchworks({ ok, any, choices }) {
  const list = "/api/v1/connectors";
  const acme = { token: "pw-token-acme" };
  const body = {
    name: " Alpha ",
    authentication_implementation_id: "501",
    timezone: "Europe/Paris",
    date_format: "Y-m-d",
    rate_limit_unit: choices.rate_limit_units === "plural" ? "minutes" : "minute",
    rate_limit_duration: 60,
    variables: [{ key: "password", value: "secret", secret: true, pivot: { alias: "p", required: true } }],
  };
  await ok("GET", list, acme);
  await any("GET", `${list}?per_page=1&page=2&sort=-name`, acme);
  await any("GET", `${list}?page=9`, acme);
  await any("GET", `${list}?per_page=101`, acme);
  await any("GET", `${list}?include=nothing&sort=nothing`, acme);
  await ok("GET", `${list}?filter[system]=Shopify&include=variables_count,certificateExists`, acme);
  const id = idOf(await ok("POST", list, { ...acme, body }));
  await any("GET", list, acme);
  await any("POST", list, { ...acme, body });
  await any("POST", list, { ...acme, body: { ...body, name: "B", rate_limit_duration: "60" } });
  await any("POST", list, { ...acme, body: { ...body, name: "C", timezone: "Mars" } });
  await any("POST", list, { ...acme, body: { ...body, name: "D", authentication_implementation_id: "9" } });
  await any("POST", list, { ...acme, body: { ...body, name: "E", rate_limit_unit: "minutes" } });
  await any("POST", list, { ...acme, body: JSON.stringify(body), headers: { "Content-Type": "text/plain" } });
  await any("POST", list, { ...acme, body: {} });
  await any("POST", list, { token: "pw-token-acme-viewer", body });
  const one = `${list}/${id}`;
  await ok("GET", `${one}?include=variables,authenticationImplementation.endpoints.system.logo`, acme);
  await any("GET", `${one}?filter[system]=NetSuite`, acme);
  await ok("PUT", one, { ...acme, body: { type: "source", connection_pool_id: 3 } });
  await ok("PUT", one, { ...acme, body: { date_format: "d/m/Y" } });
  await ok("PUT", one, { ...acme, body: { variables: [{ key: "user", value: "ada" }] } });
  await ok("GET", `${one}?include=variables,certificate.user`, acme);
  await any("PUT", `${list}/999`, { ...acme, body: { name: 5 } });
  await any("GET", `${list}/104`, acme);
  await any("PATCH", one, acme);
  const tested = await any("POST", `${one}/test`, acme);
  assert.deepEqual([tested.status, tested.text], [200, ""]);
  await ok("DELETE", one, acme);
  await any("GET", one, acme);
}

const WALKS = {
  aimable: walkAimable,
  fastapi_platform: walkFastapiPlatform,
  hydracore: walkHydracore,
  patchworks: walkPatchworks,
};

/** Walks a value of a choice; it must change a reply of the usual walk. */
async function walkChoice(contract, name, value, usual) {
  const transcript = await walk(contract, { [name]: value });
  const changes = transcript.filter((line, index) => line !== usual[index]);
  assert.notEqual(changes.length, 0, "the value changes no reply");
  if (process.env.SMOKE_SHOW) console.log(`${contract} ${name}=${value}\n  ${changes.slice(0, 4).join("\n  ")}`);
}

const wanted = process.env.SMOKE_CHOICES;

describe("servers", { concurrency: 4 }, () => {
  for (const contract of Object.keys(WALKS)) {
    test(contract, async (context) => {
      const usual = await walk(contract);
      const entries = declaredChoices(contract);
      assert.ok(entries.length >= 12);
      for (const { name, default: usualValue, values } of entries) {
        assert.ok(Object.hasOwn(values, usualValue), `${name}: the default is not among the values`);
        if (wanted !== "all" && wanted !== name) continue;
        for (const value of Object.keys(values).filter((other) => other !== usualValue)) {
          await context.test(`${name}=${value}`, () => walkChoice(contract, name, value, usual));
        }
      }
    });
  }
});
