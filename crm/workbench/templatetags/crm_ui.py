"""The parts of a page that templates ask for by name: icons, money, dates, links that keep the state."""

from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from django import forms, template
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from archives.classification.labels import label_of, rank_css
from crm.lib import money
from crm.lib.dates import SHANGHAI

register = template.Library()

MESSAGE_TONES = {"success": "ok", "error": "late", "warning": "warn", "info": "info", "debug": "info"}
ICONS = {"warn": "alert", "ok": "ok", "late": "late", "info": "info", "none": "info"}


@register.simple_tag
def icon(name: str, small: bool = False, label: str = ""):
    """An icon of the sprite; decoration unless `label` names it. A tone's name gives the tone's icon."""
    href = f"{static('crm/icons.svg')}#i-{ICONS.get(name, name)}"
    size = "icon icon-s" if small else "icon"
    if label:
        return format_html('<svg class="{}" role="img" aria-label="{}"><use href="{}"/></svg>', size, label, href)
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}"/></svg>', size, href)


@register.simple_tag
def seal():
    return format_html('<svg class="seal" aria-hidden="true"><use href="{}#seal"/></svg>', static("crm/icons.svg"))


@register.filter
def message_tone(message) -> str:
    return MESSAGE_TONES.get(message.level_tag, "info")


@register.filter
def is_checkbox(field) -> bool:
    return isinstance(field.field.widget, forms.CheckboxInput)


@register.filter
def control(field):
    """The form control with the theme's class and the ids of its help and errors."""
    widget = field.field.widget
    css = "form-control"
    if isinstance(widget, forms.CheckboxInput | forms.CheckboxSelectMultiple | forms.RadioSelect):
        css = "form-check-input"
    elif isinstance(widget, forms.Select):
        css = "form-select"
    attrs = {"class": f"{css} {widget.attrs.get('class', '')}".strip()}
    described = [
        f"{field.id_for_label}-{part}" for part, there in (("help", field.help_text), ("error", field.errors)) if there
    ]
    if described:
        attrs["aria-describedby"] = " ".join(described)
    if field.errors:
        attrs["class"] += " is-invalid"
        attrs["aria-invalid"] = "true"
    return field.as_widget(attrs=attrs)


@register.filter
def wan(value) -> str:
    """Yuan (Decimal) as 万元 with two decimals; '' for nothing."""
    amount = _decimal(value)
    return money.wan(amount) if amount is not None else ""


@register.filter
def wan_cents(value) -> str:
    return money.wan(money.from_cents(value)) if value not in (None, "") else ""


@register.filter
def yuan(value) -> str:
    amount = _decimal(value)
    return money.yuan(amount) if amount is not None else ""


@register.filter
def yuan_cents(value) -> str:
    return money.yuan(money.from_cents(value)) if value not in (None, "") else ""


@register.simple_tag
def wan_money(cents: int):
    """万元 with the exact yuan on hover."""
    amount = money.from_cents(cents or 0)
    return format_html('<span title="{} {}">{}</span>', money.yuan(amount), _("yuan"), money.wan(amount))


def _decimal(value) -> Decimal | None:
    try:
        return Decimal(str(value))
    except (InvalidOperation, TypeError):
        return None


@register.filter
def day(value) -> str:
    """2026-11-23"""
    if isinstance(value, datetime):
        value = value.astimezone(SHANGHAI)
    return value.strftime("%Y-%m-%d") if isinstance(value, date) else ""


@register.filter
def moment(value) -> str:
    """2026-11-23 15:32, in the bank's time."""
    return value.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M") if isinstance(value, datetime) else day(value)


@register.filter
def ago(value) -> str:
    """How long ago, in words: the page shows it beside the moment."""
    if value is None:
        return ""
    if not isinstance(value, datetime):
        return _days_ago((timezone.localdate() - value).days)
    seconds = (timezone.now() - value).total_seconds()
    if seconds < 60:
        return _("just now")
    if seconds < 3600:
        n = int(seconds // 60)
        return ngettext("%(n)s minute ago", "%(n)s minutes ago", n) % {"n": n}
    if seconds < 86400:
        n = int(seconds // 3600)
        return ngettext("%(n)s hour ago", "%(n)s hours ago", n) % {"n": n}
    return _days_ago(int(seconds // 86400))


def _days_ago(days: int) -> str:
    if days <= 0:
        return _("today")
    if days < 100:
        return ngettext("%(n)s day ago", "%(n)s days ago", days) % {"n": days}
    if days < 730:
        return ngettext("%(n)s month ago", "%(n)s months ago", days // 30) % {"n": days // 30}
    return ngettext("%(n)s year ago", "%(n)s years ago", days // 365) % {"n": days // 365}


@register.filter
def number4(value) -> str:
    """A customer number in groups of four."""
    text = str(value)
    return " ".join(text[i : i + 4] for i in range(0, len(text), 4))


@register.simple_tag
def query_transform(request, **changes):
    """The page's own address with some parameters set; None takes one away."""
    query = request.GET.copy()
    for key, value in changes.items():
        if value is None:
            query.pop(key, None)
        else:
            query[key] = value
    return f"?{query.urlencode()}" if query else request.path


@register.filter
def get_item(mapping, key):
    return mapping.get(key) if mapping else None


@register.simple_tag
def query_without(request, name: str):
    """The page's own address without one parameter, from its first page."""
    query = request.GET.copy()
    for key in (name, "after", "before"):
        query.pop(key, None)
    return f"?{query.urlencode()}"


@register.inclusion_tag("parts/_sort_head.html")
def sort_head(key: str, label: str, order: tuple[str, str], request, css: str = ""):
    """A column head that sorts: by its natural way first, the other way on the second click."""
    active = order[0] == key
    reverse = active and not request.GET.get("sort", key).startswith("-")
    query = request.GET.copy()
    for name in ("after", "before"):
        query.pop(name, None)
    query["sort"] = f"-{key}" if reverse else key
    direction = {"asc": "ascending", "desc": "descending"}[order[1]] if active else ""
    return {"label": label, "url": f"?{query.urlencode()}", "direction": direction, "css": css}


@register.simple_tag
def gap_url(customer, gap):
    """Where a missing field is filled in: it opens on the field."""
    if gap.part:
        return f"{reverse('changes:propose', args=[customer.number])}?part={gap.part}"
    return f"{reverse('changes:supplement', args=[customer.number])}?field={gap.key}#f-{gap.key}"


@register.simple_tag
def decided(chosen: dict, pk: int) -> tuple[str, str]:
    """What was chosen for an item on a page that comes back with an error."""
    return chosen.get(pk, ("", ""))


@register.filter
def class_name(code: str) -> str:
    """A class in words; a dash for none."""
    return label_of(code)


@register.filter
def class_css(code: str) -> str:
    """The theme's class for a customer class."""
    return rank_css(code)


@register.filter
def event_label(event) -> str:
    """The step of a request in words."""
    labels = {
        "submit": _("Proposed"),
        "revise": _("Corrected"),
        "resubmit": _("Proposed again"),
        "approve": _("Approved"),
        "partly": _("Partly approved"),
        "reject": _("Rejected"),
        "withdraw": _("Withdrawn"),
        "supersede": _("Superseded"),
        "reroute": _("Passed to another decider"),
        "remind": _("Reminded"),
        "escalate": _("Passed to the next level"),
    }
    return labels.get(event.action, event.action)
