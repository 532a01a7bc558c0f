"""Where the contracts lie.

They are data shared with other programs, so they are found, never imported: a wheel carries a copy inside
this package, a checkout keeps them at its top level.
"""

from __future__ import annotations

from pathlib import Path

_INSTALLED = Path(__file__).parent / "_data" / "openapi"
_CHECKOUT = Path(__file__).parent.parent / "openapi"


def openapi_dir() -> Path:
    """The folder of the contracts that come with this package.

    Raises FileNotFoundError when neither the installed copy nor the checkout's folder exists.
    """
    for folder in (_INSTALLED, _CHECKOUT):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"the contracts are missing: neither {_INSTALLED} nor {_CHECKOUT} is a folder")
