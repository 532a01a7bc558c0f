// openapi-backend behind Node's own HTTP server: validates, and answers with the document's examples.
const http = require("node:http");
const { OpenAPIBackend } = require("openapi-backend");

const [document, port, schemes] = process.argv.slice(2);
const json = { "Content-Type": "application/json" };
const send = (response, status, body) => response.writeHead(status, json).end(JSON.stringify(body));
const api = new OpenAPIBackend({
  definition: document,
  quick: true,
  ajvOpts: { strict: false, validateFormats: false },
  handlers: {
    validationFail: (context, request, response) => send(response, 422, { errors: context.validation.errors }),
    unauthorizedHandler: (context, request, response) => send(response, 401, {}),
    notFound: (context, request, response) => send(response, 404, {}),
    notImplemented: (context, request, response) => {
      const { status, mock } = context.api.mockResponseForOperation(context.operation.operationId);
      send(response, status, mock);
    },
  },
});
for (const scheme of schemes.split(",")) api.registerSecurityHandler(scheme, () => true);
api.init().then(() => {
  http
    .createServer((request, response) => {
      const pieces = [];
      request.on("data", (piece) => pieces.push(piece));
      request.on("end", () => {
        const [path, query] = request.url.split("?");
        const text = Buffer.concat(pieces).toString();
        const body = text ? JSON.parse(text) : undefined;
        api.handleRequest({ method: request.method, path, query, body, headers: request.headers }, request, response);
      });
    })
    .listen(Number(port), "127.0.0.1");
});
