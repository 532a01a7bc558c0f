import { http, HttpResponse } from "msw";
const seen = [];
export const handlers = [
  http.post("http://shop/orders", async ({ request }) => {
    seen.push(await request.json());
    return HttpResponse.json({ id: 1, customer: "Ann" }, { status: 201 });
  }),
  http.get("http://shop/seen", () => HttpResponse.json(seen)),
];
