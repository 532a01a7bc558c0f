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
    """An attempt that failed. reason: for people; it names neither the secret nor the message. status: of the
    reply, if there was one."""

    def __init__(self, reason: str, *, status: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status


Send = Callable[["WebhookTarget", str, bytes], int]
"""Brings a message (its id, its body) to a target; the status of the receipt. Raises UndeliveredError."""


class Sender:
    """Sends messages by HTTP POST. One for the whole server; any number of threads may use it."""

    def __init__(
        self, addresses: Addresses, *, seconds: float = 5.0, now: Callable[[], float] = time
    ) -> None:
        """seconds: how long to wait for a receiver. now: the time of signing, in seconds since 1970: the
        real one whatever a world's clock says, as receivers refuse old signatures."""
        self.addresses = addresses
        self._seconds = seconds
        self._now = now
        self._lock = Lock()
        self._client: httpx.Client | None = None

    def __call__(self, target: WebhookTarget, message: str, body: bytes) -> int:
        """POST one signed message; any 2xx is a receipt. Raises UndeliveredError."""
        status = self._status(target, self._headers(target, message, body), body)
        if 300 <= status < 400:
            raise DeliveryError(f"answered {status}; redirects are not followed", status=status)
        if not 200 <= status < 300:
            raise DeliveryError(f"answered {status}", status=status)
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
            for address in self.addresses.of(host):
                try:
                    return self._post(target.url, address, host, headers=headers, content=body)
                except (httpx.ConnectError, httpx.ConnectTimeout):
                    continue
        except HostNotAllowedError as error:
            raise DeliveryError(error.reason) from None
        except httpx.TimeoutException:
            raise DeliveryError(f"no answer within {self._seconds:g} s") from None
        except httpx.HTTPError as error:
            raise DeliveryError(f"the exchange broke off ({type(error).__name__})") from None
        raise DeliveryError("no connection")

    def _post(self, url: str, address: str, host: str, **sent: Any) -> int:
        """The status of the reply, whose body is not read, however large it is."""
        import httpx

        place = httpx.URL(url).copy_with(host=address)
        named = {"sni_hostname": host}  # TLS asks for the name, not for the address
        with self._opened().stream("POST", place, extensions=named, **sent) as response:
            return response.status_code

    def _opened(self) -> httpx.Client:
        """Made when first used: the library and its certificates take a tenth of a second."""
        import httpx

        with self._lock:
            if self._client is None:
                self._client = httpx.Client(
                    timeout=self._seconds,
                    follow_redirects=False,
                    trust_env=False,  # a proxy would look the host up again, elsewhere
                    limits=httpx.Limits(max_keepalive_connections=0),
                )
            return self._client
