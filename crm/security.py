"""Headers on every response, and a calm answer when the database does not."""

from django.db import InterfaceError, OperationalError
from django.shortcuts import render


class SecurityHeadersMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        response.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        response.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if not request.path.startswith("/static/"):
            response.setdefault("Cache-Control", "no-store")
        return response


class DatabaseFaultMiddleware:
    """A locked, restarting or vanished database is answered with 503 and Retry-After; nothing is half done."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        if isinstance(exception, (OperationalError, InterfaceError)):
            response = render(None, "503.html", status=503)
            response["Retry-After"] = "30"
            return response
        return None
