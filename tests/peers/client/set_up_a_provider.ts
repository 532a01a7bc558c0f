import createClient from "openapi-fetch";

import type { paths } from "./generated/aimable";
import type { Walk } from "./walk";

/** List, inspect, set up, verify, reset. */
export async function setUpAProvider(walk: Walk, address: string): Promise<void> {
  const api = createClient<paths>({
    baseUrl: `${address}/api-proxy`,
    headers: { Authorization: "Bearer mock-aimable-admin" },
  });
  const path = { provider_slug: "google-workspace" };

  const providers = await walk.succeeds("list providers", api.GET("/v1/admin/connector-providers"), 200);
  const known = providers.data.some((provider) => provider.provider_slug === path.provider_slug);
  walk.holds(known, "the provider is listed");

  const reading = () => api.GET("/v1/admin/connector-providers/{provider_slug}", { params: { path } });
  const inspected = await walk.succeeds("inspect the provider", reading(), 200);
  const fields = Object.keys(inspected.data.config_schema ?? {});
  walk.holds(fields.includes("client_id") && fields.includes("client_secret"), "it names its fields");

  const body = { client_id: "1234567890-abcxyz", client_secret: "your-client-secret-value" };
  const setting = api.POST("/v1/admin/connector-providers/{provider_slug}/setup", { params: { path }, body });
  const done = await walk.succeeds("set it up", setting, 200);
  walk.holds(done.data.setup_complete === true, "the setup is complete");
  walk.holds(!JSON.stringify(done).includes(body.client_secret), "the secret is not shown");

  const verified = await walk.succeeds("verify the setup", reading(), 200);
  walk.holds(verified.data.setup_complete === true, "a fresh read agrees");

  const resetting = api.DELETE("/v1/admin/connector-providers/{provider_slug}/setup", { params: { path } });
  const reset = await walk.succeeds("reset it", resetting, 200);
  walk.holds(reset.data.setup_complete === false, "the setup is taken back");

  const stranger = { headers: { Authorization: "Bearer nobody" } };
  const refused = api.GET("/v1/admin/connector-providers", stranger);
  await walk.isRefused("be a stranger", refused, 401);
}
