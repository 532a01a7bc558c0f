import { http, HttpResponse } from "msw";
export const handlers = [http.get("http://shop/orders", () => HttpResponse.json([]))];
