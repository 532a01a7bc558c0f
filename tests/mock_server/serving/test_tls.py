"""TLS, as a process: with a certificate that is made at start, and with one of the user's own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import trustme

pytestmark = pytest.mark.slow

SERVER = [sys.executable, "-m", "mock_server", "--port", "0", "--contract", "fastapi_platform"]
PROVIDERS = "/v1/admin/connector-providers"
ASKS = f"""
import os, socket, ssl, struct, sys, httpx
url = os.environ["MOCK_SERVER_URL"]
trusted = ssl.create_default_context(cafile=sys.argv[1] if sys.argv[1:] else os.environ["MOCK_SERVER_CA"])
with httpx.Client(base_url=url, verify=trusted) as client:
    print(url.partition(":")[0], client.get("{PROVIDERS}").status_code)
    console = client.get("/__admin/")
    print(console.status_code)
    client.post("/__admin/worlds/default/faults", json={{"kind": "reset"}}).raise_for_status()
    try:
        client.get("{PROVIDERS}")
    except httpx.TransportError:  # OpenSSL may take the reset for an end
        print("reset")
"""


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*SERVER, *arguments], capture_output=True, text=True, timeout=60, check=False)


def test_a_certificate_is_made_for_localhost_and_its_authority_is_printed() -> None:
    done = run("--tls", "--", sys.executable, "-c", ASKS)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-3:] == ["https 200", "200", "reset"]
    assert "-----BEGIN CERTIFICATE-----" in done.stdout
    assert "curl -s --cacert " in done.stdout


def test_a_certificate_of_the_users_own_is_served(tmp_path: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    issued = authority.issue_cert("127.0.0.1")
    issued.cert_chain_pems[0].write_to_path(str(tmp_path / "cert.pem"))
    issued.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    files = ["--tls-cert", str(tmp_path / "cert.pem"), "--tls-key", str(tmp_path / "key.pem")]
    done = run(*files, "--", sys.executable, "-c", ASKS, str(tmp_path / "ca.pem"))
    assert done.stdout.splitlines()[-3:] == ["https 200", "200", "reset"], done.stderr
    assert "CERTIFICATE" not in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--tls-cert", "none.pem"], "--tls-cert none.pem: No such file"),
        (["--tls-cert", "pyproject.toml"], "--tls-cert pyproject.toml: not a PEM certificate"),
        (["--tls-key", "none.pem"], "--tls-key requires --tls-cert"),
    ],
)
def test_what_is_no_certificate_is_refused_with_the_option(arguments: list[str], message: str) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
