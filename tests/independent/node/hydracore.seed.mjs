// What a HydraCore deployment holds at the start.

const ACME = "1b6f3d20-94a7-4e58-8c31-0f7a2e5d9c01";
const ACME_EAST = "1b6f3d20-94a7-4e58-8c31-0f7a2e5d9c02";
const ACME_NEW = "1b6f3d20-94a7-4e58-8c31-0f7a2e5d9c03";
const GLOBEX = "1b6f3d20-94a7-4e58-8c31-0f7a2e5d9c04";

const ROSTER = "72e9c4a8-1d05-4b3f-9e67-c8b0f4a13d01";
const MAILER = "72e9c4a8-1d05-4b3f-9e67-c8b0f4a13d02";
const GLOBEX_BOT = "72e9c4a8-1d05-4b3f-9e67-c8b0f4a13d03";

export const customers = new Set([ACME, ACME_EAST, ACME_NEW, GLOBEX]);

/** The customers each token may manage. */
export const tokens = new Map([
  ["hc-token-acme", [ACME, ACME_EAST, ACME_NEW]],
  ["hc-token-globex", [GLOBEX]],
]);

export const apiKeys = new Map([["hc-key-acme", [ACME, ACME_EAST, ACME_NEW]]]);

export const instances = new Map(
  [
    { id: ROSTER, customer: ACME, proxyKey: "hc-proxy-roster" },
    { id: MAILER, customer: ACME, proxyKey: "hc-proxy-mailer" },
    { id: GLOBEX_BOT, customer: GLOBEX, proxyKey: "hc-proxy-globex" },
  ].map((instance) => [instance.id, instance]),
);

const STARTED = new Date("2025-03-03T07:30:00Z");

function connection(number, customer, provider, name, granted = {}) {
  const id = `c05d8e17-6b42-4f9a-b3d1-5a9e7c2f80${number}`;
  const grants = Object.entries(granted).map(([instance, capabilities], position) => ({
    id: `9f3a7b61-0c8d-4e25-a194-d6e8b1f2${number}0${position + 1}`,
    connection_id: id,
    instance_id: instance,
    capabilities,
    granted_at: STARTED,
  }));
  return {
    id,
    customer_id: customer,
    provider,
    name,
    auth_type: "oauth2",
    credentials: { access_token: `seeded-${number}` },
    metadata_json: null,
    scopes: ["read"],
    status: "active",
    error_message: null,
    expires_at: null,
    grants,
    created_at: STARTED,
    updated_at: STARTED,
    last_used_at: null,
  };
}

export const connections = [
  connection("01", ACME, "gmail", "admin@acme.example", { [ROSTER]: ["send_mail", "read_mail"] }),
  connection("03", ACME, "xero", "Acme Books"),
  connection("02", ACME, "deputy", "Acme Master Roster", { [ROSTER]: ["read_events"] }),
  connection("04", ACME_EAST, "gmail", "east@acme.example"),
  connection("05", GLOBEX, "gmail", "admin@globex.example", { [GLOBEX_BOT]: ["send_mail"] }),
];
