"""The page on which a user signs in. It needs no script and no file besides."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from html import escape
from pathlib import Path

from mock_server.messages import Request, Response

_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}
_COLOURS = Path(__file__).parent.parent / "console" / "static" / "frame.css"
_STYLE = """
main { flex: none; width: min(26rem, 100% - 2rem); margin: min(12vh, 6rem) auto 2rem; padding: 28px }
main { background: var(--card); border: 1px solid var(--line); border-radius: var(--round) }
main { overflow-wrap: anywhere }
h1 { margin: 0 0 6px; font-size: 22px; line-height: 1.2; letter-spacing: -.01em }
p { margin: 0; color: var(--soft) } p[role=alert] { margin-top: 12px; color: var(--bad) }
b { color: var(--ink) }
label[for], legend { display: block; padding: 0; font-weight: 600; font-size: 14px }
label[for] { margin: 20px 0 5px } legend { margin-bottom: 5px }
fieldset { margin: 20px 0 0; padding: 0; border: 0 }
fieldset label { display: flex; gap: 8px; align-items: center }
input { font: inherit; color: inherit; accent-color: var(--accent) }
input[type=text] { width: 100%; padding: 8px 11px; background: var(--card) }
input[type=text], button { border: 1px solid var(--edge); border-radius: 9px }
div { display: flex; gap: 10px; margin-top: 24px }
button { padding: 8px 18px; font: inherit; color: var(--ink); background: none; cursor: pointer }
button[value=allow] { color: var(--card); background: var(--ink); border-color: var(--ink) }
"""


def sign_in_page(
    request: Request, client_id: str, users: Iterable[str], scopes: Iterable[str], *, problem: str = ""
) -> Response:
    """The page with the users of the mock and the scopes that the client asks for. problem: of what was
    entered."""
    names = list(users) or ["user"]
    options = "".join(f'<option value="{escape(name)}">' for name in names)
    allowed = "".join(
        f'<label><input type="checkbox" name="allowed" value="{scope}" checked> {scope}</label>'
        for scope in map(escape, scopes)
    )
    alert = f'<p role="alert">{escape(problem)}</p>' if problem else ""
    scopes_field = f"<fieldset><legend>It asks for</legend>{allowed}</fieldset>" if allowed else ""
    body = f"""<h1>Sign in to the mock</h1>
<p><b>{escape(client_id)}</b> wants to act for you. Any name will do, without a password.</p>{alert}
<form method="post" action="?{escape(request.query)}">
<label for="user">Name</label>
<input type="text" id="user" name="user" list="users" value="{escape(names[0])}" autofocus>
<datalist id="users">{options}</datalist>{scopes_field}
<div><button name="decision" value="allow">Allow</button>
<button name="decision" value="deny">Deny</button></div>
</form>"""
    return _page(200, "Sign in", body)


def error_page(status: int, reason: str) -> Response:
    """The page for a request that cannot be sent back to its client."""
    return _page(status, "Sign-in failed", f"<h1>Sign-in failed</h1><p role=alert>{escape(reason)}</p>")


@cache
def _style() -> str:
    """The styles of the page, in the page itself: the console's files may be closed to the user's machine."""
    return _COLOURS.read_text(encoding="utf-8") + _STYLE


def _page(status: int, title: str, body: str) -> Response:
    text = f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_style()}</style>
<body><main>{body}</main></body></html>"""
    return Response(status, _HEADERS, text.encode())
