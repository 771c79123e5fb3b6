"""The parts of a page: words for time, links that keep the state, fields, icons, error pages."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django import forms
from django.conf import settings
from django.http import HttpResponseServerError
from django.shortcuts import render
from django.template import Context, Template, loader
from django.test import RequestFactory
from django.utils import timezone, translation
from django.views import defaults

from crm.workbench.templatetags import crm_ui

ROOT = Path(settings.BASE_DIR)
PAGES = sorted((ROOT / "templates").rglob("*.html"))


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


@pytest.mark.parametrize(
    ("before", "words"),
    [
        (timedelta(seconds=-30), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(minutes=59), "59 minutes ago"),
        (timedelta(hours=23), "23 hours ago"),
        (timedelta(days=1), "1 day ago"),
        (timedelta(days=99), "99 days ago"),
        (timedelta(days=100), "3 months ago"),
        (timedelta(days=729), "24 months ago"),
        (timedelta(days=730), "2 years ago"),
    ],
)
def test_it_says_how_long_ago(before, words):
    assert crm_ui.ago(timezone.now() - before) == words


def test_days_and_moments_are_the_banks_own():
    late_evening_in_utc = datetime(2026, 11, 23, 20, 5, tzinfo=UTC)
    assert crm_ui.day(late_evening_in_utc) == "2026-11-24"
    assert crm_ui.moment(late_evening_in_utc) == "2026-11-24 04:05"


def test_money_shows_ten_thousands_and_tells_the_exact_yuan():
    assert crm_ui.wan_money(213_400_055) == '<span title="2,134,000.55 yuan">213.40</span>'


def test_a_link_keeps_the_state_it_does_not_set():
    request = RequestFactory().get("/customers/", {"tab": "mine", "kind": ["P", "C"], "after": "x"})
    assert crm_ui.query_transform(request, after=None, size=50) == "?tab=mine&kind=P&kind=C&size=50"
    assert crm_ui.query_transform(request, after=None, tab=None, kind=None) == "/customers/"


class Lending(forms.Form):
    number = forms.CharField(label="Number", help_text="Ten digits", max_length=10)


def field_of(form) -> str:
    return loader.render_to_string("parts/_field.html", {"field": form["number"]})


def test_a_field_names_its_help_and_its_error():
    html = field_of(Lending({"number": ""}))
    described = re.search(r'aria-describedby="([^"]+)"', html)[1].split()
    assert described == ["id_number-help", "id_number-error"]
    assert all(f'id="{part}"' in html for part in described)
    assert 'aria-invalid="true"' in html
    assert "(required)" in html


def test_two_forms_on_a_page_do_not_share_an_anchor():
    assert 'id="f-owner-number"' in field_of(Lending(prefix="owner"))
    summary = loader.render_to_string("parts/_form_errors.html", {"form": Lending({}, prefix="owner")})
    assert 'href="#f-owner-number"' in summary


def test_a_name_with_markup_stays_text():
    html = Template('{% include "parts/_tag.html" with text=text %}').render(Context({"text": "<script>x"}))
    assert "<script>" not in html


@pytest.mark.parametrize("name", ["500.html", "503.html", "400.html"])
def test_an_error_page_needs_neither_context_nor_database(name):
    html = loader.get_template(name).render()
    assert "<h1>" in html
    assert 'class="side' not in html


def test_the_server_error_view_needs_no_database():
    assert isinstance(defaults.server_error(RequestFactory().get("/")), HttpResponseServerError)
    assert render(None, "503.html", status=503).status_code == 503


def test_not_found_keeps_the_frame_of_somebody_signed_in(client_of, manager):
    response = client_of(manager).get("/nowhere/")
    assert response.status_code == 404
    assert 'id="side"' in response.content.decode()


@pytest.mark.django_db
def test_not_found_is_bare_for_a_stranger_to_the_bank(client):
    response = client.get("/nowhere/")
    assert response.status_code == 404
    assert 'id="side"' not in response.content.decode()


def test_every_icon_is_in_the_sprite():
    sprite = set(re.findall(r'id="i-([\w-]+)"', (ROOT / "static/crm/icons.svg").read_text(encoding="utf-8")))
    named = {name for page in PAGES for name in re.findall(r'{% icon "([\w-]+)"', page.read_text(encoding="utf-8"))}
    assert named - set(crm_ui.ICONS) <= sprite
    assert set(crm_ui.ICONS.values()) <= sprite


@pytest.mark.parametrize("path", sorted((ROOT / "static").rglob("*.css")), ids=lambda path: path.name)
def test_a_style_sheet_finds_what_it_names(path):
    text = path.read_text(encoding="utf-8")
    for target in re.findall(r"url\(\s*[\"']?([^\"')]+)", text):
        assert target.startswith("data:") or (path.parent / target.split("#")[0]).is_file()


@pytest.mark.parametrize("path", sorted((ROOT / "static").rglob("*.[cj]s*")), ids=lambda path: path.name)
def test_a_vendored_file_asks_for_no_source_map(path):
    assert "sourceMappingURL" not in path.read_text(encoding="utf-8")
