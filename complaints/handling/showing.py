"""The page of a case as an answer, and the one way in which its forms act."""

from collections.abc import Callable

from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from complaints.cases.access import get_visible_case
from complaints.cases.codes import Means
from complaints.cases.models import Case
from complaints.handling.case_page import context_of
from complaints.handling.choices import leaders
from complaints.handling.models import Contact
from crm.lib.refusals import NotYours, Refused

TEXT = 20_000  # characters read of a typed text; the services say what is too long


def version_of(text: str | None) -> int:
    """A version that a form sent back; -1 for anything else."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else -1


def status_of(refusal: Refused) -> int:
    return 403 if isinstance(refusal, NotYours) else 409


def show(request, case: Case, *, form: str = "", refusal: Refused | None = None, typed: dict | None = None):
    """The page; after a refusal with what was typed in `form` and why it was not kept."""
    now = timezone.now()
    context = context_of(case, request.user, now, request.GET)
    context |= {
        "form": form,
        "problem": refusal.message if refusal else "",
        "problems": refusal.fields if refusal else {},
        "typed": typed or {},
        "means": Means.choices,
        "results": Contact.Result.choices,
        "leaders": leaders(case) if {"reassign", "forward", "delegate"} & context["may"] else [],
    }
    status = status_of(refusal) if refusal else 200
    return render(request, "complaints/handling/case.html", context, status=status)


def seen_case(request, number: str) -> Case:
    """The case that `request.user` may see, at the version that their form showed."""
    case = get_visible_case(request.user, number, request=request)
    case.version = version_of(request.POST.get("version"))
    return case


def do(
    request, number: str, form: str, work: Callable[[Case], object], *, typed: tuple[str, ...] = (), anchor: str = ""
):
    """Do `work(case)` and go back; where it is refused, the page says why and keeps what was `typed`."""
    case = seen_case(request, number)
    try:
        work(case)
    except Refused as refusal:
        return refused(request, number, form, refusal, typed)
    return back(number, anchor)


def refused(request, number: str, form: str, refusal: Refused, typed: tuple[str, ...] = ()):
    kept = {key: request.POST.get(key, "")[:TEXT] for key in typed}
    return show(request, get_visible_case(request.user, number), form=form, refusal=refusal, typed=kept)


def back(number: str, anchor: str = ""):
    url = reverse("complaints:case", args=[number])
    return redirect(f"{url}#{anchor}" if anchor else url)
