import createClient from "openapi-fetch";

import type { paths } from "./generated/hydracore";
import type { Walk } from "./walk";

const CONNECTIONS = "/v1/customers/{customer_id}/connections";
const CONNECTION = `${CONNECTIONS}/{connection_id}` as const;

/** Connect, grant, fetch, revoke. */
export async function grantAndFetch(walk: Walk, address: string): Promise<void> {
  const developer = createClient<paths>({ baseUrl: address, headers: { "X-Api-Key": "mock-hydracore-admin-key" } });
  const runtime = createClient<paths>({ baseUrl: address, headers: { Authorization: "Bearer mock-proxy-key-2" } });
  const customer = { customer_id: "160c0c4b-9966-4dc1-a916-8407eb10d74e" };
  const instance = { instance_id: "06587974-2dbe-4e10-8bf9-38cce0f5a366" };

  const body = {
    provider: "google_calendar",
    name: `Calendar ${crypto.randomUUID()}`,
    credentials: { access_token: "a token for the runtime", scopes: ["events", 1, null] },
  };
  const creating = developer.POST(CONNECTIONS, { params: { path: customer }, body });
  const connection = await walk.succeeds("create a connection", creating, 201);
  walk.holds(connection.auth_type === "oauth2", "it is an OAuth connection by default");
  const path = { ...customer, connection_id: connection.id };

  const granting = developer.POST(`${CONNECTION}/grants`, {
    params: { path },
    body: { ...instance, capabilities: ["read_events"] },
  });
  const grant = await walk.succeeds("grant it", granting, 201);

  const listed = await walk.succeeds("list", developer.GET(CONNECTIONS, { params: { path: customer } }), 200);
  const found = listed.connections.find((one) => one.id === connection.id);
  walk.holds(JSON.stringify(found?.grants).includes(grant.id), "it is listed with its grant");
  walk.holds(!JSON.stringify(listed).includes(body.credentials.access_token), "credentials are not listed");

  const fetching = (capability: string) =>
    runtime.GET("/internal/v1/instances/{instance_id}/connections", {
      params: { path: instance, query: { provider: body.provider, name: body.name, capability } },
    });
  const fetched = await walk.succeeds("fetch the credentials", fetching("read_events"), 200);
  const same = JSON.stringify(fetched.credentials) === JSON.stringify(body.credentials);
  walk.holds(same, "they are the ones that were stored");
  await walk.isRefused("fetch them for something else", fetching("send_mail"), 403);

  const revoking = developer.DELETE(`${CONNECTION}/grants/{grant_id}`, {
    params: { path: { ...path, grant_id: grant.id } },
  });
  await walk.succeeds("revoke the grant", revoking, 204);
  await walk.isRefused("fetch after that", fetching("read_events"), 404);
  await walk.succeeds("delete the connection", developer.DELETE(CONNECTION, { params: { path } }), 204);
}
