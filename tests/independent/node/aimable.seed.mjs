// What an Aimable deployment holds at the start: users, spaces, collections, providers and connectors.

const MARKETING = "3f0c6a52-8d1e-4b7a-9c25-6e1f0a9d4b01";
const RESEARCH = "3f0c6a52-8d1e-4b7a-9c25-6e1f0a9d4b02";
const GLOBEX = "3f0c6a52-8d1e-4b7a-9c25-6e1f0a9d4b03";

const CAMPAIGNS = "b7e2d914-05cf-4a63-8f12-2c9a7b5d6e01";
const BRIEFS = "b7e2d914-05cf-4a63-8f12-2c9a7b5d6e02";
const DRAFTS = "b7e2d914-05cf-4a63-8f12-2c9a7b5d6e03";
const PAPERS = "b7e2d914-05cf-4a63-8f12-2c9a7b5d6e04";
const GLOBEX_FILES = "b7e2d914-05cf-4a63-8f12-2c9a7b5d6e05";

export const spaces = new Set([MARKETING, RESEARCH, GLOBEX]);

/** The space of each collection. */
export const collections = new Map([
  [CAMPAIGNS, MARKETING],
  [BRIEFS, MARKETING],
  [DRAFTS, MARKETING],
  [PAPERS, RESEARCH],
  [GLOBEX_FILES, GLOBEX],
]);

export const users = [
  {
    id: "user-ada",
    token: "aim-token-admin",
    apiKey: "aim-key-admin",
    admin: true,
    spaces: { [MARKETING]: "write", [RESEARCH]: "write" },
  },
  {
    id: "user-eve",
    token: "aim-token-editor",
    apiKey: "aim-key-editor",
    admin: false,
    spaces: { [MARKETING]: "write" },
  },
  { id: "user-vic", token: "aim-token-viewer", admin: false, spaces: { [MARKETING]: "read" } },
  { id: "user-gus", token: "aim-token-globex", admin: false, spaces: { [GLOBEX]: "write" } },
];

const STARTED = new Date("2025-01-10T09:00:00Z");

function provider(number, slug, name, scope, ready) {
  const credentials = ready ? { client_id: `${slug}-client`, client_secret: `${slug}-secret` } : null;
  return {
    id: `5d9b1c70-42ae-4f38-b6d4-7a8e0c3f91${number}`,
    provider_slug: slug,
    display_name: name,
    auth_type: "oauth2",
    execution_strategy: "server-side",
    default_scopes: [{ name: scope, description: `Read ${name}` }],
    credentials,
    created_at: STARTED,
    updated_at: STARTED,
  };
}

const catalogue = [
  provider("01", "google-workspace", "Google Workspace", "https://www.googleapis.com/auth/gmail.readonly", false),
  provider("02", "google-drive", "Google Drive", "https://www.googleapis.com/auth/drive.readonly", true),
  provider("03", "slack", "Slack", "channels:read", true),
  provider("04", "github", "GitHub", "repo", true),
  provider("05", "salesforce", "Salesforce", "api", false),
];

export const providers = new Map(catalogue.map((entry) => [entry.provider_slug, entry]));

function connector(number, collection, slug, scope) {
  return {
    id: `e41a8f36-7b90-4c5d-a2e8-913d5f7c60${number}`,
    collection_id: collection,
    provider_slug: slug,
    principal_id: "user-ada",
    scope_config: scope,
    status: "active",
    credential: { access_token: `token-${number}` },
    created_at: STARTED,
    updated_at: STARTED,
    last_sync_at: null,
  };
}

export const seededConnectors = [
  connector("02", CAMPAIGNS, "slack", { channels: ["general"] }),
  connector("01", CAMPAIGNS, "google-drive", { folder_ids: ["1A2B3C4D"] }),
  connector("03", BRIEFS, "github", { repositories: ["acme/briefs"] }),
  connector("04", PAPERS, "google-drive", {}),
  connector("05", GLOBEX_FILES, "google-drive", {}),
];
