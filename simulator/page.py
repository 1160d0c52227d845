"""The demo's page over HTTP: loopback only, one picture, live, and buttons that only this very page may press.

A page from elsewhere that is open in the same browser may send requests here (DNS rebinding, cross-site posts): the
Host must be loopback with this port, and what the browser says about the request's origin must agree.
"""

from __future__ import annotations

import json
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from importlib import resources

import uvicorn
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from drivers.contract import both
from simulator.scene import Scene

LOOPBACK = "127.0.0.1"
PORT = 8024
"""Where the page is, unless somebody has that port already."""
MAX_PAGES = 16
RECONNECT_MS = 500
END_SECONDS = 2
FILES = {
    "/demo.css": ("demo.css", "text/css; charset=utf-8"),
    "/demo.js": ("demo.js", "text/javascript; charset=utf-8"),
    "/icon.svg": ("icon.svg", "image/svg+xml"),
}
PAGES = Environment(
    loader=ChoiceLoader([PackageLoader("simulator", "pages"), PackageLoader("central", "pages")]),
    autoescape=True,
    undefined=StrictUndefined,
)
"""The office's parts of pages are the demo's too."""
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def make_app(scene: Scene, port: int) -> ASGIApp:
    """The page of one scene, for requests to this port of loopback."""
    pages = 0

    def picture(request: Request) -> Response:
        png = scene.pictures.get(request.path_params["name"])
        return Response(png, media_type="image/png") if png else PlainTextResponse("no picture", HTTPStatus.NOT_FOUND)

    async def live(_request: Request) -> Response:
        if pages >= MAX_PAGES:
            return PlainTextResponse("too many pages are open", HTTPStatus.SERVICE_UNAVAILABLE)
        return StreamingResponse(follow(), media_type="text/event-stream")

    async def follow() -> AsyncIterator[str]:
        nonlocal pages
        pages += 1
        try:
            yield f"retry: {RECONNECT_MS}\n\n"
            sent = None
            while not scene.closed:
                if scene.document != sent:
                    sent = scene.document
                    yield f"data: {json.dumps(sent, ensure_ascii=False)}\n\n"
                    continue
                async with scene.changed:
                    if scene.document == sent and not scene.closed:
                        await scene.changed.wait()
        finally:
            pages -= 1

    def plan(_request: Request) -> Response:
        return JSONResponse(scene.plan())

    async def do(request: Request) -> Response:
        if request.headers.get("Origin") != f"http://{request.headers['Host']}":
            return PlainTextResponse("only the demo's own page may press its buttons", HTTPStatus.FORBIDDEN)
        asked = request.query_params
        done = await scene.do(request.path_params["deed"], asked.get("thing", ""), asked.get("value", ""))
        return Response(status_code=HTTPStatus.NO_CONTENT if done else HTTPStatus.CONFLICT)

    app = Starlette(
        routes=[
            Route("/", _page),
            *(Route(path, _file) for path in FILES),
            Route("/pictures/{name}.png", picture),
            Route("/plan.json", plan),
            Route("/live", live),
            Route("/do/{deed}", do, methods=["POST"]),
        ]
    )
    return _Guarded(app, frozenset({f"{LOOPBACK}:{port}", f"localhost:{port}"}))


def _page(_request: Request) -> Response:
    return Response(PAGES.get_template("demo.html").render(both=both), media_type="text/html; charset=utf-8")


def _file(request: Request) -> Response:
    name, kind = FILES[request.url.path]
    return Response(resources.files("simulator").joinpath("pages", name).read_bytes(), media_type=kind)


class _Guarded:
    """Nobody but a browser on this machine, and no other page in it."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str]) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        if scope["type"] == "http" and (fault := self._fault(Request(scope))) is not None:
            await fault(scope, receive, send_guarded)
        else:
            await self._app(scope, receive, send_guarded)

    def _fault(self, request: Request) -> Response | None:
        if request.headers.get("Host") not in self._hosts:
            return PlainTextResponse("this page is for browsers on this machine", HTTPStatus.MISDIRECTED_REQUEST)
        if request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
            return PlainTextResponse("other pages may not look in here", HTTPStatus.FORBIDDEN)
        return None


def page_socket() -> socket.socket:
    """A socket for the page on its usual port, or on a free one."""
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((LOOPBACK, PORT))
    except OSError:
        bound.bind((LOOPBACK, 0))
    return bound


class PageServer(uvicorn.Server):
    """Leaves the signals to the demo, and ends the live pages before it waits for open connections."""

    def __init__(self, scene: Scene, bound: socket.socket) -> None:
        self._scene = scene
        super().__init__(
            uvicorn.Config(
                make_app(scene, bound.getsockname()[1]),
                access_log=False,
                lifespan="off",
                log_level="warning",
                server_header=False,
                timeout_graceful_shutdown=END_SECONDS,
                ws="none",
            )
        )

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Nothing to capture."""
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._scene.close()
        await super().shutdown(sockets)
