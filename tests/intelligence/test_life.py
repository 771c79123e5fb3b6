"""An item from its proposal through the recycle bin and back, with the real effect of an approval."""

import pytest

from archives.changes.matters import decide_matter
from archives.models import ChangeRequest, Deletion, Intelligence
from archives.retention.restoring import restore


@pytest.fixture
def approved(client_of, add, teller, head, now):
    item = add()
    form = {"category": "outdated", "reason_text": "政策已废止", "token": "l-1"}
    client_of(teller).post(f"/intelligence/{item.number}/delete/", form)
    request = ChangeRequest.objects.get()
    return item, decide_matter(request=request, actor=head, accept=True, now=now)


def test_an_approved_item_is_gone_at_once_and_comes_back_with_its_history(client_of, approved, teller, manager, now):
    item, request = approved
    browser = client_of(teller)
    assert browser.get(f"/intelligence/{item.number}/").status_code == 404
    assert item.number not in browser.get("/intelligence/").content.decode()
    restore(deletion=Deletion.objects.get(), actor=manager, reason="仍有用处", now=now)
    answer = browser.get(f"/intelligence/{item.number}/")
    assert [step.action for step in answer.context["steps"]] == ["restored", "deleted", "added"]
    page = answer.content.decode()
    assert "仍有用处" in page and "政策已废止" in page and request.number in page


def test_a_rejected_deletion_leaves_the_item(client_of, add, teller, head, now):
    item = add()
    form = {"category": "wrong", "reason_text": "数据有误", "token": "l-2"}
    client_of(teller).post(f"/intelligence/{item.number}/delete/", form)
    decide_matter(request=ChangeRequest.objects.get(), actor=head, accept=False, comment="数据无误", now=now)
    assert Intelligence.objects.get() == item
    page = client_of(teller).get(f"/intelligence/{item.number}/").content.decode()
    assert f'href="/intelligence/{item.number}/delete/"' in page
