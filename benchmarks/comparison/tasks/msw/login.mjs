import { http, HttpResponse } from "msw";
const codes = new Set();
export const handlers = [
  http.get("http://shop/oauth/authorize", ({ request }) => {
    const asked = new URL(request.url).searchParams;
    const code = crypto.randomUUID();
    codes.add(code);
    const back = new URL(asked.get("redirect_uri"));
    back.searchParams.set("code", code);
    back.searchParams.set("state", asked.get("state"));
    return new HttpResponse(null, { status: 302, headers: { Location: back.href } });
  }),
  http.post("http://shop/oauth/token", async ({ request }) => {
    const form = new URLSearchParams(await request.text());
    return codes.delete(form.get("code"))
      ? HttpResponse.json({ access_token: "any", token_type: "Bearer", expires_in: 3600 })
      : HttpResponse.json({ error: "invalid_grant" }, { status: 400 });
  }),
];
