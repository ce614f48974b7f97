"""What may reach the web server: a check of every request before Dagster sees it.

Dagster's server has no login and answers whoever reaches it, also a page of another site in the
operator's browser. So a request must name this server by a name that is its own; what changes
something must come from its own pages (or from no page) as JSON; and no page of it is framed or
read by another. What a page of ours may load is said by whoever serves the page.
"""

from collections.abc import Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_READING = ("GET", "HEAD")
# What every answer says: no other page frames it, and none takes it for a picture or a script.
# `frame-ancestors` comes beside a page's own policy, and a browser keeps to both.
_EVERY_ANSWER = {
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
_NO_FRAMES = "frame-ancestors 'none'"


class RequestCheck:
    """ASGI middleware: turns away what no page of this server and no program here would ask."""

    def __init__(self, app: ASGIApp, names: Sequence[str] = ()) -> None:
        self._app = app
        self._names = frozenset(name.lower() for name in names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        refusal = refused(scope, self._names)
        if refusal and scope["type"] == "websocket":
            await receive()  # the connection's own message, which comes before any answer
            await send({"type": "websocket.close", "code": 1008, "reason": refusal[1][:120]})
        elif refusal:
            status, reason = refusal
            answer = PlainTextResponse(f"{reason}\n", status_code=status)
            await answer(scope, receive, _guarded(send))
        else:
            await self._app(_without_queries(scope), receive, _guarded(send))


def refused(scope: Scope, names: frozenset[str] = frozenset()) -> tuple[int, str] | None:
    """Status and reason if the request is turned away; None if it may pass."""
    headers = Headers(scope=scope)
    hosts = headers.getlist("host")
    if len(hosts) != 1 or not _is_ours(hosts[0], names):
        return 421, (
            "This server answers to localhost alone. Name others in MILEPOST_UI_HOSTS"
            " (host names, with commas between them), and put a login before it."
        )
    if scope["type"] == "http" and scope["method"] in _READING:
        return None
    if not _from_own_page(headers, hosts[0]):
        return 403, "This request comes from a page of another site."
    if scope["type"] == "websocket":
        return None
    if scope["method"] != "POST":
        return 405, "What changes something comes by POST."
    if not _is_json(headers):
        return 415, "What changes something comes as application/json."
    return None


def _is_ours(host: str, names: frozenset[str]) -> bool:
    """Whether a Host header names loopback or a configured name; the port does not matter."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    if not name or any(character in host for character in "/?#@\\, \t"):
        return False
    if name == "localhost" or name in names:
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def _from_own_page(headers: Headers, host: str) -> bool:
    """Whether the browser says that one of our own pages asks, or nothing says that any page does.

    A sandboxed page has the origin `null`, which is not ours. A browser that sends no Origin still
    says what kind of site asks.
    """
    own = {f"http://{host.lower()}", f"https://{host.lower()}"}
    origins = [origin.lower() for origin in headers.getlist("origin")]
    sites = set(headers.getlist("sec-fetch-site"))
    return len(origins) <= 1 and set(origins) <= own and sites <= {"same-origin", "none"}


def _is_json(headers: Headers) -> bool:
    types = headers.getlist("content-type")
    return len(types) == 1 and types[0].partition(";")[0].strip().lower() == "application/json"


def _without_queries(scope: Scope) -> Scope:
    """Dagster runs a GraphQL query from the address, too: there it is taken away."""
    if scope["type"] == "http" and scope["path"].rstrip("/").endswith("/graphql"):
        return {**scope, "query_string": b""}
    return scope


def _guarded(send: Send) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _EVERY_ANSWER.items():
                headers[name] = value
            headers.append("Content-Security-Policy", _NO_FRAMES)
        await send(message)

    return send_with_headers
