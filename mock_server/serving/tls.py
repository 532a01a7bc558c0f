"""TLS: a certificate of the user's own, or one that is made for this start."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from mock_server.errors.startup import StartupError

_NAMES = ("localhost", "*.localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Tls:
    """What a server encrypts with.

    ca: the file with the certificate of the authority that clients have to trust, None with a certificate of
    the user's own. folder: of that file; it is deleted with this object.
    """

    context: ssl.SSLContext
    ca: Path | None = None
    folder: TemporaryDirectory[str] | None = None


def own(certificate: Path, key: Path | None) -> Tls:
    """With a certificate chain and its key, both PEM. key: None where the first file has it too. Raises
    StartupError."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    files = f"--tls-cert {certificate}" + (f", --tls-key {key}" if key else "")
    try:
        # Without a password, because asking for it would block the start.
        context.load_cert_chain(certificate, key, password="")
    except ssl.SSLError as error:
        reason = "not a PEM certificate with its unencrypted key"
        raise StartupError(f"{files}: {reason} ({error.reason or error})") from None
    except OSError as error:
        raise StartupError(f"{files}: {error.strerror}") from None
    return Tls(context)


def made(host: str) -> Tls:
    """With a certificate for the names of this machine and the host that the server is bound to, signed by
    an authority that exists only for this start. Raises StartupError."""
    try:
        import trustme
    except ImportError:
        raise StartupError(
            "--tls: making a certificate requires trustme: pip install 'connector-contracts[tls]'; "
            "or give one with --tls-cert and --tls-key"
        ) from None
    authority = trustme.CA(organization_name="mock-server")
    names = dict.fromkeys((*_NAMES, *(() if host in {"", "0.0.0.0", "::"} else (host,))))  # noqa: S104
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(*names).configure_cert(context)
    folder = TemporaryDirectory(prefix="mock-server-")
    ca = Path(folder.name) / "ca.pem"
    authority.cert_pem.write_to_path(str(ca))
    return Tls(context, ca, folder)
