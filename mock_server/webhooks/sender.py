"""One attempt to deliver one message."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from time import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from mock_server.webhooks.signing import signed_headers
from mock_server.webhooks.target import Addresses, HostNotAllowedError

if TYPE_CHECKING:
    import httpx

    from mock_server.webhooks.target import WebhookTarget


class DeliveryError(Exception):
    """A failed attempt. reason: a text for users, without the secret and the message. status: of the reply,
    if any."""

    def __init__(self, reason: str, *, status: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status


Send = Callable[["WebhookTarget", str, bytes], int]
"""Called with a target, the id and the body of a message. Returns the status of the reply. Raises
DeliveryError."""


class Sender:
    """Sends messages by HTTP POST. One for the whole server, safe to use from several threads."""

    def __init__(
        self, addresses: Addresses, *, seconds: float = 5.0, now: Callable[[], float] = time
    ) -> None:
        """seconds: the timeout of a request. now: the time of the signature, in seconds since 1970: the real
        time instead of the world's, because receivers reject old signatures."""
        self.addresses = addresses
        self._seconds = seconds
        self._now = now
        self._lock = Lock()
        self._client: httpx.Client | None = None

    def __call__(self, target: WebhookTarget, message: str, body: bytes) -> int:
        """POST one signed message; returns the status, a 2xx. Raises DeliveryError for any other status."""
        status = self._status(target, self._headers(target, message, body), body)
        if 300 <= status < 400:
            raise DeliveryError(f"status {status}; redirects are not followed", status=status)
        if not 200 <= status < 300:
            raise DeliveryError(f"status {status}", status=status)
        return status

    def _headers(self, target: WebhookTarget, message: str, body: bytes) -> dict[str, str]:
        return {
            "Host": urlsplit(target.url).netloc,
            "Content-Type": "application/json",
            "User-Agent": "mock-server",
            **signed_headers(message, body, secret=target.secret, sent=int(self._now())),
        }

    def _status(self, target: WebhookTarget, headers: dict[str, str], body: bytes) -> int:
        import httpx

        host = urlsplit(target.url).hostname or ""
        try:
            # The next address is tried only if there was no connection: else the message might arrive twice.
            for address in self.addresses.of(host):
                try:
                    return self._post(target.url, address, host, headers=headers, content=body)
                except (httpx.ConnectError, httpx.ConnectTimeout):
                    continue
        except HostNotAllowedError as error:
            raise DeliveryError(error.reason) from None
        except httpx.TimeoutException:
            raise DeliveryError(f"no reply within {self._seconds:g} s") from None
        except httpx.HTTPError as error:
            raise DeliveryError(f"the connection failed ({type(error).__name__})") from None
        raise DeliveryError("no connection")

    def _post(self, url: str, address: str, host: str, **sent: Any) -> int:
        """The status of the reply. The body is not read, since it can be large."""
        import httpx

        # Connects to the checked address instead of resolving the name again, which could give another one.
        # TLS still needs the name.
        checked_url = httpx.URL(url).copy_with(host=address)
        extensions = {"sni_hostname": host}
        with self._opened().stream("POST", checked_url, extensions=extensions, **sent) as response:
            return response.status_code

    def _opened(self) -> httpx.Client:
        """The client, created at first use: loading httpx and certificates takes about 0.1 s."""
        import httpx

        with self._lock:
            if self._client is None:
                self._client = httpx.Client(
                    timeout=self._seconds,
                    follow_redirects=False,
                    trust_env=False,  # a proxy would resolve the host itself, unchecked
                    limits=httpx.Limits(max_keepalive_connections=0),
                )
            return self._client
