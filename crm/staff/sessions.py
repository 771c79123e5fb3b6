"""Sign-in sessions: idle and absolute time-outs, one session a person, the pages of an unfinished sign-in."""

from datetime import datetime, timedelta
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth import logout as end_session
from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.staff.backends import client_ip
from crm.staff.models import LoginSession, User
from crm.staff.passwords import password_is_outdated

WRITE_EVERY = timedelta(minutes=1)
# What the sign-in page tells; the key travels in its address.
ENDED = {
    "idle": _("You were signed out after a while without activity."),
    "absolute": _("You were signed out because the session had lasted long enough. Sign in again."),
    "elsewhere": _("This session was ended: you signed in at another place, or an administrator ended it."),
    "disabled": _(
        "This session was ended: your account has changed. Ask a system administrator if you cannot sign in."
    ),
}
OPEN_WITH_OLD_PASSWORD = {"staff:must_change", "staff:logout", "set_language", "healthz", "readyz", "csp-report"}


@transaction.atomic
def open_session(sender, request, user, **kwargs):
    """Receives Django's `user_logged_in`: note the session, end this person's older ones beyond the limit."""
    now = timezone.now()
    if request.session.session_key is None:
        request.session.save()
    LoginSession.objects.filter(last_seen_at__lt=now - timedelta(days=2), user=user).delete()
    LoginSession.objects.update_or_create(
        session_key=request.session.session_key,
        defaults={"user": user, "ip": client_ip(request), "started_at": now, "last_seen_at": now},
    )
    newest = LoginSession.objects.filter(user=user).order_by("-started_at", "-pk").values_list("pk", flat=True)
    keep = list(newest[: settings.MAX_SESSIONS_PER_USER])
    LoginSession.objects.filter(user=user).exclude(pk__in=keep).delete()


def note_last_login(sender, user, **kwargs):
    """Receives `user_logged_in` in place of Django's own: signing in is no change of the employee.

    An initial password is used up by it.
    """
    user.last_login = timezone.now()
    if user.initial_password_until:
        user.initial_password_until = user.last_login
    User.objects.filter(pk=user.pk).update(
        last_login=user.last_login, initial_password_until=user.initial_password_until
    )


def close_session(sender, request, **kwargs):
    """Receives Django's `user_logged_out`."""
    if request is not None and request.session.session_key:
        LoginSession.objects.filter(session_key=request.session.session_key).delete()


def keep_session(request, old_key: str) -> None:
    """The session got a new key, as it does after a change of password."""
    LoginSession.objects.filter(session_key=old_key).update(session_key=request.session.session_key)


class StaffSessionMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        why = self.why_ended(request)
        if why:
            end_session(request)
            return self.to_sign_in(request, why)
        response = self.get_response(request)
        if is_htmx(request) and response.status_code == 302 and leads_to_sign_in(response):
            return self.to_sign_in(request)
        return response

    def process_view(self, request, view, args, kwargs):
        if not request.user.is_authenticated or request.resolver_match.view_name in OPEN_WITH_OLD_PASSWORD:
            return None
        if request.user.must_change_password or password_is_outdated(request.user, timezone.now()):
            target = reverse("staff:must_change")
            return HttpResponse(status=204, headers={"HX-Redirect": target}) if is_htmx(request) else redirect(target)
        return None

    def why_ended(self, request) -> str:
        """Key of `ENDED` where the session may not go on; one query, and a write at most once a minute."""
        if SESSION_KEY not in request.session:
            return ""
        if not request.user.is_authenticated:
            return "disabled"
        now = timezone.now()
        session = LoginSession.objects.filter(session_key=request.session.session_key).first()
        why = overdue(session, now)
        if not why and "X-Poll" not in request.headers and now - session.last_seen_at >= WRITE_EVERY:
            LoginSession.objects.filter(pk=session.pk).update(last_seen_at=now)
        return why

    def to_sign_in(self, request, why: str = ""):
        """The sign-in page, with the way back; a fragment tells the browser to leave the page."""
        place = request.headers.get("HX-Current-URL", "") if is_htmx(request) else request.get_full_path()
        way_back = _path_of(place) if is_htmx(request) or request.method == "GET" else ""
        query = {key: value for key, value in (("ended", why), ("next", way_back)) if value}
        url = reverse(settings.LOGIN_URL) + (f"?{urlencode(query)}" if query else "")
        return HttpResponse(status=204, headers={"HX-Redirect": url}) if is_htmx(request) else HttpResponseRedirect(url)


def overdue(session: LoginSession | None, now: datetime) -> str:
    """Key of `ENDED`, or '' where the session may go on."""
    if session is None:
        return "elsewhere"
    if now - session.started_at >= timedelta(hours=settings.ABSOLUTE_SESSION_HOURS):
        return "absolute"
    if now - session.last_seen_at >= timedelta(minutes=settings.IDLE_TIMEOUT_MINUTES):
        return "idle"
    return ""


def is_htmx(request) -> bool:
    return request.headers.get("HX-Request") == "true"


def leads_to_sign_in(response) -> bool:
    return urlsplit(response.headers.get("Location", "")).path == reverse(settings.LOGIN_URL)


def _path_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
