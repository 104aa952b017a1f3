"""Logging in and out, and getting an API key for a password: MAAS' `accounts/` pages."""

from __future__ import annotations

import json

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from simulators.maas.body import parse_body, read_body
from simulators.maas.refusals import BARE_TEXT, JSON, Refusal
from simulators.maas.region import Region

WRONG = "Please enter a correct username and password. Note that both fields may be case-sensitive."
TOKENS_LIMIT = 100
"""API keys of one user."""


def routes(region: Region) -> list[Route]:
    """Return the routes under `/MAAS/accounts/`."""

    async def login(request: Request) -> Response:
        if request.method == "GET":
            text = json.dumps({"authenticated": region.session_user(request.cookies.get("sessionid")) is not None})
            return Response(text, headers={"Content-Type": JSON})
        try:
            form = await _form(request)
        except Refusal as refusal:
            return _refused(refusal)
        problems = {name: ["This field is required."] for name in ("username", "password") if not form.get(name)}
        cookies = None if problems else region.login(form["username"], form["password"])
        if cookies is None:
            return Response(json.dumps(problems or {"__all__": [WRONG]}), 400, {"Content-Type": JSON})
        response = Response(status_code=204)
        response.set_cookie("sessionid", cookies[0], httponly=True, samesite="lax", path="/")
        response.set_cookie("csrftoken", cookies[1], samesite="lax", path="/")
        return response

    async def logout(request: Request) -> Response:
        region.logout(request.cookies.get("sessionid"))
        response = Response(status_code=204)
        response.delete_cookie("sessionid", path="/")
        return response

    async def authenticate(request: Request) -> Response:
        try:
            form = await _form(request)
        except Refusal as refusal:
            return _refused(refusal)
        with region.transaction():
            user = region.check_password(form.get("username", ""), form.get("password", ""))
            if user is None:
                return Response(status_code=403)
            consumer = form.get("consumer") or "MAAS consumer"
            token = next((token for token in user.tokens if token.name == consumer), None)
            if token is None:
                if len(user.tokens) >= TOKENS_LIMIT:
                    return Response(status_code=403)
                token = region.new_token(consumer[:255])
                user.tokens.append(token)
                region.changed()
        answer = {
            "consumer_key": token.consumer,
            "name": token.name,
            "token_key": token.key,
            "token_secret": token.secret,
        }
        return Response(json.dumps(answer), headers={"Content-Type": JSON})

    return [
        Route("/MAAS/accounts/login/", login, methods=["GET", "POST"]),
        Route("/MAAS/accounts/logout/", logout, methods=["POST"]),
        Route("/MAAS/accounts/authenticate/", authenticate, methods=["POST"]),
    ]


async def _form(request: Request) -> dict[str, str]:
    values, _ = parse_body(request.headers.get("content-type", ""), await read_body(request))
    return {name: value[-1] for name, value in values.items()}


def _refused(refusal: Refusal) -> Response:
    return Response(refusal.body, refusal.status, {"Content-Type": BARE_TEXT})
