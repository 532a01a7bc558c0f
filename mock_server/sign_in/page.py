"""The page on which a user signs in. It needs no script and no file besides."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from mock_server.messages import Request, Response

_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}
_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #1b1f24 }
body { max-width: 28rem; margin: 3rem auto; padding: 0 1rem }
h1 { font-size: 1.4rem } fieldset { border: 0; padding: 0; margin: 1rem 0 } label { display: block }
legend { font-weight: 600; padding: 0 }
input[type=text] { font: inherit; width: 100%; padding: .4rem; box-sizing: border-box }
button { font: inherit; padding: .4rem 1.2rem; margin: 0 .5rem 0 0 } [role=alert] { color: #a40e26 }
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
<button name="decision" value="allow">Allow</button><button name="decision" value="deny">Deny</button>
</form>"""
    return _page(200, "Sign in", body)


def error_page(status: int, reason: str) -> Response:
    """The page for a request that cannot be sent back to its client."""
    return _page(status, "Sign-in failed", f"<h1>Sign-in failed</h1><p role=alert>{escape(reason)}</p>")


def _page(status: int, title: str, body: str) -> Response:
    text = f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width"><style>{_STYLE}</style><body>{body}</body></html>"""
    return Response(status, _HEADERS, text.encode())
