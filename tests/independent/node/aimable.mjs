// Aimable: connector providers, collection connectors and their syncs, in memory, under /api-proxy.
import express from "express";
import { z } from "zod";
import { parse, refusalHandler, unauthorized, violation } from "./aimable.refusals.mjs";
import { listsOf, viewsOf } from "./aimable.replies.mjs";
import { collections, providers, seededConnectors, spaces, users } from "./aimable.seed.mjs";
import { newId } from "./formats.mjs";
import { launch, ready } from "./launch.mjs";
import { Refusal } from "./refusal.mjs";
import { Table } from "./table.mjs";
import { dressExpress } from "./transport.mjs";

const { port, choice } = launch("aimable");
const PREFIX = "/api-proxy";
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const ECHO_INPUT = choice.violation_input === "shown";
const SLUG = /^[a-z0-9]+(-[a-z0-9]+)*$/;

const { listReply, pageQuery } = listsOf(choice);
const { providerView, connectorView, syncView, syncStatus, resourceView } = viewsOf(choice);

const lag = choice.list_lag === "300_ms" ? 300 : 0;
const connectors = new Table(seededConnectors, lag);
const syncs = new Table([], lag);
const deletedConnectors = new Set();
const idempotent = new Map(); // "user collection key" -> {body, reply}

// ---- the steps of an operation

function authenticate(req) {
  const [scheme, token] = (req.get("authorization") ?? "").split(" ");
  const key = req.get("x-api-key");
  const keyHolder = key && users.find((user) => user.apiKey === key);
  if (key && !keyHolder && choice.wrong_api_key === "401") throw unauthorized("Invalid API key");
  const administrative = req.path.startsWith(`${PREFIX}/v1/admin`);
  if (!req.get("authorization") && keyHolder && !administrative) return keyHolder;
  const user = users.find((candidate) => candidate.token === token);
  if (scheme.toLowerCase() !== "bearer" || !user) throw unauthorized("Missing or invalid access token");
  return user;
}

function permit({ req, user }, { permission }) {
  if (permission === "admin") {
    if (!user.admin) throw new Refusal(403, "Admin privileges are required");
    return;
  }
  const known = spaces.has(req.params.space_id);
  if (!known && choice.unknown_space === "404") return;
  const granted = user.spaces[req.params.space_id];
  if (!granted) throw new Refusal(403, "Insufficient permissions for the space");
  if (permission === "write" && granted !== "write") throw new Refusal(403, "The role allows reading only");
}

function checkPath(call, { path }) {
  call.path = parse(path, call.req.params, ["path"], ECHO_INPUT);
}

function checkInput(call, { readsBody, input }) {
  const { req } = call;
  const given = { query: req.query, header: { "Idempotency-Key": req.get("idempotency-key") } };
  if (readsBody) given.body = parseBody(req);
  Object.assign(call, parse(z.object(input), given, [], ECHO_INPUT));
}

function parseBody(req) {
  if (!req.body?.length) return undefined;
  const json = req.is("json") || req.is("+json");
  if (!json && choice.wrong_media_type === "415") throw new Refusal(415, "The body must be application/json");
  if (!json) throw violation(["header", "Content-Type"], "Input should be application/json", "value_error");
  try {
    return JSON.parse(req.body.toString("utf8"));
  } catch {
    throw violation(["body"], "JSON decode error", "json_invalid");
  }
}

function find(call, { permission }) {
  const { space_id, collection_id, connector_id, sync_id, provider_slug } = call.req.params;
  if (permission === "admin") {
    if (provider_slug) call.provider = findProvider(provider_slug);
    return;
  }
  if (!spaces.has(space_id)) throw new Refusal(404, "Space not found");
  if (collections.get(collection_id) !== space_id) throw new Refusal(404, "Collection not found");
  if (!connector_id) return;
  call.connector = connectors.get(connector_id);
  if (call.connector?.collection_id !== collection_id) {
    const gone = choice.deleted_connector === "410" && deletedConnectors.has(`${collection_id} ${connector_id}`);
    throw gone ? new Refusal(410, "Connector was deleted") : new Refusal(404, "Connector not found");
  }
  if (!sync_id) return;
  call.sync = syncs.get(sync_id);
  if (call.sync?.connector_id !== connector_id) throw new Refusal(404, "Sync not found");
}

function findProvider(slug) {
  const provider = providers.get(slug);
  if (provider) return provider;
  if (choice.unknown_provider === "404") throw new Refusal(404, "Connector provider not found");
  throw violation(["path", "provider_slug"], "Invalid provider slug", "value_error");
}

const STEPS = {
  permission_validation_lookup: [permit, checkPath, checkInput, find],
  validation_permission_lookup: [checkPath, checkInput, permit, find],
  permission_lookup_validation: [permit, checkPath, find, checkInput],
}[choice.refusal_order];

function operation(method, path, { permission, readsBody = false, ...input }, handler) {
  const parameters = [...path.matchAll(/:(\w+)/g)].map(([, name]) => [name, pathParameter(name)]);
  const spec = { permission, readsBody, path: z.object(Object.fromEntries(parameters)), input };
  app[method](PREFIX + path, (req, res) => {
    const call = { req, user: authenticate(req) };
    for (const step of STEPS) step(call, spec);
    const { status = 200, body, headers = {} } = handler(call);
    res.status(status).set(headers);
    if (status === 204) res.end();
    else res.json(body);
  });
}

function pathParameter(name) {
  if (name === "provider_slug") return z.string().regex(SLUG, "Invalid provider slug|value_error");
  const generated = name === "connector_id" || name === "sync_id";
  if (choice.malformed_id === "404" || (generated && choice.id_format !== "uuid")) return z.string();
  return z.string().regex(UUID, "Input should be a valid UUID|uuid_parsing");
}

// ---- syncs move on by themselves

const DURATION = { after_1500_ms: 1500, at_once: 0, long: 600_000 }[choice.sync_pace];

function startSync(connector, user) {
  const state = choice.first_status === "pending" ? "pending" : "running";
  const sync = syncs.save({
    id: newId(choice.id_format, "sync"),
    connector_id: connector.id,
    principal_id: user.id,
    state,
    records: 0,
    created_at: new Date(),
    completed_at: null,
  });
  if (state === "pending") setTimeout(() => moveSync(sync, { state: "running" }), DURATION / 5);
  setTimeout(() => finishSync(sync, connector), DURATION);
  return sync;
}

function finishSync(sync, connector) {
  if (!isOpen(sync) || !connectors.get(connector.id)) return;
  moveSync(sync, { state: "finished", records: 12, completed_at: new Date() });
  connector.last_sync_at = sync.completed_at;
  connectors.save(connector);
}

const isOpen = (sync) => sync.state === "pending" || sync.state === "running";

function moveSync(sync, change) {
  if (isOpen(sync)) syncs.save(Object.assign(sync, change));
}

const openSync = (connector) => syncs.all().find((sync) => sync.connector_id === connector.id && isOpen(sync));

// ---- operations

const app = express();
dressExpress(app, choice.transport);
app.use(express.raw({ type: () => true, limit: "1mb" }));
if (choice.unknown_path === "401") {
  app.use((req, res, next) => {
    authenticate(req);
    next();
  });
}

const members = (shape) => (choice.unknown_members === "refused" ? z.strictObject(shape) : z.object(shape));
const anyObject = z.record(z.string(), z.unknown());

const PROVIDERS = "/v1/admin/connector-providers";
const PROVIDER = `${PROVIDERS}/:provider_slug`;
const setupBody = members({ client_id: z.string().min(1), client_secret: z.string().min(1) });

operation("get", PROVIDERS, { permission: "admin" }, () => ({
  body: { data: [...providers.values()].map(providerView) },
}));

operation("get", PROVIDER, { permission: "admin" }, ({ provider }) => ({ body: { data: providerView(provider) } }));

operation("post", `${PROVIDER}/setup`, { permission: "admin", readsBody: true, body: setupBody }, (call) => {
  const { provider, body } = call;
  if (provider.credentials && choice.setup_again === "409") {
    throw new Refusal(409, "The provider is set up already; reset it first");
  }
  Object.assign(provider, { credentials: body, updated_at: new Date() });
  return { body: { data: providerView(provider) } };
});

operation("delete", `${PROVIDER}/setup`, { permission: "admin" }, ({ provider }) => {
  Object.assign(provider, { credentials: null, updated_at: new Date() });
  const view = providerView(provider);
  return { body: choice.reset_envelope === "bare" ? view : { data: view } };
});

const CONNECTORS = "/v1/spaces/:space_id/collections/:collection_id/connectors";
const CONNECTOR = `${CONNECTORS}/:connector_id`;
const createSpec = {
  permission: "write",
  readsBody: true,
  header: z.object({ "Idempotency-Key": z.string().trim().min(1) }),
  body: members({
    provider_slug: z.string().regex(SLUG, "Invalid provider slug|value_error"),
    credential: anyObject,
    scope_config: anyObject.optional(),
  }),
};

const connectorFilter = pageQuery.extend({ provider_slug: z.string().optional(), status: z.string().optional() });

operation("get", CONNECTORS, { permission: "read", query: connectorFilter }, (call) => {
  const { provider_slug, status } = call.query;
  const rows = connectors
    .listed()
    .filter((row) => row.collection_id === call.path.collection_id)
    .filter((row) => provider_slug === undefined || row.provider_slug === provider_slug)
    .filter((row) => status === undefined || row.status === status);
  return listReply(call, rows, connectorView);
});

operation("post", CONNECTORS, createSpec, ({ user, path, header, body }) => {
  const key = `${user.id} ${path.collection_id} ${header["Idempotency-Key"]}`;
  const earlier = idempotent.get(key);
  if (earlier) return replay(earlier, body);
  checkProvider(body.provider_slug);
  const now = new Date();
  const connector = connectors.save({
    id: newId(choice.id_format, "con"),
    collection_id: path.collection_id,
    provider_slug: body.provider_slug,
    principal_id: user.id,
    scope_config: body.scope_config ?? (choice.no_scope_config === "null" ? null : {}),
    status: "active",
    credential: body.credential,
    created_at: now,
    updated_at: now,
    last_sync_at: null,
  });
  const reply = { status: 201, body: { data: connectorView(connector) } };
  idempotent.set(key, { body: JSON.stringify(body), reply });
  return reply;
});

function replay(earlier, body) {
  const same = earlier.body === JSON.stringify(body);
  if (!same && choice.key_with_other_body === "422") {
    throw violation(["header", "Idempotency-Key"], "The key was used with another body", "value_error");
  }
  if (!same && choice.key_with_other_body === "409") throw new Refusal(409, "The key was used with another body");
  if (choice.replay === "409") throw new Refusal(409, "The Idempotency-Key was used already");
  return { ...earlier.reply, status: Number(choice.replay) };
}

function checkProvider(slug) {
  const provider = providers.get(slug);
  if (!provider) throw violation(["body", "provider_slug"], "Unknown provider", "value_error");
  if (provider.credentials) return;
  if (choice.provider_not_set_up === "409") throw new Refusal(409, "The provider is not set up");
  throw violation(["body", "provider_slug"], "The provider is not set up", "value_error");
}

operation("get", CONNECTOR, { permission: "read" }, ({ connector }) => ({ body: { data: connectorView(connector) } }));

const patchBody = members({ credential: anyObject.optional(), scope_config: anyObject.optional() });

operation("patch", CONNECTOR, { permission: "write", readsBody: true, body: patchBody }, ({ connector, body }) => {
  if (body.credential) connector.credential = body.credential;
  if (body.scope_config) {
    const kept = choice.patch_scope === "merge" ? connector.scope_config : {};
    connector.scope_config = { ...kept, ...body.scope_config };
  }
  connector.updated_at = new Date();
  connectors.save(connector);
  return { body: { data: connectorView(connector) } };
});

operation("delete", CONNECTOR, { permission: "write" }, ({ connector }) => {
  connectors.remove(connector.id);
  deletedConnectors.add(`${connector.collection_id} ${connector.id}`);
  return { status: Number(choice.delete_reply), body: { data: connectorView(connector) } };
});

const FOLDERS = {
  "": ["1A2B3C4D", "5E6F7G8H"],
  "1A2B3C4D": ["9J8K7L6M"],
  "5E6F7G8H": [],
};
const browseQuery = pageQuery.extend({ parent_id: z.string().optional() });

operation("get", `${CONNECTOR}/browse`, { permission: "read", query: browseQuery }, (call) => {
  const { parent_id = "" } = call.query;
  const ids = Object.hasOwn(FOLDERS, parent_id) ? FOLDERS[parent_id] : null;
  if (!ids && choice.unknown_parent === "404") throw new Refusal(404, "Parent resource not found");
  const rows = (ids ?? []).map((id) => ({ id, name: `Item ${id}`, folder: Object.hasOwn(FOLDERS, id) }));
  return listReply(call, rows, resourceView);
});

// Cancel is declared before the paths with a sync id.
operation("post", `${CONNECTOR}/sync/cancel`, { permission: "write" }, ({ connector }) => {
  const sync = openSync(connector);
  if (!sync && choice.nothing_to_cancel !== "204") {
    throw new Refusal(Number(choice.nothing_to_cancel), "No sync is running");
  }
  if (!sync) return { status: 204 };
  moveSync(sync, { state: "stopped", completed_at: new Date() });
  return { status: Number(choice.cancel_reply), body: { data: syncView(sync) } };
});

const syncFilter = pageQuery.extend({ status: z.string().optional() });

operation("get", `${CONNECTOR}/sync`, { permission: "read", query: syncFilter }, (call) => {
  const { status } = call.query;
  const rows = syncs
    .listed()
    .filter((sync) => sync.connector_id === call.connector.id)
    .filter((sync) => status === undefined || syncStatus(sync) === status);
  return listReply(call, rows, syncView);
});

operation("post", `${CONNECTOR}/sync`, { permission: "write" }, ({ connector, user }) => {
  const running = openSync(connector);
  if (running && choice.second_sync === "409") throw new Refusal(409, "A sync is running already");
  const sync = running && choice.second_sync === "same" ? running : startSync(connector, user);
  return { status: 202, body: { data: syncView(sync) } };
});

operation("get", `${CONNECTOR}/sync/:sync_id`, { permission: "read" }, ({ sync }) => ({ body: { data: syncView(sync) } }));

// ---- requests that match no operation

app.use((req) => {
  const allowed = allowedMethods(req.path);
  if (allowed.length && choice.wrong_method !== "404") {
    const headers = choice.wrong_method === "405_allow" ? { Allow: allowed.join(", ") } : {};
    throw new Refusal(405, "Method not allowed", { headers });
  }
  throw new Refusal(404, "Not found");
});

function allowedMethods(path) {
  const routes = app.router.stack.filter((layer) => layer.route?.path && layer.match(path));
  const methods = routes.flatMap((layer) => Object.keys(layer.route.methods));
  return methods.flatMap((method) => (method === "get" ? ["GET", "HEAD"] : [method.toUpperCase()]));
}

app.use(refusalHandler(choice.plain_errors));
const server = app.listen(port, "127.0.0.1", () => ready(server));
