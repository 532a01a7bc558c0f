"""What may be kept or shown of requests, replies and records. Nothing else in the mock decides this.

The rule:

* A body is kept as far as its schema describes it. Members that the schema does not name are left out of a
  request; values of no stated type are replaced by MASKED or an empty object or list.
* A member is secret when a schema marks it `writeOnly` or `format: password`, when the behaviour file lists
  it under `secret`, or while the member named by its `masks` rule is true. Secrets are masked.
* A header is kept only where its value has a form that leaves no room for a secret.
* A query pair is kept when the operation declares the parameter and it carries no credential.
* Every credential of a principal, every secret found in one part of a request, and everything sent under a
  name that suggests a secret is masked in all other texts of the same exchange.

`Redactor` is the entry for exchanges: `Redactor.exchange` for what the journal keeps of one, `Redactor.path`
for a log line, `Redactor.masker` for texts of a world. Stored records are masked by `Secrets`, and
`Quotation` says what an error message may repeat of a request body.
"""

from mock_server.redaction.bodies import Quotation
from mock_server.redaction.credentials import CredentialMasker
from mock_server.redaction.masking import MASKED
from mock_server.redaction.redactor import LONGEST_BODY, UNPARSED, ExchangeRedaction, Redactor
from mock_server.redaction.secrets import Secrets

__all__ = [
    "LONGEST_BODY",
    "MASKED",
    "UNPARSED",
    "CredentialMasker",
    "ExchangeRedaction",
    "Quotation",
    "Redactor",
    "Secrets",
]
