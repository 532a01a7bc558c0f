import { http, HttpResponse } from "msw";
export const handlers = [
  http.post("http://shop/orders", async ({ request }) => {
    const order = await request.json();
    return order.customer === "Blocked"
      ? HttpResponse.json({ message: "Blocked" }, { status: 422 })
      : HttpResponse.json({ id: 1, ...order }, { status: 201 });
  }),
];
