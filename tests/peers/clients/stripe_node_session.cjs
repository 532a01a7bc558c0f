// A session with Stripe's own library for Node: node stripe_node_session.cjs BASE_URL

const Stripe = require("stripe");
const { run, equal, eachOnce, raises, holds } = require("./steps.cjs");

const steps = {
  async create_a_feature(s) {
    const made = await s.api.entitlements.features.create({
      lookup_key: "reports", name: "Reports", metadata: { team: "red", level: "3" },
    });
    s.feature = made.id;
    equal([made.object, made.lookup_key, made.name], ["entitlements.feature", "reports", "Reports"]);
    equal([made.active, made.metadata.team, made.metadata.level], [true, "red", "3"]);
  },
  async change_its_metadata_by_key(s) {
    await s.api.entitlements.features.update(s.feature, { metadata: { level: "4", team: "" } });
    const got = await s.api.entitlements.features.retrieve(s.feature);
    equal(got.metadata, { level: "4" });
    equal(got.name, "Reports");
  },
  async page_through_features(s) {
    const made = [s.feature];
    for (let number = 0; number < 4; number++) {
      const sent = { lookup_key: `key-${number}`, name: `Feature ${number}` };
      made.push((await s.api.entitlements.features.create(sent)).id);
    }
    const found = [];
    for await (const each of s.api.entitlements.features.list({ limit: 2 })) found.push(each.id);
    eachOnce(found, made);
  },
  async collect_pages_up_to_a_limit(s) {
    const found = await s.api.entitlements.features.list({ limit: 1 }).autoPagingToArray({ limit: 3 });
    equal(found.length, 3);
  },
  async create_an_invoice_item(s) {
    const made = await s.api.invoiceItems.create({
      customer: "cus_9", amount: 700, currency: "eur", description: "Chair", period: { start: 1700000000, end: 1700086400 },
    });
    s.item = made.id;
    equal([made.amount, made.currency, made.customer, made.description], [700, "eur", "cus_9", "Chair"]);
    equal([made.period.start, made.period.end], [1700000000, 1700086400]);
  },
  async list_invoice_items_of_a_customer(s) {
    const found = await s.api.invoiceItems.list({ customer: "cus_9" });
    equal(found.data.map((each) => each.id), [s.item]);
  },
  async create_an_invoice(s) {
    const made = await s.api.invoices.create({
      customer: "cus_9", description: "June", custom_fields: [{ name: "Order", value: "77" }],
    });
    s.invoice = made.id;
    equal([made.object, made.customer, made.description, made.status], ["invoice", "cus_9", "June", "draft"]);
    equal(made.custom_fields, [{ name: "Order", value: "77" }]);
  },
  async change_the_invoice(s) {
    await s.api.invoices.update(s.invoice, { description: "July", metadata: { order: "77" } });
    const got = await s.api.invoices.retrieve(s.invoice);
    equal([got.description, got.metadata.order, got.customer], ["July", "77", "cus_9"]);
  },
  async credit_the_invoice(s) {
    const made = await s.api.creditNotes.create({ invoice: s.invoice, amount: 300, memo: "Scratched" });
    s.note = made.id;
    equal([made.object, made.invoice, made.memo], ["credit_note", s.invoice, "Scratched"]);
    const listed = await s.api.creditNotes.list({ invoice: s.invoice });
    equal(listed.data.map((each) => each.id), [made.id]);
  },
  async retrieve_a_listed_event(s) {
    const listed = await s.api.events.list({ limit: 1 });
    equal(listed.data.length, 1);
    equal((await s.api.events.retrieve(listed.data[0].id)).id, listed.data[0].id);
  },
  async upload_a_file(s) {
    const made = await s.api.files.create({
      purpose: "dispute_evidence",
      file: { data: Buffer.from("a small receipt"), name: "receipt.txt", type: "application/octet-stream" },
    });
    s.file = made.id;
    equal([made.object, made.purpose, made.filename, made.size], ["file", "dispute_evidence", "receipt.txt", 15]);
  },
  async link_and_expand_the_file(s) {
    const link = await s.api.fileLinks.create({ file: s.file });
    equal(link.file, s.file);
    const got = await s.api.fileLinks.retrieve(link.id, { expand: ["file"] });
    equal([got.file.id, got.file.purpose], [s.file, "dispute_evidence"]);
  },
  async give_a_customer_a_tax_id(s) {
    const made = await s.api.customers.createTaxId("cus_9", { type: "eu_vat", value: "DE123456789" });
    s.taxId = made.id;
    equal([made.customer, made.type, made.value], ["cus_9", "eu_vat", "DE123456789"]);
    equal((await s.api.customers.listTaxIds("cus_9")).data.map((each) => each.id), [s.taxId]);
    equal((await s.api.customers.retrieveTaxId("cus_9", s.taxId)).value, "DE123456789");
  },
  async take_the_tax_id_away(s) {
    const gone = await s.api.customers.deleteTaxId("cus_9", s.taxId);
    equal([gone.id, gone.deleted], [s.taxId, true]);
    equal((await s.api.customers.listTaxIds("cus_9")).data, []);
  },
  async cancel_a_verification_session(s) {
    const made = await s.api.identity.verificationSessions.create({ type: "document" });
    equal([made.type, made.status], ["document", "requires_input"]);
    equal((await s.api.identity.verificationSessions.cancel(made.id)).status, "canceled");
  },
  async repeat_with_an_idempotency_key(s) {
    const sent = { lookup_key: "once-more", name: "Once more" };
    const first = await s.api.entitlements.features.create(sent, { idempotencyKey: "node-1" });
    const second = await s.api.entitlements.features.create(sent, { idempotencyKey: "node-1" });
    equal(second.id, first.id);
  },
  async a_missing_invoice_is_a_typed_error(s) {
    const error = await raises(Stripe.errors.StripeInvalidRequestError, () => s.api.invoices.retrieve("in_none"));
    equal(error.statusCode, 404);
    holds(error.message, "no message");
  },
  async a_wrong_value_names_its_parameter(s) {
    const error = await raises(Stripe.errors.StripeInvalidRequestError, () =>
      s.api.invoiceItems.create({ customer: "cus_9", amount: "many" }));
    equal([error.statusCode, error.param], [400, "amount"]);
  },
  async without_a_key_it_is_an_authentication_error(s) {
    await raises(Stripe.errors.StripeAuthenticationError, () =>
      s.without.invoices.retrieve(s.invoice));
  },
  async delete_a_draft(s) {
    const made = await s.api.invoices.create({ customer: "cus_9" });
    const gone = await s.api.invoices.del(made.id);
    equal([gone.id, gone.deleted], [made.id, true]);
    const error = await raises(Stripe.errors.StripeInvalidRequestError, () => s.api.invoices.retrieve(made.id));
    equal(error.statusCode, 404);
  },
};

const address = new URL(process.argv[2]);
const options = {
  host: address.hostname, port: address.port, protocol: "http", maxNetworkRetries: 0, telemetry: false,
};
const api = new Stripe("any-token", options);
const without = new Stripe(undefined, { ...options, authenticator: async () => {} });
run(steps, { api, without });
