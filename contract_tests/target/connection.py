"""How a target is reached: certificates, proxy, socket, and what each request carries besides."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from pydantic import BaseModel, ConfigDict, Field, model_validator

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class ConnectionProblem(ValueError):
    """A setting that cannot be used; the text begins with the field."""


class FromEnvironment(BaseModel):
    """A value that an environment variable has, and that no report shows."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    env: str = Field(min_length=1)

    @property
    def value(self) -> str:
        """The variable's value. Raises ConnectionProblem where it is not set."""
        if not os.environ.get(self.env):
            raise ConnectionProblem(f"the environment variable {self.env} is not set")
        return os.environ[self.env]


class Connection(BaseModel):
    """The table `connection` of a contract in the target file. Relative paths are relative to that file.

    ca_bundle: a PEM file or a folder of hashed certificates that is trusted besides those of the system.
    client_certificate, client_key: PEM files for mutual TLS; the key may stand in the certificate's file.
    verify: whether the server's certificate is verified.
    proxy: its URL, or false for none. By default HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY decide, and
    targets on the loopback interface are reached directly.
    unix_socket: the socket a server listens on, instead of the host and port of `base_url`.
    headers, cookies: sent with each request, the value itself or `{env = "NAME"}`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    ca_bundle: Path | None = None
    client_certificate: Path | None = None
    client_key: Path | None = None
    verify: bool = True
    proxy: str | FromEnvironment | bool | None = None
    unix_socket: Path | None = None
    headers: dict[str, str | FromEnvironment] = {}
    cookies: dict[str, str | FromEnvironment] = {}

    @model_validator(mode="after")
    def _fits_together(self) -> Connection:
        if self.client_key is not None and self.client_certificate is None:
            raise ValueError("client_key needs client_certificate")
        if self.proxy is True:
            raise ValueError("proxy is a URL, or false for none")
        if isinstance(self.proxy, str) and urlsplit(self.proxy).scheme not in ("http", "https"):
            raise ValueError("proxy must start with http:// or https://")
        if self.unix_socket is not None and self.proxy:
            raise ValueError("unix_socket and proxy cannot be combined")
        return self

    def below(self, folder: Path) -> Connection:
        """The same with every path relative to a folder."""
        paths = {
            name: folder / path
            for name in ("ca_bundle", "client_certificate", "client_key", "unix_socket")
            if (path := getattr(self, name)) is not None
        }
        return self.model_copy(update=paths)

    def proxy_for(self, url: str) -> str | None:
        """The proxy through which a URL is reached; None for a direct connection.

        Raises ConnectionProblem where the variable that names it is not set.
        """
        if self.proxy is False or self.unix_socket is not None:
            return None
        if isinstance(self.proxy, str | FromEnvironment):
            return _value("proxy", self.proxy)
        address = urlsplit(url)
        host = address.hostname or ""
        if host in _LOOPBACK or proxy_bypass(host):
            return None
        proxies = getproxies()
        found = proxies.get(address.scheme) or proxies.get("all")
        return found if found is None or "://" in found else f"http://{found}"

    def tls(self) -> ssl.SSLContext:
        """What a TLS connection to the target trusts and shows.

        Raises ConnectionProblem with the field whose file cannot be used.
        """
        context = ssl.create_default_context()
        if self.ca_bundle is not None:
            is_folder = self.ca_bundle.is_dir()
            where = {"capath" if is_folder else "cafile": str(self.ca_bundle)}
            with _named("ca_bundle", self.ca_bundle):
                context.load_verify_locations(**where)
        if self.client_certificate is not None:
            with _named("client_certificate", self.client_certificate):
                context.load_cert_chain(self.client_certificate, self.client_key, password=_no_password)
        if not self.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context

    def carried(self) -> tuple[tuple[str, str], ...]:
        """The headers that each request carries, the cookies among them.

        Raises ConnectionProblem where a variable is not set.
        """
        headers = [(name.lower(), _value(f"headers.{name}", value)) for name, value in self.headers.items()]
        cookies = [f"{name}={_value(f'cookies.{name}', value)}" for name, value in self.cookies.items()]
        return (*headers, *([("cookie", "; ".join(cookies))] if cookies else []))

    def secrets(self) -> Iterator[tuple[str, str]]:
        """Each value that no report may show, with the environment variable that stands for it."""
        for value in (*self.headers.values(), *self.cookies.values(), self.proxy):
            if isinstance(value, FromEnvironment) and os.environ.get(value.env):
                yield os.environ[value.env], value.env


@contextmanager
def _named(field: str, path: Path) -> Iterator[None]:
    """Turns what a file raises into a problem of the field that names it."""
    try:
        yield
    except OSError as error:  # ssl.SSLError is one
        reason = "holds no usable certificate or key" if isinstance(error, ssl.SSLError) else error.strerror
        raise ConnectionProblem(f"{field}: {path}: {reason}") from error


def _no_password() -> str:
    """Keys with a password are refused: OpenSSL would ask for it on the terminal."""
    return ""


def _value(field: str, value: str | FromEnvironment) -> str:
    if isinstance(value, str):
        return value
    try:
        return value.value
    except ConnectionProblem as problem:
        raise ConnectionProblem(f"{field}: {problem}") from None
