import { http, HttpResponse } from "msw";
export const handlers = [
  http.post("http://shop/orders", async ({ request }) => {
    const order = await request.json();
    return typeof order.customer === "string" && order.customer
      ? HttpResponse.json({ id: 1, ...order }, { status: 201 })
      : HttpResponse.json({ message: "customer is required" }, { status: 422 });
  }),
];
