// Refusals of Aimable: the documented list of violations for 422, and the chosen shape for the rest.
import { Refusal } from "./refusal.mjs";

export const violation = (loc, msg, type) => new Refusal(422, msg, { details: [{ loc, msg, type }] });

export const unauthorized = (message) => new Refusal(401, message, { headers: { "WWW-Authenticate": "Bearer" } });

/** Returns what `schema` makes of `value`, or throws a Refusal that lists the violations under `place`. */
export function parse(schema, value, place, echoInput) {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const details = result.error.issues.flatMap((issue) => describe(issue, value, place, echoInput));
  throw new Refusal(422, "Validation failed", { details });
}

function describe(issue, input, place, echoInput) {
  const loc = [...place, ...issue.path];
  if (issue.code === "unrecognized_keys") {
    const [msg, type] = ["Extra inputs are not permitted", "extra_forbidden"];
    return issue.keys.map((key) => ({ loc: [...loc, key], msg, type }));
  }
  const value = issue.path.reduce((parent, member) => parent?.[member], input);
  const [msg, type] = wording(issue, value);
  // A body may hold secrets, so it is never echoed.
  const echoed = echoInput && loc[0] !== "body" && value !== undefined;
  return [{ loc, msg, type, ...(echoed && { input: value }) }];
}

/** Returns [msg, type]. Messages of the schemas are written "msg|type". */
function wording(issue, value) {
  if (value === undefined) return ["Field required", "missing"];
  if (issue.code === "invalid_type") return [`Input should be a valid ${issue.expected}`, `${issue.expected}_type`];
  if (issue.code === "too_big") return [`Input should be less than or equal to ${issue.maximum}`, "less_than_equal"];
  if (issue.code !== "too_small") return issue.message.split("|");
  if (issue.origin === "string") return ["String should have at least 1 character", "string_too_short"];
  return [`Input should be greater than or equal to ${issue.minimum}`, "greater_than_equal"];
}

function plainBody(shape, status, message) {
  if (shape === "detail_list") return { detail: [{ loc: [], msg: message, type: `http_${status}` }] };
  if (shape === "problem") return { type: "about:blank", title: message, status };
  if (shape === "error_object") return { error: { code: `http_${status}`, message } };
  return { detail: message };
}

/** Returns the Express error handler; `shape` is the form of every error but 422. */
export function refusalHandler(shape) {
  return (error, req, res, next) => {
    if (res.headersSent) return next(error);
    const status = error.status ?? 500;
    if (status === 500) console.error(error);
    res.status(status).set(error.headers ?? {});
    if (error.details) return res.json({ detail: error.details });
    if (shape === "problem") res.type("application/problem+json");
    res.json(plainBody(shape, status, status === 500 ? "Internal server error" : error.message));
  };
}
