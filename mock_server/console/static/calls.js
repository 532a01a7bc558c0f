// Converts a form to a call of the admin API.
//
//   <form data-call="POST" data-path="/worlds/{world}/fork">
//
// Values that the path names are put into the path, the others into the JSON body: dots in a name nest, a field called * is
// the body or is merged into it, and data-base is the initial body. A form with data-flat sends only changed fields.

const READERS = {
  number: (text) => Number(text),
  count: (text) => (text.trim() === "unlimited" ? "unlimited" : Number(text)),
  list: (text) => text.split(",").map((part) => part.trim()).filter(Boolean),
  numbers: (text) => text.split(",").map((part) => part.trim()).filter(Boolean).map(Number),
  moment: (text) => `${text.length === 16 ? `${text}:00` : text}Z`,
  json: (text, field) => {
    try { return JSON.parse(text); } catch (error) { throw new Unreadable(field, `This must be JSON: ${error.message}`); }
  },
  merge: (text) => JSON.parse(text),
  nullable: (text) => text,
  yes: (text) => text === "true",
};

/** A field whose text is not valid for its type. */
export class Unreadable extends Error {
  constructor(field, message) { super(message); this.field = field; }
}

function put(body, name, value, flat) {
  const path = flat ? [name] : name.split(".");
  const last = path.pop();
  let place = body;
  for (const part of path) place = place[part] ??= {};
  if (value?.constructor === Object && place[last]?.constructor === Object) Object.assign(place[last], value);
  else place[last] = value;
}

function valueOf(field) {
  const kind = field.dataset.type;
  if (field.type === "checkbox") return field.checked;
  if (field.value === "" && "flat" in field.form.dataset) return kind && kind !== "text" ? null : "";
  if (field.value === "") return undefined;
  return kind && kind in READERS ? READERS[kind](field.value, field) : field.value;
}

/** Whether a field was changed. Unchanged values are sent exactly as they were received. */
const touched = (field) =>
  field.matches("select") ? [...field.options].some((option) => option.selected !== option.defaultSelected) : field.value !== field.defaultValue;

/** The address and the options of the call that a form says. Raises Unreadable. */
export async function requestOf(form) {
  const flat = "flat" in form.dataset;
  let path = form.dataset.path, body = form.dataset.base ? JSON.parse(form.dataset.base) : {};
  let text = null;
  for (const field of form.elements) {
    if (!field.name || field.matches(":disabled") || (field.type === "radio" && !field.checked)) continue;
    if (field.type === "file") { text = await field.files[0].text(); continue; }
    const place = `{${field.name}}`;
    if (path.includes(place)) { path = path.replaceAll(place, encodeURIComponent(field.value)); continue; }
    if ("skip" in field.dataset || (flat && !touched(field))) continue;
    const value = valueOf(field);
    if (value === undefined) continue;
    if (field.name === "*") body = value?.constructor === Object ? { ...body, ...value } : value;
    else put(body, field.name, value, flat);
  }
  const request = { method: form.dataset.call, headers: { Accept: "application/json, application/problem+json" } };
  if (text !== null) request.body = text;
  else if (Object.keys(body).length) request.body = JSON.stringify(body);
  if (request.body !== undefined) request.headers["Content-Type"] = "application/json";
  return [`/__admin${path}`, request];
}
