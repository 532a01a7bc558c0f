/** An error that is answered with `status`; `details` lists what is invalid, in the form its server writes. */
export class Refusal extends Error {
  constructor(status, message, { details = null, headers = {} } = {}) {
    super(message);
    // Express reads status, Fastify reads statusCode.
    Object.assign(this, { status, statusCode: status, details, headers });
  }
}
