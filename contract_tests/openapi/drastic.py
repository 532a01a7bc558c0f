"""Operations that a run does not call unasked, though it created what they act on: they stop or restart a
server, purge data, send messages or pay.
"""

from __future__ import annotations

from typing import Final

from contract_tests.openapi.names import words
from contract_tests.openapi.operation import Operation

DRASTIC_VERBS: Final = frozenset(
    {
        *("stop", "shutdown", "halt", "terminate", "kill", "poweroff"),
        *("restart", "reboot"),
        *("purge", "wipe", "truncate", "flush"),
        *("send", "resend", "broadcast"),
        *("pay", "charge", "refund", "transfer", "withdraw", "purchase", "checkout"),
        # German, French, Spanish, Portuguese, Italian and Dutch, without accents
        *("stoppen", "anhalten", "beenden", "herunterfahren", "abschalten", "neustarten"),
        *("leeren", "senden", "versenden", "verschicken", "bezahlen", "auszahlen", "erstatten"),
        *("uberweisen", "ueberweisen", "abbuchen"),
        *("arreter", "eteindre", "redemarrer", "purger", "vider", "envoyer", "rembourser"),
        *("detener", "parar", "apagar", "reiniciar", "purgar", "vaciar", "enviar", "pagar", "cobrar"),
        *("reembolsar", "transferir", "desligar", "esvaziar"),
        *("fermare", "arrestare", "spegnere", "riavviare", "svuotare", "inviare", "pagare", "rimborsare"),
        *("afsluiten", "herstarten", "versturen", "verzenden", "betalen"),
    }
)
"""What stops, restarts, purges, sends or pays, as operationIds, paths, tags, summaries and scopes say it.
Words that are harmless ones in English as well, such as the French "payer", are not among them."""

DRASTIC_NOUNS: Final = frozenset({"payment", "payout", "purge", "shutdown", "restart"})
"""Nouns that say the same of an operation that is not a read."""


def drastic_word(operation: Operation, *, reads: bool) -> str | None:
    """The word that says that an operation stops, restarts, purges, sends or pays; None where none does.

    reads: of an operation that reads only its verb counts, since it may list payments.
    """
    name, last = words(operation.id), words(operation.path.rstrip("/").rpartition("/")[2])
    if reads:
        return next((word for word in (*name[:1], *last[:1]) if word in DRASTIC_VERBS), None)
    literal = [part for part in operation.path.split("/") if "{" not in part]
    scopes = {scope for each in operation.security for roles in each.values() for scope in roles}
    anywhere = [*name, *(word for text in (*literal, *operation.tags, *scopes) for word in words(text))]
    said = [*anywhere, *words(operation.summary)[:1]]
    return next((word for word in said if _singular(word) in DRASTIC_VERBS | DRASTIC_NOUNS), None)


def _singular(word: str) -> str:
    return word.removesuffix("s")
