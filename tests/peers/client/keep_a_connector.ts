import createClient from "openapi-fetch";

import type { paths } from "./generated/patchworks";
import type { Walk } from "./walk";

const CONNECTOR = "/api/v1/connectors/{connector}";

/** Store, show, update, test, destroy. */
export async function keepAConnector(walk: Walk, address: string): Promise<void> {
  const api = createClient<paths>({
    baseUrl: address,
    headers: { Authorization: "mock-patchworks-admin-key", Accept: "application/json" },
  });

  const body = {
    name: "Entrepôt, flux des stocks",
    authentication_implementation_id: 1,
    timezone: "Europe/London",
    date_format: "c",
    rate_limit_unit: "minute",
    rate_limit_duration: 60,
    variables: [{ key: "base_url", label: "Base address", value: "https://erp.example.com", secret: false }],
  } as const;
  const storing = api.POST("/api/v1/connectors", { body: { ...body, variables: [...body.variables] } });
  const { data: stored } = await walk.succeeds("store a connector", storing, 200);
  walk.holds(stored.name === body.name, "it has the name it was given");
  const path = { connector: String(stored.id) };

  const include = "authenticationImplementation.system,variables,variables_count";
  const showing = api.GET(CONNECTOR, { params: { path, query: { include } } });
  const { data: shown } = await walk.succeeds("show it with its relations", showing, 200);
  walk.holds(Boolean(shown.authentication_implementation?.system), "its system is there");
  walk.holds(shown.variables?.length === 1 && shown.variables_count === 1, "its variable is there");

  const updating = api.PUT(CONNECTOR, { params: { path }, body: { rate_limit_unit: "hour" } });
  const { data: updated } = await walk.succeeds("update it", updating, 200);
  walk.holds(updated.rate_limit_unit === "hour" && updated.name === body.name, "only the unit is another");

  const listing = api.GET("/api/v1/connectors", { params: { query: { sort: "-name", per_page: 100 } } });
  const listed = await walk.succeeds("list", listing, 200);
  walk.holds(listed.data.some((one) => one.id === stored.id), "it is listed");

  const wrong = { ...body, variables: [], name: "" };
  const refused = await walk.isRefused("store without a name", api.POST("/api/v1/connectors", { body: wrong }), 422);
  walk.holds(JSON.stringify(refused).includes('"errors":{"name"'), "the refusal names the member");

  const testing = api.POST(`${CONNECTOR}/test`, { params: { path }, parseAs: "text" });
  await walk.succeeds("test it", testing, 200);
  await walk.succeeds("destroy it", api.DELETE(CONNECTOR, { params: { path } }), 200);
  await walk.isRefused("look for it", api.GET(CONNECTOR, { params: { path } }), 404);
}
