// Reads the command line of a server and the choices declared beside it.
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { parse } from "yaml";

/** The declared choices of a contract: a list of {name, default, values}. */
export function declaredChoices(contract) {
  const file = new URL(`${contract}.choices.yaml`, import.meta.url);
  return parse(readFileSync(file, "utf8"));
}

/** Returns {port, choice} from `--port N [--choice name=value ...]`; exits with 2 on an unknown choice or value. */
export function launch(contract) {
  const { values } = parseArgs({
    options: {
      port: { type: "string", default: "0" },
      choice: { type: "string", multiple: true, default: [] },
    },
  });
  const declared = declaredChoices(contract);
  const choice = Object.fromEntries(declared.map(({ name, default: value }) => [name, value]));
  for (const argument of values.choice) {
    const [name, value] = argument.split(/=(.*)/s);
    const allowed = declared.find((entry) => entry.name === name)?.values;
    if (!allowed) exit(`unknown choice "${name}"; choices: ${Object.keys(choice).join(", ")}`);
    if (!Object.hasOwn(allowed, value ?? "")) exit(`"${name}" may be: ${Object.keys(allowed).join(", ")}`);
    choice[name] = value;
  }
  return { port: Number(values.port), choice: Object.freeze(choice) };
}

/** Prints the line that says that the server is ready. */
export function ready(server) {
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
}

function exit(message) {
  console.error(message);
  process.exit(2);
}
