// The rules for the bodies of Patchworks, written and refused in the manner of Laravel.
import { certificates, implementations } from "./patchworks.seed.mjs";
import { Refusal } from "./refusal.mjs";

const UNITS = {
  singular: ["second", "minute", "hour", "day"],
  plural: ["seconds", "minutes", "hours", "days"],
};
const TEXT = { type: "string", nullable: true };
const VARIABLE_RULES = { id: TEXT, key: TEXT, value: TEXT, label: TEXT };

/** Returns a Refusal; `fields` maps each invalid field to its messages. */
export function invalid(status, fields) {
  const messages = Object.values(fields).flat();
  const more = messages.length > 1 ? ` (and ${messages.length - 1} more)` : "";
  return new Refusal(Number(status), messages[0] + more, { details: fields });
}

function rulesOf(choice) {
  const shared = {
    name: { type: "string" },
    authentication_implementation_id: { type: "string", exists: implementations },
    timezone: { type: "string", valid: choice.timezones === "iana" ? isTimezone : () => true },
    date_format: { type: "string" },
    rate_limit_unit: { type: "string", valid: (unit) => UNITS[choice.rate_limit_units].includes(unit) },
    rate_limit_duration: { type: "integer" },
  };
  const pool = { connection_pool_id: { type: "integer", nullable: true } };
  const required = Object.entries(shared).map(([name, rule]) => [name, { ...rule, required: true }]);
  return {
    store: {
      ...Object.fromEntries(required),
      ...pool,
      session_id: { type: "string", nullable: true },
      platform_app_key: { type: "string" },
      certificate_id: { type: "string", nullable: true, exists: certificates },
    },
    update: { ...shared, ...pool, type: { type: "string" } },
  };
}

function isTimezone(zone) {
  try {
    return Boolean(new Intl.DateTimeFormat("en", { timeZone: zone }));
  } catch {
    return false;
  }
}

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

/** Trims strings and makes empty ones null, as Laravel's middleware does. */
function trimmed(value) {
  if (typeof value === "string") return value.trim() || null;
  if (Array.isArray(value)) return value.map(trimmed);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, trimmed(member)]));
}

/** Returns `read(req, "store" or "update", isTaken)`: the documented members sent, or a Refusal with every invalid field. */
export function bodyReader(choice) {
  const rules = rulesOf(choice);

  function read(req, kind, isTaken) {
    const parsed = parseBody(req);
    const body = choice.strings === "trimmed" ? trimmed(parsed) : parsed;
    if (!isObject(body)) throw invalid(choice.invalid_status, { body: ["The body must be an object."] });
    const errors = {};
    const values = applyRules(body, rules[kind], "", errors);
    if (body.variables != null) values.variables = readVariables(body.variables, errors);
    if (choice.same_name === "refused" && isTaken(values.name)) errors.name = ["The name has already been taken."];
    if (Object.keys(errors).length) throw invalid(choice.invalid_status, errors);
    return values;
  }

  function parseBody(req) {
    if (!req.body?.length) return {};
    if (!req.is("json") && !req.is("+json")) {
      if (choice.wrong_media_type === "415") throw new Refusal(415, "The body must be application/json.");
      throw invalid(choice.invalid_status, { body: ["The body must be application/json."] });
    }
    try {
      return JSON.parse(req.body.toString("utf8"));
    } catch {
      throw invalid(choice.invalid_status, { body: ["The body is not valid JSON."] });
    }
  }

  function applyRules(body, fields, prefix, errors) {
    const values = {};
    for (const [name, rule] of Object.entries(fields)) {
      const sent = body[name];
      if (sent === undefined && !rule.required) continue;
      const value = rule.type === "integer" ? integerOf(sent) : sent;
      const problem = problemOf(value, rule, `${prefix}${name}`);
      if (problem) errors[`${prefix}${name}`] = [problem];
      else values[name] = value;
    }
    return values;
  }

  function integerOf(sent) {
    const numeric = typeof sent === "string" && /^-?\d{1,15}$/.test(sent);
    return numeric && choice.integer_strings === "accepted" ? Number(sent) : sent;
  }

  function problemOf(value, { type, required, nullable, exists, valid }, field) {
    if (value === null && nullable) return null;
    if (required && (value === undefined || value === null || value === "")) return `The ${field} field is required.`;
    if (type === "integer" && !Number.isInteger(value)) return `The ${field} field must be an integer.`;
    if (type === "string" && typeof value !== "string") return `The ${field} field must be a string.`;
    const unknown = exists && choice.unknown_references === "refused" && !exists.has(value);
    if (unknown || (valid && !valid(value))) return `The selected ${field} is invalid.`;
    return null;
  }

  function readVariables(sent, errors) {
    if (!Array.isArray(sent)) {
      errors.variables = ["The variables field must be an array."];
      return [];
    }
    return sent.map((variable, index) => readVariable(variable, `variables.${index}`, errors));
  }

  function readVariable(sent, field, errors) {
    if (!isObject(sent)) {
      errors[field] = [`The ${field} field must be an object.`];
      return {};
    }
    const { secret = false, locked = false } = sent;
    const values = applyRules(sent, VARIABLE_RULES, `${field}.`, errors);
    const pivot = readPivot(isObject(sent.pivot) ? sent.pivot : {}, field, errors);
    return { ...values, secret: Boolean(secret), locked: Boolean(locked), pivot };
  }

  function readPivot(sent, field, errors) {
    const { alias = null } = applyRules(sent, { alias: TEXT }, `${field}.pivot.`, errors);
    const { configurable, required, advanced } = sent;
    return { alias, configurable: Boolean(configurable), required: Boolean(required), advanced: Boolean(advanced) };
  }

  return read;
}
