// How Aimable shows its records: lists, pages and views, as the choices say.
import { z } from "zod";
import { timestamp } from "./formats.mjs";
import { ordered } from "./table.mjs";

const INTEGER = /^-?\d+$/;

function pageSchema(paging) {
  const integer = z.string().regex(INTEGER, "Input should be a valid integer|int_parsing").transform(Number);
  const cursor = z
    .string()
    .transform((text) => Number(Buffer.from(text, "base64url").toString()))
    .refine((start) => Number.isInteger(start) && start >= 0, "Invalid cursor|value_error");
  const position = {
    cursor: { cursor: cursor.optional() },
    offset: { offset: integer.pipe(z.number().min(0)).default(0) },
    page: { page: integer.pipe(z.number().min(1)).default(1) },
  };
  return z.object({ limit: integer.pipe(z.number().min(1).max(100)).default(50), ...position[paging] });
}

function startOf({ cursor = 0, offset, page, limit }) {
  if (page !== undefined) return (page - 1) * limit;
  return offset ?? cursor;
}

function following(query) {
  if (query.page !== undefined) return String(query.page + 1);
  const next = String(startOf(query) + query.limit);
  return query.offset === undefined ? Buffer.from(next).toString("base64url") : next;
}

function pageMeta(paging, query, total, more) {
  if (paging === "page") return { page: query.page, per_page: query.limit, total };
  if (paging === "offset") return { offset: query.offset, limit: query.limit, total };
  return { next_cursor: more ? following(query) : null };
}

function nextPage(req, paging, query) {
  const url = new URL(req.originalUrl, "http://localhost");
  url.searchParams.set(paging, following(query));
  return url.pathname + url.search;
}

/** Returns {pageQuery, listReply}: the schema of the query of a list, and the reply to it. */
export function listsOf(choice) {
  const { paging, list_envelope: envelope } = choice;
  function listReply({ req, query }, rows, view) {
    const start = startOf(query);
    const end = start + query.limit;
    const data = ordered(rows, choice.list_order).slice(start, end).map(view);
    const more = end < rows.length;
    if (envelope === "data_meta") return { body: { data, meta: pageMeta(paging, query, rows.length, more) } };
    const headers = { "X-Total-Count": String(rows.length) };
    if (more) headers.Link = `<${nextPage(req, paging, query)}>; rel="next"`;
    return { headers, body: envelope === "bare" ? data : { data } };
  }
  return { pageQuery: pageSchema(paging), listReply };
}

const SYNC_WORDS = {
  completed: { pending: "pending", running: "running", finished: "completed", stopped: "cancelled" },
  succeeded: { pending: "queued", running: "running", finished: "succeeded", stopped: "canceled" },
};

/** Returns a function for each kind of record that shows it as the choices say. */
export function viewsOf(choice) {
  const time = (date) => timestamp(choice.timestamps, date);
  const extras = choice.extra_members === "some";
  const syncStatus = (sync) => SYNC_WORDS[choice.sync_statuses][sync.state];

  function providerView({ credentials, created_at, updated_at, ...shown }) {
    const properties = { client_id: { type: "string" }, client_secret: { type: "string" } };
    const schema = { type: "object", required: Object.keys(properties), properties };
    return {
      ...shown,
      config_schema: choice.config_schema === "json_schema" ? schema : properties,
      setup_complete: credentials !== null,
      created_at: time(created_at),
      updated_at: time(updated_at),
    };
  }

  function connectorView({ credential, created_at, updated_at, last_sync_at, ...shown }) {
    const view = { ...shown, created_at: time(created_at), updated_at: time(updated_at) };
    if (choice.credential === "masked") view.credential = mask(credential);
    if (extras) view.last_sync_at = last_sync_at ? time(last_sync_at) : null;
    return view;
  }

  function syncView(sync) {
    const view = {
      id: sync.id,
      collection_connector_id: sync.connector_id,
      status: syncStatus(sync),
      records_fetched: sync.records,
      metadata: {},
      created_at: time(sync.created_at),
    };
    if (sync.completed_at) view.completed_at = time(sync.completed_at);
    else if (choice.open_sync === "null") view.completed_at = null;
    return extras ? { ...view, records_failed: 0, triggered_by: sync.principal_id } : view;
  }

  function resourceView({ id, name, folder }) {
    const type = folder ? "folder" : "file";
    if (choice.resource_members === "camel_case") return { resourceId: id, displayName: name, resourceType: type };
    return { id, name, type, has_children: folder };
  }

  return { providerView, connectorView, syncView, syncStatus, resourceView };
}

const mask = (secrets) => Object.fromEntries(Object.keys(secrets).map((name) => [name, "***"]));
