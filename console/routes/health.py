"""Is the process alive, can it serve, what did it count: for machines that watch it, without a token."""

from fastapi import APIRouter, Request, Response

from console.listing import AsciiJson

router = APIRouter(tags=["health"])


@router.get("/livez")
async def livez() -> Response:
    """The process answers."""
    return AsciiJson({"live": True})


@router.get("/readyz", responses={503: {"description": "Not ready; the checks say why."}})
def readyz(request: Request) -> Response:
    """Every part that is needed to serve is there; `warnings` tell what will go wrong one day."""
    found = {name: _check(result) for name, result in request.app.state.ready().items()}
    ready = all(check["ok"] for check in found.values())
    warnings = dict(request.app.state.warnings())
    told = {"ready": ready, "checks": found} | ({"warnings": warnings} if warnings else {})
    return AsciiJson(told, status_code=200 if ready else 503)


@router.get("/metrics")
def metrics(request: Request) -> Response:
    """Counters in the text format of Prometheus."""
    return Response(request.app.state.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")


def _check(result: bool | str) -> dict[str, bool | str]:
    if isinstance(result, str):
        return {"ok": False, "detail": result}
    return {"ok": result}
