// Includes, filters, sorts and pages of Patchworks.
import { invalid } from "./patchworks.body.mjs";
import { implementations } from "./patchworks.seed.mjs";
import { Refusal } from "./refusal.mjs";
import { ordered } from "./table.mjs";

const COUNTED = ["authenticationImplementation", "variables", "certificate"];
const OF_SYSTEM = ["", ".logo", ".systemType"];
const OF_ENDPOINTS = ["", ".filters", ".endpointSchema", ".system", ".system.logo", ".entityType", ".fieldTags", ".variables"];
const INCLUDES = new Set([
  ...COUNTED.flatMap((name) => [name, `${name}_count`, `${name}Exists`]),
  "authenticationImplementation.authenticationType",
  ...OF_SYSTEM.map((rest) => `authenticationImplementation.system${rest}`),
  ...OF_ENDPOINTS.map((rest) => `authenticationImplementation.endpoints${rest}`),
  "certificate.user",
]);
const POSITIVE = /^0*[1-9]\d{0,8}$/;
const SORTS = new Set(["name", "-name"]);

/** The values of a connector that each filter compares. */
const FILTERS = {
  canonical_key: (row) => [row.canonical_key],
  system: (row) => systemsOf(row).flatMap((system) => [system.id, system.name]),
  system_template_id: (row) => systemsOf(row).map((system) => system.system_template_id),
  forSystemTemplate: (row) => systemsOf(row).map((system) => system.system_template_id),
  forSession: (row) => [row.session_id],
  platformSession: (row) => [row.session_id],
};

function systemsOf(row) {
  const implementation = implementations.get(row.authentication_implementation_id);
  return implementation ? [implementation.relations.system.attributes] : [];
}

const listOf = (text) => (text ? String(text).split(",").filter(Boolean) : []);

function filtersOf(query) {
  return Object.entries(query).flatMap(([parameter, value]) => {
    const name = /^filter\[(.*)\]$/.exec(parameter)?.[1];
    return name === undefined ? [] : [{ parameter, name, wanted: String(value).split(",") }];
  });
}

function includeTree(includes) {
  const tree = {};
  for (const include of includes) {
    include.split(".").reduce((branch, name) => (branch[name] ??= {}), tree);
  }
  return tree;
}

/** Returns {filters, tree, sort, page, perPage}, or throws a Refusal. */
export function readQuery({ query }, choice) {
  const filters = filtersOf(query);
  const includes = listOf(query.include);
  const sorts = listOf(query.sort);
  if (choice.unknown_query !== "ignored") refuseUnknown(filters, includes, sorts, choice.unknown_query);
  return {
    filters: filters.filter(({ name }) => Object.hasOwn(FILTERS, name)),
    tree: includeTree(includes.filter((name) => INCLUDES.has(name))),
    sort: sorts.find((name) => SORTS.has(name)),
    ...readPage(query, choice),
  };
}

function refuseUnknown(filters, includes, sorts, status) {
  const errors = {};
  for (const { parameter, name } of filters) {
    if (!Object.hasOwn(FILTERS, name)) errors[parameter] = [`Requested filter "${name}" is not allowed.`];
  }
  const include = includes.find((name) => !INCLUDES.has(name));
  if (include) errors.include = [`Requested include "${include}" is not allowed.`];
  const sort = sorts.find((name) => !SORTS.has(name));
  if (sort) errors.sort = [`Requested sort "${sort}" is not allowed.`];
  if (Object.keys(errors).length) throw invalid(status, errors);
}

function readPage(query, choice) {
  const page = query.page ?? "1";
  const perPage = query.per_page ?? choice.default_per_page;
  const errors = {};
  const tooMany = Number(perPage) > 100 && choice.large_per_page === "refused";
  if (!POSITIVE.test(page)) errors.page = ["The page field must be at least 1."];
  if (!POSITIVE.test(perPage) || tooMany) errors.per_page = ["The per_page field must be between 1 and 100."];
  if (Object.keys(errors).length) throw invalid(choice.invalid_status, errors);
  return { page: Number(page), perPage: Math.min(100, Number(perPage)) };
}

export const matches = (row, filters) =>
  filters.every(({ name, wanted }) => FILTERS[name](row).some((value) => wanted.includes(value)));

export function sorted(rows, sort, defaultOrder) {
  const result = ordered(rows, sort ? "by_name" : defaultOrder);
  return sort === "-name" ? result.toReversed() : result;
}

/** Answers with a page of `rows` in the chosen envelope. */
export function sendPage(req, res, rows, { page, perPage }, choice) {
  const lastPage = Math.max(1, Math.ceil(rows.length / perPage));
  if (page > lastPage && choice.page_beyond === "404") throw new Refusal(404, "Page not found.");
  const start = (page - 1) * perPage;
  const data = rows.slice(start, start + perPage);
  const total = rows.length;
  const meta = {
    current_page: page,
    from: data.length ? start + 1 : null,
    last_page: lastPage,
    path: req.path,
    per_page: perPage,
    to: data.length ? start + data.length : null,
    total,
  };
  const links = {
    first: pageUrl(req, 1),
    last: pageUrl(req, lastPage),
    prev: page > 1 ? pageUrl(req, page - 1) : null,
    next: page < lastPage ? pageUrl(req, page + 1) : null,
  };
  if (choice.list_envelope === "bare") {
    res.set("X-Total-Count", String(total));
    if (links.next) res.set("Link", `<${links.next}>; rel="next"`);
  }
  res.json(ENVELOPES[choice.list_envelope](data, meta, links));
}

const ENVELOPES = {
  resource: (data, meta, links) => ({ data, links, meta }),
  paginator: (data, meta, links) => ({ ...meta, data, next_page_url: links.next, prev_page_url: links.prev }),
  total: (data, { total }) => ({ data, total }),
  bare: (data) => data,
};

function pageUrl(req, number) {
  const url = new URL(req.originalUrl, `http://${req.get("host")}`);
  url.searchParams.set("page", String(number));
  return url.href;
}
