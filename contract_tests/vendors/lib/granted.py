"""A connection with grants, and what fetches of its credentials hand out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contract_tests.checks.lib.records import in_short
from contract_tests.exchange import Exchange
from contract_tests.session.session import Created, Session

FETCH, LIST = "fetchConnectionCredentials", "listConnections"
CREATE, DELETE = "createConnection", "deleteConnection"
GRANT, REVOKE = "createGrant", "deleteGrant"
CAPABILITIES = ["send_mail", "read_mail"]


class Scene:
    """A fresh connection, and what fetches from it. The session cleans up what is made here."""

    def __init__(self, session: Session, **members: Any) -> None:
        self.session = session
        prepared = session.valid.body(session.contract.operation(CREATE)) or {}
        self.body: dict[str, Any] = {**prepared, "name": session.unique(), **members}
        self.connection = session.create(CREATE, **self.body)

    def grant(self, instance: Any = None, capabilities: list[str] | None = None) -> Created:
        """Grant the connection, by default to the known instance with CAPABILITIES."""
        session = self.session
        return session.create(
            GRANT,
            under=self.connection,
            instance_id=session.fixtures.known("instance_id") if instance is None else instance,
            capabilities=CAPABILITIES if capabilities is None else capabilities,
        )

    def fetch(self, instance: Any = None, **query: Any) -> Exchange:
        """Fetch by provider and name, as the known instance unless another is named; None leaves one out."""
        chosen = self.session.fixtures.known("instance_id") if instance is None else instance
        asked = {"provider": self.body["provider"], "name": self.body["name"], **query}
        left_out = [name for name, value in asked.items() if value is None]
        return self.session.call(FETCH, path={"instance_id": chosen}, query=asked, without=left_out)

    def hands_out(self, exchange: Exchange, capabilities: list[str]) -> None:
        """Expect this connection's credentials and these capabilities."""
        session = self.session
        shown = session.expect(exchange, 200, what="for a granted connection").parsed
        held = shown if isinstance(shown, Mapping) else {}
        if held.get("credentials") != self.body["credentials"]:
            session.broken(
                expected="the credentials that were stored",
                received="other ones" if "credentials" in held else "no member credentials",
                exchange=exchange,
            )
        found = held.get("capabilities")
        if not isinstance(found, list) or sorted(map(str, found)) != sorted(capabilities):
            session.broken(
                expected=f"the capabilities {', '.join(capabilities) or '(none)'}",
                received=in_short(found),
                exchange=exchange,
            )
