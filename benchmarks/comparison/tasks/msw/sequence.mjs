import { http, HttpResponse } from "msw";
export const handlers = [
  http.get("http://shop/orders", () => new HttpResponse(null, { status: 503 }), { once: true }),
  http.get("http://shop/orders", () => HttpResponse.json([])),
];
