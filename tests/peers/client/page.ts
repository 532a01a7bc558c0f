/** The page: walks every workflow against the address in its query, and leaves what happened in `walked`. */

import { connectAndSync } from "./connect_and_sync";
import { grantAndFetch } from "./grant_and_fetch";
import { keepAConnector } from "./keep_a_connector";
import { setUpAProvider } from "./set_up_a_provider";
import { type Step, Walk } from "./walk";

declare global {
  interface Window {
    walked: Promise<Step[]>;
  }
}

const WORKFLOWS = {
  "set-up-a-provider": setUpAProvider,
  "connect-and-sync": connectAndSync,
  "grant-and-fetch": grantAndFetch,
  "keep-a-connector": keepAConnector,
};

async function walkAll(address: string): Promise<Step[]> {
  const steps: Step[] = [];
  for (const [name, workflow] of Object.entries(WORKFLOWS)) {
    const walk = new Walk(name);
    await workflow(walk, address).catch((reason: unknown) => {
      const last = walk.steps[walk.steps.length - 1];
      if (last?.failed === undefined) {
        walk.steps.push({ workflow: name, step: "(between steps)", status: 0, failed: String(reason) });
      }
    });
    steps.push(...walk.steps);
  }
  return steps;
}

window.walked = walkAll(new URLSearchParams(location.search).get("mock") ?? "");
