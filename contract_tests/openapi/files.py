"""The folder of the built-in contracts.

They are data shared with other programs, so they are found, never imported: a wheel carries them in a folder
of the distribution's own name, a checkout keeps them at its top level.
"""

from __future__ import annotations

from pathlib import Path

_ABOVE = Path(__file__).resolve().parents[2]


def openapi_dir() -> Path:
    """The folder of the contracts that come with this package.

    Raises FileNotFoundError when neither the installed copy nor the checkout's folder exists.
    """
    found = [_ABOVE / "connector_contracts" / "openapi", _ABOVE / "openapi"]
    for folder in found:
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"the contracts are missing: neither {found[0]} nor {found[1]} is a folder")


def contract_names() -> tuple[str, ...]:
    """The contracts that come with this package: a behaviour file stands beside each specification.

    Raises FileNotFoundError as `openapi_dir` does.
    """
    found = openapi_dir().glob("*.behaviour.yaml")
    return tuple(sorted(path.name.removesuffix(".behaviour.yaml") for path in found))
