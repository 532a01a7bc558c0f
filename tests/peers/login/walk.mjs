// Signs in as an application does, with oidc-client-ts in a browser: page, code, PKCE, tokens, the API, expiry, renewal.
// Prints what happened as JSON. Usage: node login/walk.mjs MOCK BROWSER

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { connect } from "../chromium.mjs";

const [mock, address] = process.argv.slice(2);
const packageFile = createRequire(import.meta.url).resolve("oidc-client-ts/package.json");
const library = readFileSync(join(dirname(packageFile), "dist", "browser", "oidc-client-ts.min.js"));

/** The application: one page, which is also the address that the user is sent back to. */
const page = `<!doctype html><title>Notes</title><script src="/oidc.js"></script>
<button onclick="users.signinRedirect()">Sign in</button><script>
  const users = new oidc.UserManager({
    authority: ${JSON.stringify(mock)}, client_id: "notes-app", redirect_uri: location.origin + "/",
    scope: "openid notes:read", automaticSilentRenew: false,
  });
  const notes = async (user) => (await fetch(${JSON.stringify(mock)} + "/v1/notes",
    { headers: { Authorization: "Bearer " + user.access_token } })).status;
  window.told = location.search.includes("code=")
    ? users.signinRedirectCallback().then(async (user) => ({ name: user.profile.name, status: await notes(user) }))
    : location.search.includes("error=")
      ? users.signinRedirectCallback().catch((error) => ({ error: error.error }))
      : Promise.resolve({});
</script>`;

const server = createServer((request, response) => {
  const isLibrary = request.url === "/oidc.js";
  response.setHeader("Content-Type", isLibrary ? "text/javascript" : "text/html");
  response.end(isLibrary ? library : page);
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const application = `http://127.0.0.1:${server.address().port}/`;

const browser = await connect(address);
const tab = await browser.newPage();
const told = () => tab.evaluate("window.told");

/** Goes to the sign-in page and presses a button there; returns what the application made of it. */
async function signIn(button) {
  await tab.goto(application);
  await tab.getByRole("button", { name: "Sign in" }).click();
  await tab.getByLabel("Name").fill("ann");
  await tab.getByRole("button", { name: button }).click();
  await tab.waitForURL(`${application}?*`);
  return told();
}

const denied = await signIn("Deny");
const allowed = await signIn("Allow");
const advanced = await fetch(`${mock}/__admin/worlds/default/clock/advance`, {
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify({ seconds: 3601 }),
});
const expired = await tab.evaluate("users.getUser().then(notes)");
const renewed = await tab.evaluate("users.signinSilent().then(notes)");
console.log(JSON.stringify({ denied, allowed, advanced: advanced.status, expired, renewed }));
await browser.close();
server.close();
