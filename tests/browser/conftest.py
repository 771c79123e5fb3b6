"""Chromium for the journeys: a live server, the bank and its cast, pages that report every complaint."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.archives import make_personal
from tests.cast import PASSWORD

ARGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="session")
def chromium():
    # The sync API runs a loop in this thread; Django would refuse its queries beside it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGS)
        yield browser
        browser.close()


@pytest.fixture
def complaints():
    """What any page of the test said on its console, threw, or asked in a dialog."""
    return []


@pytest.fixture
def open_page(chromium, live_server, complaints):
    """open_page(user, width=, lang=): a page of a new browser, signed in unless `user` is None."""
    contexts = []

    def opened(user=None, *, width=1440, lang="zh-CN") -> Page:
        context = chromium.new_context(
            base_url=live_server.url, viewport={"width": width, "height": 900}, locale=lang, timezone_id="Asia/Shanghai"
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(8000)
        page.on(
            "console", lambda m: complaints.append(f"{page.url}: {m.text}") if m.type in ("error", "warning") else 0
        )
        page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
        page.on("dialog", lambda dialog: (complaints.append(f"dialog {dialog.type}"), dialog.accept()))
        if user is not None:
            sign_in(page, user)
        return page

    yield opened
    for context in contexts:
        context.close()


def sign_in(page: Page, user) -> None:
    page.goto("/sign-in/")
    page.fill("#id_username", user.username)
    page.fill("#id_password", PASSWORD)
    page.press("#id_password", "Enter")
    page.wait_for_url(lambda url: "/sign-in/" not in url)


@pytest.fixture
def archive(transactional_db, outlet, manager, now):
    """李明亮, looked after by the manager; the employer is among what is missing."""
    return make_personal(branch=outlet, manager=manager, actor=manager, now=now)


@pytest.fixture
def evidence(tmp_path) -> Path:
    path = tmp_path / "proof.pdf"
    path.write_bytes(b"%PDF-1.4\n%%EOF\n")
    return path
