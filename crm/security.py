"""Headers on every response, and a calm answer when the database does not."""

import json

import structlog
from django.http import HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from crm.errors import DATABASE_FAULTS, unavailable
from crm.staff.access import public

REPORT_LIMIT = 8192
REPORT_KEPT = ("document-uri", "violated-directive", "effective-directive", "blocked-uri", "line-number", "source-file")
logger = structlog.get_logger("csp")


@public
@csrf_exempt
@require_POST
def csp_report(request):
    """A browser tells what the policy stopped: one log line, known keys, short values, nothing else."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > REPORT_LIMIT:
        return HttpResponse(status=413)
    try:
        report = json.loads(request.body)["csp-report"]
        told = {key.replace("-", "_"): str(report[key])[:200] for key in REPORT_KEPT if key in report}
    except (ValueError, KeyError, TypeError, RecursionError):
        return HttpResponse(status=400)
    logger.warning("csp_violation", **told)
    return HttpResponse(status=204)


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
    """Answers 503 where a view meets a fault of the database; `crm.errors.server_error` does for the middlewares."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_exception(self, request, exception):
        return unavailable() if isinstance(exception, DATABASE_FAULTS) else None
