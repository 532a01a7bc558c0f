import { delay, http, HttpResponse } from "msw";
export const handlers = [
  http.get("http://shop/orders", async () => {
    await delay(1500);
    return HttpResponse.json([]);
  }),
];
