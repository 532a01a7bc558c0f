// What a Patchworks deployment holds at the start.

export const users = new Map([
  ["pw-token-acme", { company: "acme", writes: true }],
  ["pw-token-acme-viewer", { company: "acme", writes: false }],
  ["pw-token-globex", { company: "globex", writes: true }],
  ["pw-token-initech", { company: "initech", writes: true }],
]);

/** A record with the relations that includes may ask for. */
const record = (attributes, relations = {}) => ({ attributes, relations });

function system(id, name, type, template) {
  return record(
    { id, name, system_template_id: template },
    {
      logo: record({ id, url: `https://logos.example/${id}.svg` }),
      systemType: record({ id: type, name: type }),
    },
  );
}

const shopify = system("11", "Shopify", "ecommerce", "template-shopify");
const netsuite = system("12", "NetSuite", "erp", "template-netsuite");

function endpoint(id, name, of) {
  return record(
    { id, name },
    {
      filters: [record({ id: `${id}1`, name: "updated_after" })],
      endpointSchema: record({ id: `${id}2`, version: 1 }),
      system: of,
      entityType: record({ id: `${id}3`, name: "order" }),
      fieldTags: [],
      variables: [],
    },
  );
}

function implementation(id, name, of, endpoints) {
  const authenticationType = record({ id: `${id}0`, name: "API key" });
  return record({ id, name }, { authenticationType, system: of, endpoints });
}

export const implementations = new Map([
  ["501", implementation("501", "Shopify API key", shopify, [endpoint("901", "List orders", shopify)])],
  ["502", implementation("502", "NetSuite token", netsuite, [endpoint("902", "Create order", netsuite)])],
]);

export const certificates = new Map([
  ["701", record({ id: "701", name: "NetSuite client" }, { user: record({ id: "31", name: "Ada" }) })],
]);

const STARTED = new Date("2025-04-07T10:00:00Z");

function connector(id, company, name, implementationId, more = {}) {
  return {
    id,
    company,
    name,
    type: null,
    authentication_implementation_id: implementationId,
    timezone: "Europe/London",
    date_format: "Y-m-d",
    rate_limit_unit: "minute",
    rate_limit_duration: 60,
    connection_pool_id: null,
    session_id: null,
    certificate_id: null,
    platform_app_key: null,
    canonical_key: name.toLowerCase().replaceAll(" ", "-"),
    variables: [],
    created_at: STARTED,
    updated_at: STARTED,
    deleted_at: null,
    ...more,
  };
}

const pivot = { alias: null, configurable: true, required: true, advanced: false };

const storefrontVariables = [
  { id: "801", key: "shop", value: "acme.myshop.example", label: "Shop", secret: false, locked: false, pivot },
  { id: "802", key: "api_key", value: "seeded-secret", label: "API key", secret: true, locked: false, pivot },
];

export const connectors = [
  connector("101", "acme", "Storefront", "501", { variables: storefrontVariables }),
  connector("102", "acme", "Ledger", "502", { certificate_id: "701", session_id: "session-1" }),
  connector("103", "acme", "Archive", "501"),
  connector("104", "globex", "Globex Shop", "501"),
];
