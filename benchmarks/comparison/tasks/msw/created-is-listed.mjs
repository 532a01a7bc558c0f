import { http, HttpResponse } from "msw";
const orders = [];
export const handlers = [
  http.get("http://shop/orders", () => HttpResponse.json(orders)),
  http.post("http://shop/orders", async ({ request }) => {
    const order = { id: orders.length + 1, ...(await request.json()) };
    orders.push(order);
    return HttpResponse.json(order, { status: 201 });
  }),
  http.get("http://shop/orders/:id", ({ params }) => {
    const order = orders.find((each) => each.id === Number(params.id));
    return order ? HttpResponse.json(order) : HttpResponse.json({ message: "Not found" }, { status: 404 });
  }),
];
