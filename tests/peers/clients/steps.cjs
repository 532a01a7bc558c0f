// Steps of a session with a client library for Node, and how each went: as steps.py.

const SECONDS_PER_STEP = 15;

class Implausible extends Error {}
class Endless extends Error {}

/** Runs the steps in order and prints one line of JSON for each: its name, the verdict and the reason. */
async function run(steps, state) {
  for (const [step, act] of Object.entries(steps)) {
    const [verdict, reason] = await tried(act, state);
    process.stdout.write(JSON.stringify({ step, verdict, reason: reason.slice(0, 400) }) + "\n");
  }
  // A step that did not end may still be waiting.
  process.exit(0);
}

async function tried(act, state) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Endless()), SECONDS_PER_STEP * 1000);
  });
  try {
    await Promise.race([act(state), late]);
    return ["right", ""];
  } catch (error) {
    if (error instanceof Implausible) return ["implausible", error.message];
    if (error instanceof Endless) return ["broken", "endless"];
    return ["broken", `${error.constructor.name}: ${error.message}`];
  } finally {
    clearTimeout(timer);
  }
}

/** Asserts that two values are equal. */
function equal(actual, expected) {
  const [shown, wanted] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (shown !== wanted) throw new Implausible(`${shown} instead of ${wanted}`);
}

/** Asserts that a walk through all pages found each of these, and nothing twice. */
function eachOnce(found, expected) {
  const twice = found.filter((item, index) => found.indexOf(item) !== index);
  if (twice.length) throw new Implausible(`found twice: ${twice}`);
  const missing = expected.filter((item) => !found.includes(item));
  if (missing.length) throw new Implausible(`missing of ${found.length} found: ${missing}`);
}

/** Asserts that a call raises this exception of the client library, and returns it. */
async function raises(kind, call) {
  let result;
  try {
    result = await call();
  } catch (error) {
    if (error instanceof kind) return error;
    throw error;
  }
  throw new Implausible(`no ${kind.name} but ${JSON.stringify(result)}`.slice(0, 300));
}

/** Asserts that something holds. */
function holds(fact, message) {
  if (!fact) throw new Implausible(message);
}

module.exports = { run, equal, eachOnce, raises, holds };
