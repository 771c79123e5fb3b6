"""The door, one's own password, one's own absences."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout as end_session
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.views import LoginView
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST
from django.views.i18n import set_language

from crm.staff.access import for_everybody, public
from crm.staff.backends import client_ip
from crm.staff.forms import AbsenceForm, FirstPasswordForm, OwnPasswordForm, SignInForm
from crm.staff.locks import ADDRESS_WINDOW, address_is_closed
from crm.staff.models import Absence
from crm.staff.passwords import days_left, password_is_outdated
from crm.staff.services import cancel_absence, change_password, declare_absence, remember_language
from crm.staff.sessions import ENDED, keep_session


@public
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def login(request):
    if request.method == "POST" and address_is_closed(client_ip(request), timezone.now()):
        return _too_many(request, ADDRESS_WINDOW, address=True)
    told = {"idle_minutes": settings.IDLE_TIMEOUT_MINUTES, "ended": ENDED.get(request.GET.get("ended"), "")}
    view = LoginView.as_view(authentication_form=SignInForm, redirect_authenticated_user=True, extra_context=told)
    response = view(request)
    if request.method == "POST" and request.user.is_authenticated:
        speaks = "" if settings.LANGUAGE_COOKIE_NAME in request.COOKIES else request.user.language
        with translation.override(speaks or translation.get_language()):
            _warn_of_age(request)
        if speaks:
            _set_language_cookie(response, speaks)
    return response


@public
def language(request):
    """Django's switch; the choice of somebody signed in goes with them to every browser."""
    response = set_language(request)
    chosen = response.cookies.get(settings.LANGUAGE_COOKIE_NAME)
    if chosen and request.user.is_authenticated and chosen.value in dict(settings.LANGUAGES):
        remember_language(user=request.user, language=chosen.value)
    return response


def _set_language_cookie(response, chosen):
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        chosen,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite=settings.LANGUAGE_COOKIE_SAMESITE,
    )


def _warn_of_age(request):
    left = days_left(request.user, timezone.now())
    if left is not None:
        said = ngettext(
            "Your password must be changed within %(n)s day.", "Your password must be changed within %(n)s days.", left
        )
        messages.warning(request, said % {"n": left})


@for_everybody
@require_POST
def logout(request):
    """Sign out and have the browser forget what it kept."""
    end_session(request)
    response = redirect("staff:login")
    response["Clear-Site-Data"] = '"cache","storage"'
    response.delete_cookie(settings.LANGUAGE_COOKIE_NAME)  # the next person may speak another
    return response


def locked_out(request, credentials, *args, **kwargs):
    """What axes answers while the lock holds, whoever is behind the name."""
    return _too_many(request, settings.AXES_COOLOFF_TIME)


def _too_many(request, wait, address=False):
    seconds = int(wait.total_seconds())
    context = {"minutes": seconds // 60, "address": address}
    response = render(request, "lockout.html", context, status=429)
    response["Retry-After"] = str(seconds)
    return response


@for_everybody
@sensitive_post_parameters()
def password(request):
    form = OwnPasswordForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _changed(request, form.cleaned_data["new_password1"])
    return render(request, "registration/password_change.html", {"form": form})


@for_everybody
@sensitive_post_parameters()
def must_change(request):
    """The only page of somebody with an initial or outdated password."""
    outdated = password_is_outdated(request.user, timezone.now())
    if not (request.user.must_change_password or outdated):
        return redirect("staff:password")
    form = FirstPasswordForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        return _changed(request, form.cleaned_data["new_password1"])
    why = _("Your password is too old.") if outdated else _("The password you were given opens this page alone.")
    return render(request, "registration/must_change_password.html", {"form": form, "why": why})


def _changed(request, text):
    change_password(user=request.user, password=text, now=timezone.now())
    key = request.session.session_key
    update_session_auth_hash(request, request.user)
    keep_session(request, key)
    messages.success(request, _("The password is changed."))
    return redirect("workbench:home")


@for_everybody
@require_http_methods(["GET", "HEAD", "POST"])
def absences(request):
    """One's own absences and the form for the next one."""
    form = AbsenceForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        absence = declare_absence(absence=form.save(commit=False), actor=request.user)
        said = _("%(name)s decides for you from %(first)s to %(last)s.")
        messages.success(request, said % {"name": absence.deputy.name, "first": absence.starts, "last": absence.ends})
        return redirect("staff:absences")
    today = timezone.localdate()
    context = {
        "form": form,
        "today": today,
        "mine": Absence.objects.of(request.user).select_related("deputy__branch")[:50],
        "for_others": Absence.objects.filter(deputy=request.user).not_over(today).select_related("user__branch"),
    }
    return render(request, "staff/absences.html", context)


@for_everybody
@require_POST
def cancel(request, pk):
    today = timezone.localdate()
    absence = get_object_or_404(Absence.objects.of(request.user).not_over(today), pk=pk)
    cancel_absence(absence=absence, actor=request.user, today=today)
    messages.success(request, _("The absence is cancelled. What comes now waits for you again."))
    return redirect("staff:absences")
