// The frontend's client of the API: knows a base URL, and nothing of a mock.

const COLLECTION =
  "/api-proxy/v1/spaces/7a5f3b1d-8e2c-4f1a-b9c0-1d2e3f4a5b6c/collections/9c8d7e6f-5a4b-3c2d-1e0f-2a3b4c5d6e7f/connectors";

export class Refused extends Error {
  constructor(reply) {
    super(`refused with ${reply.status}`);
    this.status = reply.status;
    this.retryAfter = reply.headers.get("Retry-After");
  }
}

export function connectors(base) {
  const ask = async (method, path = "", body) => {
    const reply = await fetch(`${base}${COLLECTION}${path}`, {
      method,
      headers: {
        Authorization: "Bearer mock-aimable-admin",
        ...(body && { "Content-Type": "application/json", "Idempotency-Key": crypto.randomUUID() }),
      },
      body: body && JSON.stringify(body),
    });
    if (!reply.ok) throw new Refused(reply);
    return (await reply.json()).data;
  };
  return {
    list: () => ask("GET"),
    connect: (provider) =>
      ask("POST", "", { provider_slug: provider, credential: { access_token: "x" }, scope_config: { channel_ids: ["C1"] } }),
    sync: (id) => ask("POST", `/${id}/sync`),
    latestSync: async (id) => (await ask("GET", `/${id}/sync?limit=1`))[0],
  };
}
