"""The headers that every answer carries (S-6); refuses to let a cookie or a foreign request through."""

from typing import Final

from flask import Flask, Response, request

POLICY: Final = "; ".join(
    [
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "img-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "object-src 'none'",
    ]
)

ALWAYS: Final = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Permissions-Policy": "browsing-topics=(), geolocation=(), camera=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}

TOKEN_PAGES: Final = ("/c/", "/u/", "/n/", "/p/", "/e/", "/r/", "/x/", "/a/", "/review/")


def send_on_every_answer(app: Flask, *, https: bool) -> None:
    """Add the headers to pages, errors and static files alike. A page may bring a policy of its own."""

    @app.after_request
    def add(response: Response) -> Response:
        response.headers.update(ALWAYS)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        if https:
            response.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
        if request.path.startswith(TOKEN_PAGES):
            response.headers["X-Robots-Tag"] = "noindex"
        return response
