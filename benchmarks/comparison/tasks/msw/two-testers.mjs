import { http, HttpResponse } from "msw";
export const handlers = [
  http.get("http://shop/orders", ({ request }) =>
    request.headers.get("x-tester") === "ann" ? new HttpResponse(null, { status: 503 }) : HttpResponse.json([])),
];
