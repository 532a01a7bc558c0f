// json-server with its records in memory. It validates nothing.
const jsonServer = require("json-server");

const [records, port] = process.argv.slice(2);
const server = jsonServer.create();
server.use(jsonServer.bodyParser);
server.use("/api/v1", jsonServer.router({ connectors: JSON.parse(require("node:fs").readFileSync(records)) }));
server.listen(Number(port), "127.0.0.1");
