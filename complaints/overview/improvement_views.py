"""Improvement tasks: the list, opening one from a cluster, one with its effect; and the clusters themselves."""

from django import forms
from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from archives.reviews.acts import status_of, typed_version
from complaints.cases.codes import Face
from complaints.cases.models import Category
from complaints.intake.categories import choices_of
from complaints.overview.clusters import GROUNDS, clusters
from complaints.overview.criteria import ANY, Criteria, default_tab
from complaints.overview.improving import RIGHT, finish_improvement, open_improvement, owners_for, windows
from complaints.overview.models import Improvement
from crm.lib.keyset import page
from crm.lib.refusals import Refused
from crm.staff.access import requires
from crm.staff.models import Branch, User

SIZE = 40
WEEKS = 8


class OpenForm(forms.Form):
    cause = forms.ModelChoiceField(queryset=Category.objects.none(), label=gettext_lazy("Cause"))
    branch = forms.ModelChoiceField(queryset=Branch.objects.none(), label=gettext_lazy("Branch and below"))
    text = forms.CharField(
        label=gettext_lazy("What is changed"), max_length=1000, widget=forms.Textarea({"rows": 4}),
        help_text=gettext_lazy("Write no customer's name: the task is filed."),
    )  # fmt: skip
    owner = forms.CharField(
        label=gettext_lazy("Owner (employee number)"), max_length=40, widget=forms.TextInput({"list": "owners"})
    )
    due_on = forms.DateField(label=gettext_lazy("Due on"), widget=forms.DateInput({"type": "date"}))
    weeks = forms.IntegerField(
        label=gettext_lazy("Weeks of the effect check"), min_value=1, max_value=52, initial=WEEKS
    )

    def __init__(self, *args, user: User, **options):
        super().__init__(*args, **options)
        self.fields["cause"].queryset = Category.objects.filter(face=Face.CAUSE)
        self.fields["cause"].choices = [("", _("choose")), *choices_of(Face.CAUSE)]
        self.fields["branch"].queryset = Branch.objects.in_scope_of(user).active()

    def clean_owner(self):
        typed = self.cleaned_data["owner"].strip()
        found = User.objects.active().answering_to(typed).first() or User.objects.active().named(typed).first()
        if found is None:
            raise forms.ValidationError(_("Nobody has this employee number."))
        return found


@requires("complaints.view_numbers")
@require_GET
def repeats(request):
    now = timezone.now()
    ground = request.GET.get("ground") if request.GET.get("ground") in GROUNDS else "cause"
    context = {
        "grounds": GROUNDS.items(),
        "ground": ground,
        "clusters": clusters(ground, request.user, now),
        "may_open": request.user.has_perm(RIGHT),
    }
    return render(request, "complaints/overview/repeats.html", context)


@requires("complaints.view_numbers")
@require_GET
def improvements(request):
    rows = Improvement.objects.in_scope_of(request.user).for_page()
    state = request.GET.get("state", "")
    if state in Improvement.State.values:
        rows = {"open": rows.open, "done": rows.done, "checked": rows.checked}[state]()
    found = page(
        rows, order=[("due_on", "asc"), ("pk", "asc")], size=SIZE, after=request.GET.get("after"), before=request.GET.get("before")
    )  # fmt: skip
    context = {"page": found, "state": state, "states": Improvement.State.choices, "today": timezone.localdate()}
    return render(request, "complaints/overview/improvements.html", context)


@requires(RIGHT)
def begin(request):
    """A new task; a cluster fills cause and branch in."""
    start = {name: request.GET.get(name, "")[:10] for name in ("cause", "branch")}
    form = OpenForm(request.POST or None, user=request.user, initial=start | {"owner": request.user.employee_number})
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            found = open_improvement(actor=request.user, now=timezone.now(), **form.cleaned_data)
        except Refused as refusal:
            status = status_of(refusal)
            form.add_error(next(iter(refusal.fields), None), refusal.message)
        else:
            messages.success(request, _("The task is open; its owner was told."))
            return redirect("overview:improvement", number=found.number)
    return render(
        request, "complaints/overview/begin.html", {"form": form, "people": _owners(request.user)}, status=status
    )


def _owners(user: User):
    """Whom the field offers: those who may answer for a task at the reader's own branch."""
    return owners_for(user.branch).select_related("branch")[:100]


def get_visible_improvement(user, number: str) -> Improvement:
    rows = Improvement.objects.in_scope_of(user).for_page()
    return get_object_or_404(rows, number=number[:24].replace("\0", ""))


@requires("complaints.view_numbers")
@require_GET
def improvement(request, number: str):
    return _page(request, get_visible_improvement(request.user, number))


def _page(request, found: Improvement, *, typed: str = "", status: int = 200):
    context = {
        "task": found,
        "may_finish": found.state == Improvement.State.OPEN and request.user.has_perm(RIGHT),
        "typed": typed,
        "today": timezone.localdate(),
    }
    if found.done_on:
        before, after = windows(found)
        context |= {"before": before, "after": after}
        context |= {"before_rows": _rows(request, found, before), "after_rows": _rows(request, found, after)}
    return render(request, "complaints/overview/improvement.html", context, status=status)


def _rows(request, found: Improvement, days) -> str:
    """The address of the cases that one side of the effect check counts."""
    return Criteria(
        tab=default_tab(request.user), state=ANY, kind="complaint", outlet=str(found.branch_id), cause=str(found.cause_id),
        first=str(days[0]), last=str(days[1]),
    ).address()  # fmt: skip


@requires(RIGHT)
@require_POST
def finish(request, number: str):
    found = get_visible_improvement(request.user, number)
    found.version = typed_version(request.POST.get("version"))
    result = request.POST.get("result", "")[:5000]
    try:
        finish_improvement(improvement=found, result=result, actor=request.user, now=timezone.now())
    except Refused as refusal:
        messages.error(request, refusal.message)
        fresh = get_visible_improvement(request.user, number)
        return _page(request, fresh, typed=result, status=status_of(refusal))
    messages.success(request, _("Done. The effect is counted on %(day)s.") % {"day": found.check_on})
    return redirect("overview:improvement", number=number)
