import { http, HttpResponse } from "msw";
const states = ["running", "running", "failed"];
export const handlers = [
  http.get("http://shop/imports/:id", ({ params }) => {
    const status = states.length > 1 ? states.shift() : states[0];
    return HttpResponse.json({ id: Number(params.id), status });
  }),
];
