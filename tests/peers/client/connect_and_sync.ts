import createClient from "openapi-fetch";

import type { paths } from "./generated/aimable";
import { pause, type Walk } from "./walk";

const CONNECTORS = "/v1/spaces/{space_id}/collections/{collection_id}/connectors";
const CONNECTOR = `${CONNECTORS}/{connector_id}` as const;

/** Create, repeat, browse, sync, monitor, delete. */
export async function connectAndSync(walk: Walk, address: string): Promise<void> {
  const api = createClient<paths>({
    baseUrl: `${address}/api-proxy`,
    headers: { Authorization: "Bearer mock-aimable-member" },
  });
  const collection = {
    space_id: "7a5f3b1d-8e2c-4f1a-b9c0-1d2e3f4a5b6c",
    collection_id: "9c8d7e6f-5a4b-3c2d-1e0f-2a3b4c5d6e7f",
  };

  const header = { "Idempotency-Key": crypto.randomUUID() };
  const body = {
    provider_slug: "google-drive",
    credential: { access_token: "a token nobody may see" },
    scope_config: { folder_ids: ["1A2B3C4D"] },
  };
  const creating = () => api.POST(CONNECTORS, { params: { path: collection, header }, body });
  const { data: created } = await walk.succeeds("create a connector", creating(), 201);
  walk.holds(!JSON.stringify(created).includes(body.credential.access_token), "the credential is not shown");
  const { data: repeated } = await walk.succeeds("repeat under the same key", creating(), 201);
  walk.holds(repeated.id === created.id, "it is the same connector");
  const path = { ...collection, connector_id: created.id };

  const root = await walk.succeeds("browse", api.GET(`${CONNECTOR}/browse`, { params: { path } }), 200);
  walk.holds(Array.isArray(root.data), "there is a list of items");

  const { data: sync } = await walk.succeeds("start a sync", api.POST(`${CONNECTOR}/sync`, { params: { path } }), 202);
  const looking = () => api.GET(`${CONNECTOR}/sync/{sync_id}`, { params: { path: { ...path, sync_id: sync.id } } });
  let { data: seen } = await walk.succeeds("monitor it", looking(), 200);
  for (let tries = 0; !seen.completed_at && tries < 60; tries += 1) {
    await pause(200);
    seen = (await walk.succeeds("monitor it", looking(), 200)).data;
  }
  walk.holds(Boolean(seen.completed_at), "it comes to an end");

  const history = api.GET(`${CONNECTOR}/sync`, { params: { path, query: { limit: 5 } } });
  const listed = await walk.succeeds("list the syncs", history, 200);
  walk.holds(listed.data.some((one) => one.id === sync.id), "it stands in the history");
  const tooMany = api.GET(`${CONNECTOR}/sync`, { params: { path, query: { limit: 101 } } });
  await walk.isRefused("ask for too many", tooMany, 422);

  await walk.succeeds("delete the connector", api.DELETE(CONNECTOR, { params: { path } }), 204);
  await walk.isRefused("look for it", api.GET(CONNECTOR, { params: { path } }), 404);
}
