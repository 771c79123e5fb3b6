from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from archives.intelligence.services import add_intelligence, correct_intelligence
from archives.models import Intelligence
from tests.archives import make_corporate, make_personal

PDF = b"%PDF-1.4\n%%EOF\n"
VALUES = {
    "kind": "trend",
    "title": "纺织行业订单回升",
    "text": "三季度出口订单环比增长，本地企业开工率上升。",
    "source": "临江市统计局",
    "industries": ["C"],
}


@pytest.fixture
def pdf():
    return lambda name="报告.pdf", data=PDF: SimpleUploadedFile(name, data)


@pytest.fixture
def add(teller, now, today):
    """An item by the teller unless said otherwise."""

    def make(*, actor=teller, **values):
        options = {"source_date": today, "now": now} | VALUES | values
        return add_intelligence(actor=actor, **options)

    return make


@pytest.fixture
def correct(teller, now):
    """Correct an item: what is not named stays."""

    def make(item, *, actor=teller, reason="来源更正", **values):
        options = {
            "kind": item.kind, "title": item.title, "text": item.text, "source": item.source, "source_date": item.source_date,
            "valid_until": item.valid_until, "industries": item.industries.split(), "now": now,
        } | values  # fmt: skip
        return correct_intelligence(item=item, actor=actor, reason=reason, **options)

    return make


@pytest.fixture
def hide():
    """As an approved deletion leaves it."""

    def move(item, life="bin"):
        Intelligence.everyone.filter(pk=item.pk).update(life=life)

    return move


@pytest.fixture
def mill(outlet, manager):
    return make_corporate(branch=outlet, manager=manager, name="临江市恒泰纺织有限公司")


@pytest.fixture
def far_mill(bank, stranger):
    return make_corporate(branch=bank["0201"], manager=stranger, name="滨江远洋印染有限公司")


@pytest.fixture
def person(outlet, manager):
    return make_personal(branch=outlet, manager=manager, name="李明亮")


@pytest.fixture
def day(today):
    """today plus so many days."""
    return lambda days: today + timedelta(days=days)
