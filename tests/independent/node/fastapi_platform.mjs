// The FastAPI platform: connector providers that can be set up and reset, in memory, without a prefix.
import Fastify from "fastify";
import { timestamp } from "./formats.mjs";
import { launch, ready } from "./launch.mjs";
import { Refusal } from "./refusal.mjs";
import { Table, ordered } from "./table.mjs";
import { acceptAnyBody, dressFastify, methodsByPath } from "./transport.mjs";

const { port, choice } = launch("fastapi_platform");
const API_KEYS = ["fp-key-operations", "fp-key-integrations"];
const SLUG = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const STARTED = new Date("2025-02-01T08:00:00Z");

const CATALOGUE = [
  seed(1, "slack", "Slack", ["bot_token"], { bot_token: "xoxb-seeded", config_key: "seeded" }),
  seed(2, "google-drive", "Google Drive", ["client_id", "client_secret"]),
  seed(3, "github", "GitHub", ["access_token"]),
  seed(4, "salesforce", "Salesforce", ["instance_url", "client_id", "client_secret"]),
  seed(5, "mailgun", "Mailgun", ["api_key"]),
];
const providers = new Table(CATALOGUE, choice.list_lag === "300_ms" ? 300 : 0);

function seed(number, slug, name, parameters, configuration = null) {
  return {
    id: slug,
    number,
    name,
    parameters: choice.parameters === "per_provider" ? parameters : ["config_key"],
    configuration,
    configured_at: configuration ? STARTED : null,
    updated_at: STARTED,
  };
}

// ---- refusals

/** `fields` maps the path of an invalid member to what is wrong; values of clients are never repeated. */
function invalid(fields) {
  return new Refusal(Number(choice.invalid_status), "The request is invalid", { details: fields });
}

const ERROR_BODIES = {
  detail: (status, message, fields) => ({ detail: fields ? violations(fields) : message }),
  message: (status, message, fields) => ({ message, ...(fields && { errors: fields }) }),
  error_object: (status, message, fields) => ({ error: { code: status, message, ...(fields && { fields }) } }),
  problem: (status, message, fields) => ({ type: "about:blank", title: message, status, ...(fields && { errors: fields }) }),
};

function violations(fields) {
  return Object.entries(fields).map(([path, msg]) => ({ loc: path.split("."), msg, type: "value_error" }));
}

function sendRefusal(error, request, reply) {
  const status = error.statusCode ?? 500;
  if (status === 500) console.error(error);
  const message = status === 500 ? "Internal server error" : error.message;
  reply.code(status).headers(error.headers ?? {});
  if (choice.errors === "problem") reply.type("application/problem+json");
  return reply.send(ERROR_BODIES[choice.errors](status, message, error.details));
}

// ---- what a request must be

/** The key is optional; only a wrong one may be refused. */
async function checkKey(request) {
  const key = request.headers["x-api-key"];
  if (key === undefined || API_KEYS.includes(key) || choice.wrong_api_key === "ignored") return;
  const status = Number(choice.wrong_api_key);
  throw new Refusal(status, "Invalid API key", { headers: status === 401 ? { "WWW-Authenticate": "ApiKey" } : {} });
}

function findProvider({ params }) {
  const slug = params.provider_slug;
  if (choice.malformed_slug === "invalid" && !SLUG.test(slug)) {
    throw invalid({ "path.provider_slug": "Invalid provider slug" });
  }
  const provider = providers.get(slug);
  if (!provider) throw new Refusal(404, "Connector provider not found");
  return provider;
}

function readConfiguration({ headers, body: text }) {
  if (!text) throw invalid({ body: "A configuration is required" });
  checkMediaType(headers["content-type"] ?? "");
  const configuration = parseJson(text);
  const isObject = configuration !== null && typeof configuration === "object" && !Array.isArray(configuration);
  if (!isObject) throw invalid({ body: "The configuration must be an object" });
  if (Object.keys(configuration).length === 0) throw invalid({ body: "The configuration is empty" });
  return configuration;
}

function checkMediaType(type) {
  if (choice.wrong_media_type === "read_anyway" || /^application\/(.+\+)?json\b/i.test(type)) return;
  if (choice.wrong_media_type === "invalid") throw invalid({ body: "The body must be JSON" });
  throw new Refusal(415, "The body must be application/json");
}

function parseJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid({ body: "The body is not valid JSON" });
  }
}

function checkParameters(configuration, { parameters }) {
  if (choice.parameters === "free") return;
  const problems = {};
  for (const name of parameters) {
    if (!Object.hasOwn(configuration, name)) problems[`body.${name}`] = "This parameter is required";
    else if (isUnusable(configuration[name])) problems[`body.${name}`] = "This parameter must be a string with content";
  }
  if (choice.unknown_parameters === "refused") {
    const unknown = Object.keys(configuration).filter((name) => !parameters.includes(name));
    for (const name of unknown) problems[`body.${name}`] = "This parameter is not known";
  }
  if (Object.keys(problems).length) throw invalid(problems);
}

function isUnusable(value) {
  if (typeof value !== "string") return true;
  return choice.blank_value === "refused" && value.trim() === "";
}

// ---- views

function providerView(provider) {
  const { id, number, name, parameters, configuration, configured_at: configuredAt } = provider;
  const view = { ...idMember(number), provider_slug: id, display_name: name, required_parameters: parameters };
  if (choice.state === "boolean") view.setup_complete = configuration !== null;
  else view.status = configuration ? "connected" : "disconnected";
  if (choice.configuration === "masked") view.configuration = mask(configuration);
  if (choice.configuration === "names") view.configured_parameters = Object.keys(configuration ?? {});
  if (choice.timestamps !== "none") {
    view.updated_at = timestamp(choice.timestamps, provider.updated_at);
    view.configured_at = configuredAt && timestamp(choice.timestamps, configuredAt);
  }
  return withChosenNames(withChosenNulls(view));
}

function idMember(number) {
  if (choice.id === "integer") return { id: number };
  if (choice.id === "uuid") return { id: `8c1f4e2a-93d7-4b60-a5c8-1e7f2d90b30${number}` };
  return {};
}

function mask(configuration) {
  return configuration && Object.fromEntries(Object.keys(configuration).map((name) => [name, "********"]));
}

function withChosenNulls(view) {
  if (choice.missing_values === "null") return view;
  return Object.fromEntries(Object.entries(view).filter(([, value]) => value !== null));
}

/** camelCase for every name but provider_slug, the only one the document gives. */
function withChosenNames(view) {
  if (choice.names === "snake_case") return view;
  const camel = (name) => name.replaceAll(/_(\w)/g, (match, letter) => letter.toUpperCase());
  return Object.fromEntries(
    Object.entries(view).map(([name, value]) => [name === "provider_slug" ? name : camel(name), value]),
  );
}

const LIST_BODIES = {
  bare: (items) => items,
  data: (items) => ({ data: items }),
  providers: (items) => ({ providers: items, total: items.length }),
  items: (items) => ({ items, total: items.length, page: 1, pages: 1 }),
};

const single = (provider) =>
  choice.single_envelope === "data" ? { data: providerView(provider) } : providerView(provider);

// ---- operations

const app = Fastify({ routerOptions: { ignoreTrailingSlash: choice.trailing_slash === "same" } });
acceptAnyBody(app);
await dressFastify(app, choice.transport);
const allowedMethods = methodsByPath(app);
app.setErrorHandler(sendRefusal);
app.addHook("onRequest", checkKey);
app.addHook("onRequest", async ({ params }, reply) => {
  // The router matches an empty slug, which is the path of the list with a final slash.
  if (params?.provider_slug !== "") return;
  reply.callNotFound();
  return reply;
});

const PROVIDERS = "/v1/admin/connector-providers";
const PROVIDER = `${PROVIDERS}/:provider_slug`;

app.get(PROVIDERS, async () => {
  const rows = ordered(providers.listed(), choice.list_order);
  return LIST_BODIES[choice.list_envelope](rows.map(providerView));
});

app.get(PROVIDER, async (request) => single(findProvider(request)));

app.post(`${PROVIDER}/setup`, async (request, reply) => {
  const configuration = choice.refusal_order === "body_first" ? readConfiguration(request) : null;
  const provider = findProvider(request);
  const sent = configuration ?? readConfiguration(request);
  if (provider.configuration && choice.setup_again === "409") throw new Refusal(409, "The provider is set up already");
  const kept = choice.setup_again === "merge" ? provider.configuration : {};
  const merged = { ...kept, ...sent };
  checkParameters(merged, provider);
  configure(provider, merged);
  reply.code(Number(choice.setup_status));
  return changeReply(provider, "Connector provider set up");
});

app.delete(`${PROVIDER}/setup`, async (request, reply) => {
  const provider = findProvider(request);
  if (!provider.configuration && choice.reset_again !== "same") {
    throw new Refusal(Number(choice.reset_again), "The provider is not set up");
  }
  configure(provider, null);
  if (choice.reset_status === "204") return reply.code(204).send();
  return changeReply(provider, "Connector provider reset");
});

function configure(provider, configuration) {
  const now = new Date();
  Object.assign(provider, { configuration, configured_at: configuration && now, updated_at: now });
  providers.save(provider);
}

function changeReply(provider, message) {
  if (choice.change_reply === "message") return { message, provider_slug: provider.id };
  return single(provider);
}

app.setNotFoundHandler((request, reply) => {
  const [path, query] = request.url.split(/\?(.*)/s);
  const withoutSlash = path.replace(/\/$/, "");
  if (choice.trailing_slash === "307" && withoutSlash !== path && allowedMethods(withoutSlash).length) {
    return reply.redirect(query ? `${withoutSlash}?${query}` : withoutSlash, 307);
  }
  const allowed = allowedMethods(path);
  if (allowed.length && choice.wrong_method !== "404") {
    const headers = choice.wrong_method === "405_allow" ? { Allow: allowed.join(", ") } : {};
    throw new Refusal(405, "Method not allowed", { headers });
  }
  throw new Refusal(404, "Not found");
});

await app.listen({ port, host: "127.0.0.1" });
ready(app.server);
