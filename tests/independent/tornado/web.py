"""What every handler needs: who asks, what they sent, and how an answer or a refusal is written."""

from __future__ import annotations

import json
import math
import re
import uuid
from datetime import UTC, datetime
from http.client import responses
from typing import Any

import tornado.web

from tests.independent.tornado import seed
from tests.independent.tornado.choices import Choices
from tests.independent.tornado.seed import User

LARGEST_BODY = 1024 * 1024
DEEPEST_BODY = 64
SLUGS = {
    "dashes": r"[a-z0-9]+(?:-[a-z0-9]+)*",
    "name": r"[a-z][a-z0-9_.-]{0,62}",
}
SECRET_WORDS = re.compile(r"secret|token|password|credential|key|authorization", re.IGNORECASE)


class Refusal(Exception):
    """An answer that is an error. violations: of a 422, each with place, text, type and perhaps input."""

    def __init__(
        self, status: int, text: str = "", violations: list[dict[str, Any]] | None = None, **headers: str
    ) -> None:
        super().__init__(text)
        self.status = status
        self.text = text or responses[status]
        self.violations = violations
        self.headers = headers


def invalid(*loc: str | int, msg: str, type: str = "value_error", **more: Any) -> Refusal:  # noqa: A002
    """The refusal of an input at one place."""
    return Refusal(422, violations=[{"loc": list(loc), "msg": msg, "type": type, **more}])


def stamp(moment: datetime, choices: Choices) -> str:
    """A moment as the chosen text."""
    if choices.timestamps == "micros_offset":
        return moment.isoformat(timespec="microseconds")
    if choices.timestamps == "millis":
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def now() -> datetime:
    """This moment in UTC."""
    return datetime.now(UTC)


class ApiHandler(tornado.web.RequestHandler):
    """The base of all handlers."""

    choices: Choices
    challenge = "Bearer"

    def initialize(self, service: Any) -> None:
        """service: what the handlers of one API share."""
        self.service = service
        self.choices = service.choices

    # Answers

    def set_default_headers(self) -> None:
        self.set_header("Content-Type", "application/json")
        self.set_header("X-Request-Id", uuid.uuid4().hex)

    def compute_etag(self) -> str | None:
        return super().compute_etag() if self.choices.etag == "framework" else None

    def answer(self, status: int, body: Any = None, **headers: str) -> None:
        """Write an answer. body: None for an empty one."""
        self.set_status(status)
        if self.choices.content_type == "charset":
            self.set_header("Content-Type", "application/json; charset=UTF-8")
        for name, value in headers.items():
            self.set_header(name.replace("_", "-"), value)
        if self.choices.headers == "many":
            self.set_header("Cache-Control", "no-store")
            self.set_header("X-RateLimit-Limit", "1000")
            self.set_header("X-RateLimit-Remaining", "999")
            self.set_header("Vary", "Authorization, X-API-Key")
        if body is None:
            self.clear_header("Content-Type")
            self.finish()
            return
        self.finish(self.written(body))

    def written(self, body: Any) -> str:
        """A body as JSON text."""
        if self.choices.json_text == "indented":
            return json.dumps(body, indent=2, sort_keys=True) + "\n"
        return json.dumps(body, separators=(",", ":"))

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Write what was raised. Nothing of the request or of the stack is shown."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        refusal = error if isinstance(error, Refusal) else Refusal(status_code)
        if isinstance(error, tornado.web.HTTPError) and status_code == 400:
            refusal = Refusal(400, "The request could not be read")
        headers = dict(refusal.headers)
        if refusal.status == 401 and self.choices.challenge == "present":
            headers["WWW_Authenticate"] = self.challenge
        if refusal.status == 405:
            headers["Allow"] = ", ".join(self.methods())
        if self.choices.errors == "problem" and refusal.violations is None:
            headers["Content_Type"] = "application/problem+json"
        self.answer(refusal.status, self.error_body(refusal), **headers)

    def error_body(self, refusal: Refusal) -> Any:
        """The body of a refusal; violations always stand in `detail`."""
        if refusal.violations is not None:
            return {"detail": [self.violation(each) for each in refusal.violations]}
        if self.choices.errors == "list":
            return {"detail": [{"loc": [], "msg": refusal.text, "type": f"http_{refusal.status}"}]}
        if self.choices.errors == "problem":
            title = responses.get(refusal.status, "Error")
            return {"type": "about:blank", "title": title, "status": refusal.status, "detail": refusal.text}
        if self.choices.errors == "coded":
            name = responses.get(refusal.status, "Error").lower().replace(" ", "_")
            return {"detail": refusal.text, "code": name, "request_id": self._headers["X-Request-Id"]}
        return {"detail": refusal.text}

    def violation(self, each: dict[str, Any]) -> dict[str, Any]:
        """A violation as the chosen reading has it; inputs that may be secret are left out."""
        shown = {name: each[name] for name in ("loc", "msg", "type")}
        secret = any(SECRET_WORDS.search(str(part)) for part in each["loc"])
        if "input" in each and not secret and self.choices.error_input == "shown":
            shown["input"] = each["input"]
        if self.choices.error_wording == "own":
            shown["msg"] = f"{each['loc'][-1]}: {each['msg'][0].lower()}{each['msg'][1:]}"
        return shown

    def _handle_request_exception(self, e: BaseException) -> None:
        if isinstance(e, Refusal) and not self._finished:
            self.send_error(e.status, exc_info=(type(e), e, None))
            return
        super()._handle_request_exception(e)

    # Methods

    def prepare(self) -> None:
        if len(self.request.body) > LARGEST_BODY:
            raise Refusal(413)

    def methods(self) -> list[str]:
        """The methods that the path has."""
        names = ("get", "post", "patch", "delete")
        return [name.upper() for name in names if getattr(type(self), name) is not ApiHandler.refuse_method]

    def refuse_method(self, *_args: str, **_kwargs: str) -> None:
        """The answer to a method that a path does not have."""
        raise Refusal(405)

    get = post = patch = delete = put = options = refuse_method  # type: ignore[assignment]

    async def head(self, *args: str, **kwargs: str) -> None:
        if self.choices.head == "refused" or type(self).get is ApiHandler.refuse_method:
            self.refuse_method()
        await self.get(*args, **kwargs)

    # Who asks

    def caller(self, *, key_suffices: bool) -> User:
        """The user of the bearer token, or of the API key where that suffices. Raises Refusal with 401."""
        header = self.request.headers.get("Authorization")
        key = self.request.headers.get("X-API-Key")
        user = self.bearer(header) if header is not None else None
        if user is None and key is not None and key_suffices:
            may_stand_in = header is None or self.choices.bad_token_good_key == "key_counts"
            user = seed.KEYS.get(key) if may_stand_in else None
        if user is None:
            raise Refusal(401, "Not authenticated" if header is None else "Invalid or expired access token")
        beside = header is not None and key is not None
        if beside and self.choices.key_beside_token == "must_be_known" and key not in seed.KEYS:
            raise Refusal(401, "Unknown API key")
        return user

    def bearer(self, header: str) -> User | None:
        """The user whose token the header has."""
        scheme, _, token = header.strip().partition(" ")
        exact = self.choices.bearer_word == "exact"
        if (scheme if exact else scheme.lower()) != ("Bearer" if exact else "bearer"):
            return None
        known = seed.TOKENS.get(token.strip())
        if known is None or known.expires_at <= now():
            return None
        return known.user

    # What they sent

    def parameter(self, name: str) -> str | None:
        """A parameter of the query; the last, where it comes twice."""
        values = self.get_query_arguments(name, strip=False)
        return values[-1] if values else None

    def number(self, name: str, default: int, low: int, high: int | None) -> int:
        """A whole number of the query. Raises Refusal with 422."""
        text = self.parameter(name)
        if text is None:
            return default
        if not re.fullmatch(r"[+-]?[0-9]{1,18}", text):
            raise invalid(
                "query",
                name,
                msg="Input should be a valid integer, unable to parse string as an integer",
                type="int_parsing",
                input=text,
            )
        if int(text) < low:
            msg = f"Input should be greater than or equal to {low}"
            raise invalid("query", name, msg=msg, type="greater_than_equal", input=text)
        if high is not None and int(text) > high:
            msg = f"Input should be less than or equal to {high}"
            raise invalid("query", name, msg=msg, type="less_than_equal", input=text)
        return int(text)

    def known_parameters(self, *names: str) -> None:
        """Refuse parameters that the operation does not have, where that was chosen."""
        for name in self.request.query_arguments if self.choices.unknown_query == "refused" else ():
            if name not in names:
                raise invalid("query", name, msg="Extra inputs are not permitted", type="extra_forbidden")

    def json_object(self) -> dict[str, Any]:
        """The body, which must be a JSON object. Raises Refusal with 415 or 422."""
        kind = self.request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if self.choices.media_type == "checked" and not re.fullmatch(r"application/(?:.+\+)?json", kind):
            raise Refusal(415, "The body must be application/json")
        if not self.request.body:
            raise invalid("body", msg="Field required", type="missing")
        try:
            text = self.request.body.decode("utf-8")
            body = json.loads(text, parse_constant=self.no_constant, parse_float=self.finite)
        except (ValueError, RecursionError):
            if self.choices.unreadable_json == "400":
                raise Refusal(400, "The body is not JSON") from None
            raise invalid("body", msg="JSON decode error", type="json_invalid") from None
        if not isinstance(body, dict):
            raise invalid("body", msg="Input should be an object", type="dict_type")
        if depth(body) > DEEPEST_BODY:
            raise invalid("body", msg="The body is nested too deeply", type="value_error")
        return body

    @staticmethod
    def no_constant(name: str) -> None:
        raise ValueError(f"{name} is not JSON")

    @staticmethod
    def finite(text: str) -> float:
        number = float(text)
        if math.isinf(number):
            raise ValueError(f"{text} is too large")
        return number

    def slug(self, slug: str, *loc: str) -> str:
        """A provider slug that is well formed. Raises Refusal with 422."""
        if not re.fullmatch(SLUGS[self.choices.slug_form], slug):
            raise invalid(*loc, msg="Invalid provider slug", input=slug)
        return slug


def depth(value: Any) -> int:
    """How deep objects and arrays are nested in a value."""
    deepest, waiting = 0, [(value, 1)]
    while waiting:
        item, level = waiting.pop()
        if isinstance(item, dict | list):
            deepest = max(deepest, level)
            waiting.extend(
                (child, level + 1) for child in (item.values() if isinstance(item, dict) else item)
            )
    return deepest


class NoSuchPath(ApiHandler):
    """Every path that no handler has."""

    def prepare(self) -> None:
        raise Refusal(404)
