"""The catalogue: everybody reads it, the service office keeps it."""

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from archives.reviews.acts import status_of, typed_version
from complaints.conduct import catalogue
from complaints.conduct.forms import EndForm, RevisionForm, RuleForm, show_refusal
from complaints.conduct.models import Consequence, PointRule
from complaints.conduct.presentation import tabs_for
from complaints.conduct.rules import THRESHOLDS
from crm.lib.refusals import Refused
from crm.staff.access import for_everybody, requires


@for_everybody
@require_GET
def rules(request):
    """What is in force, what comes, and with `?all=1` every version there ever was."""
    today, every = timezone.localdate(), request.GET.get("all") == "1"
    rows = PointRule.objects.select_related("set_by")
    shown = list(rows if every else rows.exclude(valid_until__lt=today))
    for row in shown:
        row.is_over = row.valid_until is not None and row.valid_until < today
        row.is_to_come = row.valid_from > today
    newest = set(PointRule.objects.newest().values_list("pk", flat=True))
    context = {
        "tabs": tabs_for(request.user),
        "kinds": [(label, [row for row in shown if row.kind == kind]) for kind, label in PointRule.Kind.choices],
        "every": every,
        "newest": newest,
        "thresholds": [(points, Consequence.Kind(kind).label, days) for points, kind, days in THRESHOLDS],
        "keeps": request.user.has_perm("complaints.edit_rules"),
    }
    return render(request, "complaints/conduct/rules.html", context)


@requires("complaints.edit_rules")
def add_rule(request):
    form = RuleForm(request.POST or None, initial={"valid_from": timezone.localdate()})
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            made = catalogue.add_rule(actor=request.user, now=timezone.now(), **form.values)
        except Refused as refusal:
            status = status_of(refusal)
            show_refusal(form, refusal)
        else:
            messages.success(request, _("“%(item)s” is in the catalogue.") % {"item": made})
            return redirect("conduct:rules")
    return render(
        request, "complaints/conduct/rule_form.html", {"form": form, "tabs": tabs_for(request.user)}, status=status
    )


@requires("complaints.edit_rules")
def revise_rule(request, code: str):
    """The item's newest version with a form for the next one, and the end of it."""
    return _revise(request, _newest(code))


def _newest(code: str) -> PointRule:
    found = PointRule.objects.newest().select_related("set_by").filter(code=code).first()
    if found is None:
        raise Http404
    return found


def _opening(rule: PointRule) -> dict:
    values = {key: getattr(rule, key) for key in ("item", "item_en", "points", "basis")}
    return values | {"award": rule.award_cents // 100, "valid_from": timezone.localdate()}


def _revise(request, rule: PointRule):
    form, status = RevisionForm(request.POST or None, initial=_opening(rule)), 200
    if request.method == "POST" and form.is_valid():
        rule.version = typed_version(request.POST.get("version"))
        try:
            made = catalogue.revise_rule(rule=rule, actor=request.user, now=timezone.now(), **form.values)
        except Refused as refusal:
            status, rule = status_of(refusal), _newest(rule.code)
            show_refusal(form, refusal)
        else:
            messages.success(request, _("Version %(n)s of “%(item)s” is written.") % {"n": made.version, "item": made})
            return redirect("conduct:rules")
    return _rule_page(request, rule, form, EndForm(initial={"last_day": timezone.localdate()}), status)


def _rule_page(request, rule: PointRule, form: RevisionForm, end_form: EndForm, status: int):
    context = {
        "tabs": tabs_for(request.user),
        "rule": rule,
        "form": form,
        "end_form": end_form if rule.valid_until is None else None,
        "versions": PointRule.objects.filter(code=rule.code).select_related("set_by").order_by("-version"),
    }
    return render(request, "complaints/conduct/rule_form.html", context, status=status)


@requires("complaints.edit_rules")
@require_POST
def end_rule(request, code: str):
    rule, form, status = _newest(code), EndForm(request.POST), 409
    if form.is_valid():
        rule.version = typed_version(request.POST.get("version"))
        try:
            catalogue.end_rule(
                rule=rule, last_day=form.cleaned_data["last_day"], actor=request.user, now=timezone.now()
            )
        except Refused as refusal:
            status, rule = status_of(refusal), _newest(code)
            show_refusal(form, refusal)
        else:
            messages.success(
                request, _("“%(item)s” ends on %(day)s.") % {"item": rule, "day": form.cleaned_data["last_day"]}
            )
            return redirect("conduct:rules")
    return _rule_page(request, rule, RevisionForm(initial=_opening(rule)), form, status)
