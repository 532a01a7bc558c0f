// HydraCore: connections of customers, grants to instances and the credentials a runtime fetches, in memory.
import Fastify from "fastify";
import { connections as seeds, customers, instances, tokens, apiKeys } from "./hydracore.seed.mjs";
import { newId, timestamp } from "./formats.mjs";
import { launch, ready } from "./launch.mjs";
import { Refusal } from "./refusal.mjs";
import { Table, ordered } from "./table.mjs";
import { acceptAnyBody, dressFastify, methodsByPath } from "./transport.mjs";

const { port, choice } = launch("hydracore");
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const connections = new Table(seeds, choice.list_lag === "300_ms" ? 300 : 0);

// ---- refusals

const violation = (loc, msg, type) => new Refusal(422, msg, { details: [{ loc, msg, type }] });
const unauthorized = (message) => new Refusal(401, message, { headers: { "WWW-Authenticate": "Bearer" } });

const PLAIN_BODIES = {
  detail_text: (status, message) => ({ detail: message }),
  detail_list: (status, message) => ({ detail: [{ loc: ["request"], msg: message, type: `http_${status}` }] }),
  error_object: (status, message) => ({ error: { code: status, message } }),
  problem: (status, message) => ({ type: "about:blank", title: message, status }),
};

const PLACES = { params: "path", querystring: "query", body: "body", headers: "header" };
const TYPES = {
  required: "missing",
  additionalProperties: "extra_forbidden",
  maxLength: "string_too_long",
  format: "uuid_parsing",
  enum: "literal_error",
};

function describe({ keyword, instancePath, message, params }, place) {
  const steps = instancePath.split("/").slice(1);
  const loc = [place, ...steps.map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"))];
  const member = params.missingProperty ?? params.additionalProperty;
  if (member !== undefined) loc.push(member);
  return { loc, msg: keyword === "required" ? "Field required" : message, type: TYPES[keyword] ?? "value_error" };
}

function sendRefusal(error, request, reply) {
  const { validation, validationContext } = error;
  if (validation) {
    const detail = validation.map((problem) => describe(problem, PLACES[validationContext]));
    return reply.code(422).send({ detail });
  }
  const status = error.statusCode ?? 500;
  if (status === 500) console.error(error);
  reply.code(status).headers(error.headers ?? {});
  if (error.details) return reply.send({ detail: error.details });
  if (choice.plain_errors === "problem") reply.type("application/problem+json");
  return reply.send(PLAIN_BODIES[choice.plain_errors](status, status === 500 ? "Internal server error" : error.message));
}

// ---- who asks

function bearer({ headers }) {
  const [scheme, token] = (headers.authorization ?? "").split(" ");
  return scheme.toLowerCase() === "bearer" ? token : undefined;
}

async function authenticate(request) {
  const key = request.headers["x-api-key"];
  const keyCustomers = apiKeys.get(key);
  if (key && !keyCustomers && choice.api_key === "checked") throw unauthorized("Invalid API key");
  const alone = !request.headers.authorization && choice.api_key === "alternative";
  request.customers = alone ? keyCustomers : tokens.get(bearer(request));
  if (!request.customers) throw unauthorized("Not authenticated");
}

async function checkCustomer({ customers: allowed, params }) {
  const id = params.customer_id;
  checkUuid("customer_id", id);
  if (allowed.includes(id)) return;
  const status = customers.has(id) ? choice.foreign_customer : choice.unknown_customer;
  throw new Refusal(Number(status), status === "404" ? "Customer not found" : "No access to this customer");
}

/** Access is decided before the schema is applied, so the id that decides it is checked here. */
function checkUuid(name, id) {
  if (!UUID.test(id)) throw violation(["path", name], "Input should be a valid UUID", "uuid_parsing");
}

async function authenticateInstance(request) {
  const holder = [...instances.values()].find(({ proxyKey }) => proxyKey === bearer(request));
  if (!holder) throw unauthorized("Invalid proxy key");
  const { instance_id: id } = request.params;
  checkUuid("instance_id", id);
  if (holder.id === id) return;
  if (choice.foreign_proxy_key === "401") throw unauthorized("Invalid proxy key for this instance");
  throw new Refusal(403, "The proxy key belongs to another instance");
}

// ---- schemas

const uuid = { type: "string", format: "uuid" };
const closed = choice.unknown_members === "refused" ? { additionalProperties: false } : {};
const path = (...names) => ({
  type: "object",
  properties: Object.fromEntries(names.map((name) => [name, uuid])),
});

const createSchema = {
  type: "object",
  required: ["credentials", "name", "provider"],
  properties: {
    auth_type: { enum: ["oauth2", "api_key", "basic"], default: "oauth2" },
    credentials: { type: "object" },
    metadata_json: { type: ["object", "null"] },
    name: { type: "string", maxLength: 255, ...(choice.blank_name === "refused" && { pattern: "\\S" }) },
    provider: { type: "string", maxLength: 50 },
    scopes: { type: ["array", "null"] },
  },
  ...closed,
};

const grantSchema = {
  type: "object",
  required: ["capabilities", "instance_id"],
  properties: { capabilities: { type: "array", items: { type: "string" } }, instance_id: uuid },
  ...closed,
};

const fetchSchema = {
  type: "object",
  required: ["provider"],
  properties: { provider: { type: "string" }, name: { type: "string" }, capability: { type: "string" } },
};

async function readJson(request) {
  if (!request.body) throw violation(["body"], "Field required", "missing");
  const json = /^application\/(.+\+)?json\b/i.test(request.headers["content-type"] ?? "");
  if (!json && choice.wrong_media_type === "415") throw new Refusal(415, "The body must be application/json");
  if (!json) throw violation(["body"], "The body must be application/json", "value_error");
  try {
    request.body = JSON.parse(request.body);
  } catch {
    throw violation(["body"], "JSON decode error", "json_invalid");
  }
}

// ---- views

const time = (date) => date && timestamp(choice.timestamps, date);

function chosenNulls(view) {
  if (choice.missing_values === "null") return view;
  return Object.fromEntries(Object.entries(view).filter(([, value]) => value !== null));
}

function connectionView(connection) {
  const { credentials, metadata_json, grants, created_at, updated_at, last_used_at, ...shown } = connection;
  const view = {
    ...shown,
    grants: grants.map(grantView),
    created_at: time(created_at),
    updated_at: time(updated_at),
    last_used_at: time(last_used_at),
  };
  if (choice.extra_members === "some") Object.assign(view, { metadata_json, has_credentials: true });
  return chosenNulls(view);
}

const grantView = (grant) => ({ ...grant, granted_at: time(grant.granted_at) });

// ---- lookups

function findConnection({ customer_id: customer, connection_id: id }) {
  const connection = connections.get(id);
  if (connection?.customer_id !== customer) throw new Refusal(404, "Connection not found");
  return connection;
}

function findGrant(connection, id) {
  const grant = connection.grants.find((candidate) => candidate.id === id);
  if (!grant) throw new Refusal(404, "Grant not found");
  return grant;
}

/** A delete of what is already deleted is refused or, as the choice says, repeated without effect. */
function deletion(remove) {
  return async (request, reply) => {
    try {
      remove(request.params);
    } catch (error) {
      if (error.statusCode !== 404 || choice.delete_again === "404") throw error;
    }
    return reply.code(Number(choice.delete_status)).send();
  };
}

// ---- operations

const app = Fastify({
  routerOptions: { maxParamLength: 500 },
  ajv: { customOptions: { allErrors: true, coerceTypes: false, removeAdditional: false, allowUnionTypes: true } },
});
acceptAnyBody(app);
await dressFastify(app, choice.transport);
const allowedMethods = methodsByPath(app);
app.setErrorHandler(sendRefusal);

const CONNECTIONS = "/v1/customers/:customer_id/connections";
const CONNECTION = `${CONNECTIONS}/:connection_id`;

/** The hooks of an operation of a customer; `schema` may hold params and body. */
function customerOperation(schema) {
  const early = choice.refusal_order === "customer_first";
  return {
    schema,
    onRequest: early ? [authenticate, checkCustomer] : [authenticate],
    preValidation: schema.body ? [readJson] : [],
    preHandler: early ? [] : [checkCustomer],
  };
}

app.get(CONNECTIONS, customerOperation({ params: path("customer_id") }), async ({ params }) => {
  const rows = connections.listed().filter((row) => row.customer_id === params.customer_id);
  const shown = ordered(rows, choice.list_order).map(connectionView);
  return { connections: shown, total: shown.length };
});

const createOptions = customerOperation({ params: path("customer_id"), body: createSchema });
app.post(CONNECTIONS, createOptions, async ({ params, body }, reply) => {
  const name = choice.name_whitespace === "trimmed" ? body.name.trim() : body.name;
  const values = {
    auth_type: body.auth_type,
    credentials: body.credentials,
    metadata_json: body.metadata_json ?? null,
    scopes: body.scopes ?? (choice.missing_scopes === "null" ? null : []),
  };
  const twin = connections
    .all()
    .filter((row) => row.customer_id === params.customer_id)
    .find((row) => row.provider === body.provider && row.name === name);
  if (twin && choice.same_name === "409") throw new Refusal(409, "A connection with this provider and name exists");
  if (twin && choice.same_name === "update") {
    Object.assign(twin, values, { updated_at: new Date() });
    return connectionView(connections.save(twin));
  }
  const now = new Date();
  const connection = connections.save({
    ...values,
    id: newId("uuid"),
    customer_id: params.customer_id,
    name,
    provider: body.provider,
    status: choice.first_status,
    error_message: null,
    expires_at: null,
    grants: [],
    created_at: now,
    updated_at: now,
    last_used_at: null,
  });
  if (choice.first_status === "pending") setTimeout(() => activate(connection), 300);
  return reply.code(Number(choice.create_status)).send(connectionView(connection));
});

function activate(connection) {
  if (!connections.get(connection.id)) return;
  Object.assign(connection, { status: "active", updated_at: new Date() });
  connections.save(connection);
}

const oneConnection = customerOperation({ params: path("customer_id", "connection_id") });
const deleteConnection = deletion((params) => {
  const connection = findConnection(params);
  if (connection.grants.length && choice.delete_granted === "409") {
    throw new Refusal(409, "The connection has grants; delete them first");
  }
  connections.remove(connection.id);
});
app.delete(CONNECTION, oneConnection, deleteConnection);

const grantOptions = customerOperation({ params: path("customer_id", "connection_id"), body: grantSchema });
app.post(`${CONNECTION}/grants`, grantOptions, async ({ params, body }, reply) => {
  const connection = findConnection(params);
  checkInstance(body.instance_id, params.customer_id);
  const capabilities = choice.repeated_capabilities === "unique" ? [...new Set(body.capabilities)] : body.capabilities;
  const twin = connection.grants.find((grant) => grant.instance_id === body.instance_id);
  if (twin && choice.same_instance === "409") throw new Refusal(409, "The instance has a grant already");
  if (twin && choice.same_instance === "update") {
    Object.assign(twin, { capabilities, granted_at: new Date() });
    connections.save(connection);
    return grantView(twin);
  }
  const grant = {
    id: newId("uuid"),
    connection_id: connection.id,
    instance_id: body.instance_id,
    capabilities,
    granted_at: new Date(),
  };
  connection.grants.push(grant);
  connections.save(connection);
  return reply.code(Number(choice.grant_status)).send(grantView(grant));
});

function checkInstance(id, customer) {
  const known = instances.get(id)?.customer === customer;
  if (known || choice.unknown_instance === "accepted") return;
  if (choice.unknown_instance === "404") throw new Refusal(404, "Instance not found");
  throw violation(["body", "instance_id"], "Unknown instance", "value_error");
}

const oneGrant = customerOperation({ params: path("customer_id", "connection_id", "grant_id") });
const deleteGrant = deletion((params) => {
  const connection = findConnection(params);
  const grant = findGrant(connection, params.grant_id);
  connection.grants = connection.grants.filter((other) => other !== grant);
  connections.save(connection);
});
app.delete(`${CONNECTION}/grants/:grant_id`, oneGrant, deleteGrant);

const fetchOptions = {
  schema: { params: path("instance_id"), querystring: fetchSchema },
  onRequest: authenticateInstance,
};
app.get("/internal/v1/instances/:instance_id/connections", fetchOptions, async ({ params, query }) => {
  const granted = grantedTo(params.instance_id)
    .filter(({ connection }) => connection.provider === query.provider)
    .filter(({ connection }) => query.name === undefined || connection.name === query.name);
  if (!granted.length) throw new Refusal(Number(choice.no_grant), "No connection is granted to this instance");
  const able = granted.filter(({ capabilities }) => !query.capability || capabilities.includes(query.capability));
  if (!able.length) throw new Refusal(403, "The grant does not include this capability");
  if (able.length > 1 && choice.several_matches === "409") throw new Refusal(409, "Several connections match; send a name");
  const { connection, capabilities } = choice.several_matches === "newest" ? able.at(-1) : able[0];
  connection.last_used_at = new Date();
  connections.save(connection);
  return { credentials: connection.credentials, capabilities };
});

function grantedTo(instance) {
  return connections
    .all()
    .map((connection) => ({ connection, grants: connection.grants.filter((grant) => grant.instance_id === instance) }))
    .filter(({ grants }) => grants.length)
    .map(({ connection, grants }) => ({ connection, capabilities: grants.flatMap((grant) => grant.capabilities) }));
}

app.setNotFoundHandler((request) => {
  const allowed = allowedMethods(request.url.split("?")[0]);
  if (allowed.length && choice.wrong_method !== "404") {
    const headers = choice.wrong_method === "405_allow" ? { Allow: allowed.join(", ") } : {};
    throw new Refusal(405, "Method not allowed", { headers });
  }
  throw new Refusal(404, "Not found");
});

await app.listen({ port, host: "127.0.0.1" });
ready(app.server);
