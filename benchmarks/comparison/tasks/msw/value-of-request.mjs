import { http, HttpResponse } from "msw";
export const handlers = [
  http.get("http://shop/orders/:id", ({ params }) =>
    HttpResponse.json({ id: Number(params.id), customer: `Customer of ${params.id}` })),
];
