// Rows kept by id. Lists read a copy that may follow the writes after a while, as a read replica does.
export class Table {
  #rows = new Map();
  #listed = new Map();
  #lag = 0;

  /** `rows` are there, and listed, from the start. `lag` is in milliseconds; 0 makes lists follow at once. */
  constructor(rows, lag = 0) {
    for (const row of rows) this.save(row);
    this.#lag = lag;
  }

  get(id) {
    return this.#rows.get(String(id));
  }

  save(row) {
    const id = String(row.id);
    const copy = structuredClone(row);
    this.#rows.set(id, row);
    this.#publish(() => this.#listed.set(id, copy));
    return row;
  }

  remove(id) {
    this.#rows.delete(String(id));
    this.#publish(() => this.#listed.delete(String(id)));
  }

  /** The rows as they are now, in order of creation. */
  all() {
    return [...this.#rows.values()];
  }

  /** The rows as lists show them, in order of creation. */
  listed() {
    return [...this.#listed.values()];
  }

  #publish(change) {
    if (this.#lag) setTimeout(change, this.#lag);
    else change();
  }
}

/** Sorts rows in order of creation into `order`: oldest_first, newest_first, by_id or by_name. */
export function ordered(rows, order) {
  if (order === "newest_first") return rows.toReversed();
  if (order === "by_id") return rows.toSorted((a, b) => compare(String(a.id), String(b.id)));
  if (order === "by_name") return rows.toSorted((a, b) => compare(a.name, b.name));
  return rows;
}

function compare(a, b) {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
