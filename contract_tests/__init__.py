"""A contract-test harness: judges any implementation of an API against the promises its documents make.

The life of a requirement:

1. **Written.** A module of `checks` (every contract), `response_checks` (every response) or `vendors` (one
   contract) yields requirements with `requirements.builder`. Each cites facts and decisions
   (`evidence.citations`), from which its level follows (`evidence.levels`). `requirements.families` lists the
   families; installed packages may add some.
2. **Gathered.** `requirements.catalogue` collects and sorts them and refuses unknown citations.
   `requirements.explanation` writes the page of all of them.
3. **Selected.** `engine.selection` takes those of a profile, contract, operation, tag, family or id.
4. **Run.** `engine.preflight` calls the target (`target.target_file`) to see whether it can be judged.
   `engine.contract_run` examines requirements side by side where a target is slow (`engine.workers`).
   `engine.examination.examine` runs the requirement's check with a `session.session.Session`, which
   builds valid requests (`generation`), gets an answer to them (`session.delivery`), and deletes afterwards
   what it created (`session.cleanup`).
5. **Judged.** The check raises Broken, Skipped or Inconclusive (`verdicts`) or returns.
   `response_checks.monitor` holds every exchange of the check against the rules for all responses.
6. **Repeated.** What breaks is examined once more from scratch by `engine.examination.examine`; only what
   breaks twice is a finding. `engine.dedupe` leaves one finding per defect.
7. **Reported.** `redaction.masking` removes credentials and canaries from the result
   (`requirements.results`); `reports` writes it, `engine.exit_codes` gives the exit code. `reports.registry`
   lists the formats; installed packages may add some.

Two surfaces do all this: `cli` and `pytest_plugin`. `openapi` reads the specifications, `arazzo` runs their
workflows, and `spec_check` finds what is wrong in either.
"""
