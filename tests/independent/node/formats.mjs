// Formats of ids and timestamps.
import { randomBytes, randomUUID } from "node:crypto";

const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
let lastInteger = 1000;

/** A new id. `format` is uuid, ulid, prefixed or integer; `prefix` is used by prefixed only. */
export function newId(format, prefix) {
  if (format === "ulid") return ulid();
  if (format === "prefixed") return `${prefix}_${randomBytes(8).toString("hex")}`;
  if (format === "integer") return (lastInteger += 1);
  return randomUUID();
}

function ulid() {
  let milliseconds = Date.now();
  let time = "";
  for (let digit = 0; digit < 10; digit += 1) {
    time = CROCKFORD[milliseconds % 32] + time;
    milliseconds = Math.floor(milliseconds / 32);
  }
  return time + Array.from(randomBytes(16), (byte) => CROCKFORD[byte % 32]).join("");
}

/** Writes a Date. `format` is seconds, milliseconds, microseconds, offset, sql or unix. */
export function timestamp(format, date) {
  const iso = date.toISOString();
  const seconds = iso.slice(0, 19);
  if (format === "milliseconds") return iso;
  if (format === "microseconds") return iso.replace("Z", "000Z");
  if (format === "offset") return iso.replace("Z", "000+00:00");
  if (format === "sql") return seconds.replace("T", " ");
  if (format === "unix") return Math.floor(date.getTime() / 1000);
  return `${seconds}Z`;
}
