"""The pages for those who watch: on a port of their own, with all that is known; in public, one word."""

from __future__ import annotations

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.shell import Shell
from bot.watching.now import exposition, standing
from bot.watching.ready import Ready


def ready_in_public(ready: Ready) -> Route:
    """`/readyz` of the public site: for a load balancer, and says nothing of what is wrong."""

    async def readyz(_request: Request) -> Response:
        good = all(check.good for check in await ready.checks())
        return PlainTextResponse("ready" if good else "not ready", 200 if good else 503)

    return Route("/readyz", readyz, methods=["GET"])


def watching(shell: Shell) -> Starlette:
    """`/metrics`, `/readyz` with what is wrong, `/healthz`: for METRICS_PORT, which is not public."""
    ready = Ready(shell)

    async def readyz(_request: Request) -> Response:
        checks = await ready.checks()
        said = {check.name: check.said for check in checks}
        return JSONResponse(said, 200 if all(check.good for check in checks) else 503)

    async def metrics(_request: Request) -> Response:
        found = exposition(await standing(shell))
        return Response(found, media_type=CONTENT_TYPE_LATEST)

    async def healthz(_request: Request) -> Response:
        return PlainTextResponse("ok")

    return Starlette(
        routes=[
            Route("/metrics", metrics, methods=["GET"]),
            Route("/readyz", readyz, methods=["GET"]),
            Route("/healthz", healthz, methods=["GET"]),
        ],
    )
