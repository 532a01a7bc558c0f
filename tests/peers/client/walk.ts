/** What a walk through a workflow leaves behind: one line per step, up to the first that fails. */

export interface Step {
  workflow: string;
  step: string;
  status: number;
  failed?: string;
}

/** What openapi-fetch gives back, whatever the operation. */
interface Answer<Data> {
  data?: Data;
  error?: unknown;
  response: Response;
}

export class Walk {
  readonly steps: Step[] = [];

  constructor(private readonly workflow: string) {}

  /** Record a step that has to succeed, and hand on its data. */
  async succeeds<Data>(step: string, call: Promise<Answer<Data>>, status: number): Promise<Data> {
    const answer = await this.answers(step, call, status);
    return answer.data as Data;
  }

  /** Record a step that has to be refused with this status, and hand on the reason given. */
  async isRefused<Data>(step: string, call: Promise<Answer<Data>>, status: number): Promise<unknown> {
    const answer = await this.answers(step, call, status);
    this.holds(answer.error !== undefined, "the refusal has a body");
    return answer.error;
  }

  /** Stop the walk unless this holds of the step just taken. */
  holds(condition: boolean, words: string): asserts condition {
    if (!condition) {
      const last = this.steps[this.steps.length - 1];
      if (last) last.failed = `it does not hold that ${words}`;
      throw new Error(words);
    }
  }

  private async answers<Data>(step: string, call: Promise<Answer<Data>>, status: number): Promise<Answer<Data>> {
    const taken: Step = { workflow: this.workflow, step, status: 0 };
    this.steps.push(taken);
    const answer = await call.catch((reason: unknown) => {
      taken.failed = String(reason);
      throw reason;
    });
    taken.status = answer.response.status;
    this.holds(taken.status === status, `the status is ${status}`);
    return answer;
  }
}

/** Wait, as somebody would who follows a job. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
