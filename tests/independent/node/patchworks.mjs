// Patchworks: connectors with includes, filters, sorts and pages, in memory, under /api/v1.
import express from "express";
import { newId, timestamp } from "./formats.mjs";
import { launch, ready } from "./launch.mjs";
import { bodyReader } from "./patchworks.body.mjs";
import { matches, readQuery, sendPage, sorted } from "./patchworks.query.mjs";
import { certificates, connectors as seeds, implementations, users } from "./patchworks.seed.mjs";
import { Refusal } from "./refusal.mjs";
import { Table } from "./table.mjs";
import { dressExpress } from "./transport.mjs";

const { port, choice } = launch("patchworks");
const readBody = bodyReader(choice);

const seeded = seeds.map((seed) => ({ ...seed, id: choice.id_format === "integer" ? Number(seed.id) : seed.id }));
const connectors = new Table(seeded, choice.list_lag === "300_ms" ? 300 : 0);

// ---- refusals

const ERROR_BODIES = {
  laravel: (status, message, fields) => ({ message, ...(fields && { errors: fields }) }),
  problem: (status, message, fields) => ({ type: "about:blank", title: message, status, ...(fields && { errors: fields }) }),
  error_object: (status, message, fields) => ({ error: { status, message, ...(fields && { fields }) } }),
  list: (status, message, fields) => ({ errors: errorList(status, message, fields) }),
};

function errorList(status, message, fields) {
  const entries = Object.entries(fields ?? { "": [message] });
  return entries.flatMap(([field, details]) => details.map((detail) => ({ status: String(status), field, detail })));
}

function sendRefusal(error, req, res, next) {
  if (res.headersSent) return next(error);
  const status = error.status ?? 500;
  if (status === 500) console.error(error);
  res.status(status).set(error.headers ?? {});
  if (choice.errors === "problem") res.type("application/problem+json");
  const message = status === 500 ? "Server Error" : error.message;
  res.json(ERROR_BODIES[choice.errors](status, message, error.details));
}

// ---- who asks

function authenticate(req, res, next) {
  const [scheme, token] = (req.get("authorization") ?? "").split(" ");
  req.user = scheme.toLowerCase() === "bearer" ? users.get(token) : undefined;
  if (!req.user) throw new Refusal(401, "Unauthenticated.", { headers: { "WWW-Authenticate": "Bearer" } });
  next();
}

function permitWrite(req, res, next) {
  if (!req.user.writes) throw new Refusal(403, "This action is unauthorized.");
  next();
}

function findConnector(req, { deleted = false } = {}) {
  const connector = connectors.get(req.params.connector);
  const missing = !connector || (connector.deleted_at && !deleted);
  if (missing) throw new Refusal(404, "Connector not found.");
  if (connector.company === req.user.company) return connector;
  if (choice.foreign_connector === "404") throw new Refusal(404, "Connector not found.");
  throw new Refusal(403, "This action is unauthorized.");
}

/** Returns a predicate: does another connector of the company have this name? */
function isTakenFor({ user, params }) {
  const others = connectors.all().filter((row) => String(row.id) !== params.connector && !row.deleted_at);
  const names = others.filter((row) => row.company === user.company).map((row) => row.name);
  return (name) => names.includes(name);
}

// ---- views

const snake = (name) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const camel = (name) => name.replaceAll(/_(\w)/g, (match, letter) => letter.toUpperCase());
const relationName = (name) => (choice.relation_names === "snake_case" ? snake(name) : name);
const newName = (name) => (choice.other_names === "camel_case" ? camel(name) : name);

function connectorView(row, tree) {
  const { company, variables, platform_app_key: hidden, created_at, updated_at, deleted_at, canonical_key, ...shown } = row;
  const relations = {
    authenticationImplementation: implementations.get(row.authentication_implementation_id) ?? null,
    certificate: certificates.get(row.certificate_id) ?? null,
    variables: variables.map(variableRecord),
  };
  const attributes = {
    ...shown,
    [newName("canonical_key")]: canonical_key,
    [newName("created_at")]: timestamp(choice.timestamps, created_at),
    [newName("updated_at")]: timestamp(choice.timestamps, updated_at),
  };
  if (deleted_at) attributes[newName("deleted_at")] = timestamp(choice.timestamps, deleted_at);
  return expand({ attributes, relations }, tree);
}

function variableRecord(variable) {
  const { value, ...rest } = variable;
  if (!variable.secret) return { attributes: variable, relations: {} };
  if (choice.secret_values === "absent") return { attributes: rest, relations: {} };
  return { attributes: { ...variable, value: choice.secret_values === "null" ? null : "********" }, relations: {} };
}

/** A record is {attributes, relations}; only the relations of the tree are shown. */
function expand(record, tree) {
  if (record === null) return null;
  if (Array.isArray(record)) return record.map((entry) => expand(entry, tree));
  const view = withChosenNulls(record.attributes);
  for (const [name, branch] of Object.entries(tree)) {
    const [relation, aggregate] = name.split(/(_count|Exists)$/);
    const related = record.relations[relation] ?? null;
    const count = [related ?? []].flat().length;
    if (aggregate === "_count") view[relationName(name)] = count;
    else if (aggregate) view[relationName(name)] = count > 0;
    else view[relationName(name)] = expand(related, branch);
  }
  return view;
}

function withChosenNulls(attributes) {
  const entries = Object.entries(attributes);
  return Object.fromEntries(choice.missing_values === "null" ? entries : entries.filter(([, value]) => value !== null));
}

function sendConnector(res, row, tree = {}) {
  const view = connectorView(row, tree);
  res.json(choice.single_envelope === "data" ? { data: view } : view);
}

// ---- operations

const app = express();
dressExpress(app, choice.transport);
app.use(express.raw({ type: () => true, limit: "1mb" }));

const index = app.route("/api/v1/connectors");
const one = app.route("/api/v1/connectors/:connector");
const test = app.route("/api/v1/connectors/:connector/test");

index.get(authenticate, (req, res) => {
  const query = readQuery(req, choice);
  const rows = connectors
    .listed()
    .filter((row) => row.company === req.user.company && !row.deleted_at)
    .filter((row) => matches(row, query.filters));
  const views = sorted(rows, query.sort, choice.list_order).map((row) => connectorView(row, query.tree));
  sendPage(req, res, views, query, choice);
});

index.post(authenticate, permitWrite, (req, res) => {
  const values = readBody(req, "store", isTakenFor(req));
  const now = new Date();
  const row = connectors.save({
    id: newId(choice.id_format === "string" ? "ulid" : choice.id_format),
    company: req.user.company,
    type: null,
    connection_pool_id: null,
    session_id: null,
    certificate_id: null,
    ...values,
    canonical_key: values.name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-"),
    variables: (values.variables ?? []).map(withId),
    created_at: now,
    updated_at: now,
    deleted_at: null,
  });
  sendConnector(res, row);
});

const withId = (variable) => ({ ...variable, id: variable.id ?? newId("ulid") });

one.get(authenticate, (req, res) => {
  const query = readQuery(req, choice);
  const row = findConnector(req, { deleted: choice.deleted_connector === "shown" });
  if (choice.show_filters === "applied" && !matches(row, query.filters)) throw new Refusal(404, "Connector not found.");
  sendConnector(res, row, query.tree);
});

one.put(authenticate, permitWrite, (req, res) => {
  const readUpdate = () => readBody(req, "update", isTakenFor(req));
  const early = choice.refusal_order === "body_first" ? readUpdate() : null;
  const row = findConnector(req);
  const { variables, ...values } = early ?? readUpdate();
  const omitted = choice.update_omitted === "reset" ? { type: null, connection_pool_id: null, variables: [] } : {};
  Object.assign(row, omitted, values, { updated_at: new Date() });
  if (variables) row.variables = updatedVariables(row.variables, variables);
  sendConnector(res, connectors.save(row));
});

function updatedVariables(old, sent) {
  if (choice.update_variables === "replace") return sent.map(withId);
  const result = new Map(old.map((variable) => [variable.key, variable]));
  for (const variable of sent) {
    const known = old.find((entry) => entry.id === variable.id) ?? result.get(variable.key);
    if (known) result.set(known.key, { ...known, ...variable, id: known.id });
    else result.set(variable.key, withId(variable));
  }
  return [...result.values()];
}

const DESTROY_BODIES = {
  message: () => ({ message: "Connector deleted." }),
  empty: () => ({}),
  connector: (row) => ({ message: "Connector deleted.", data: connectorView(row, {}) }),
};

one.delete(authenticate, permitWrite, (req, res) => {
  const row = findConnector(req);
  row.deleted_at = new Date();
  connectors.save(row);
  res.json(DESTROY_BODIES[choice.destroy_body](row));
});

test.post(authenticate, permitWrite, (req, res) => {
  findConnector(req);
  res.status(200).end();
});

const ALLOWED = new Map([[index, "GET, HEAD, POST"], [one, "GET, HEAD, PUT, DELETE"], [test, "POST"]]);
for (const [route, allowed] of ALLOWED) {
  route.all(() => {
    if (choice.wrong_method === "404") throw new Refusal(404, "Not found.");
    const headers = choice.wrong_method === "405_allow" ? { Allow: allowed } : {};
    throw new Refusal(405, "Method not allowed.", { headers });
  });
}
app.use(() => {
  throw new Refusal(404, "Not found.");
});
app.use(sendRefusal);
const server = app.listen(port, "127.0.0.1", () => ready(server));
