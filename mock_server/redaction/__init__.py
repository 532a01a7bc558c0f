"""What may be shown of requests, replies and records. Nothing else in the mock decides this.

The rule:

* Masked is what stands at a secret place: in a header, query parameter or cookie that carries a credential;
  in a member that a schema marks `writeOnly` or `format: password`, that the behaviour file lists under
  `secret`, or whose `masks` rule applies; under a name that means a secret (`names.suggests_secret`); in the
  user part of an address, and in a query parameter of an address that is named like a credential.
* A value from such a place that has twelve characters or more is masked wherever it recurs, in that exchange
  and in others of the world: in paths, names, texts and records. So is every credential of a principal. A
  shorter one could be any word; a UUID names something.
* Everything else is shown. Of a body that is not JSON, and of a very long one, only the size is.

`Redactor` is the entry for exchanges: `Redactor.exchange` for what the journal shows of one, `Redactor.path`
for a log line, `Redactor.masker` for texts of a world. `Placeholders` writes files that are to be used
again. Stored records are masked by `Secrets`, and
`Quotation` says what an error message may repeat of a request body.
"""

from mock_server.redaction.bodies import Quotation
from mock_server.redaction.credentials import CredentialMasker, SecretMemory, recognizable
from mock_server.redaction.masking import MASKED
from mock_server.redaction.redactor import LONGEST_BODY, UNPARSED, ExchangeRedaction, Redactor
from mock_server.redaction.replacement import Placeholders
from mock_server.redaction.secrets import Secrets

__all__ = [
    "LONGEST_BODY",
    "MASKED",
    "UNPARSED",
    "CredentialMasker",
    "ExchangeRedaction",
    "Placeholders",
    "Quotation",
    "Redactor",
    "SecretMemory",
    "Secrets",
    "recognizable",
]
