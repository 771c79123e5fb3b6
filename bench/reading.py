"""What people look at: the customer list, search, the archive page."""

from collections.abc import Iterator

from django.conf import settings
from django.db import connection
from django.test import Client

from archives.customers.searching import ranked
from archives.models import Customer
from bench.database import everywhere, somebody
from bench.timing import Measure, measure, replay, statements
from crm.staff.models import User
from crm.staff.roles import Role
from crm.workbench.listing import lines, page_of

RUNS = 25
SIZE = 50
LIMIT = 20
FAR = 200  # pages of a hundred
QUERIES = {
    "Han part": "志明",
    "full pinyin": "limingliang",
    "initials": "lml",
    "mixed": "李ml",
}
RAW = """
    SELECT c.number, c.kind, c.status, c.name, c.pinyin, c.completeness, c.missing, c.opened_on, c.last_contact_on,
           c.id_valid_until, c.id_permanent, c.special_group, b.name, u.name, f.balance_cents, f.average_cents, c.id
    FROM archives_customer c
    JOIN staff_branch b ON b.id = c.branch_id
    LEFT JOIN staff_user u ON u.id = c.manager_id
    JOIN archives_customerfigures f ON f.customer_id = c.id
    WHERE {where} ORDER BY {order} LIMIT 51
"""


def listing() -> Iterator[Measure]:
    everybody = Customer.objects.visible_to(everywhere())
    outlet = somebody(Role.MANAGER).branch_id
    yield _page("list: first page", everybody, "true")
    filtered = everybody.filter(branch=outlet, kind="P", completeness__range=(60, 79))
    yield _page(
        "list: filtered page", filtered, f"c.branch_id = {outlet} AND c.kind = 'P' AND c.completeness BETWEEN 60 AND 79"
    )
    last, where = _far(everybody)
    yield _page("list: far page by keyset", everybody, where, after=last)
    yield _page("list: by balance", everybody, "true", key="balance", sort="f.balance_cents DESC, f.customer_id DESC")


def _page(name, queryset, where, *, after=None, key="name", sort="c.pinyin, c.id") -> Measure:
    way = "desc" if key == "balance" else "asc"
    return measure(
        name,
        lambda: page_of(queryset, order=(key, way), size=SIZE, after=after, before=None),
        lambda: replay([RAW.format(where=where, order=sort)]),
        runs=RUNS,
    )


def _far(queryset) -> tuple[str | None, str]:
    """The token behind the last row of page FAR, and the same as SQL."""
    token = None
    for _turn in range(FAR):
        rows = page_of(queryset, order=("name", "asc"), size=100, after=token, before=None)
        token = rows.next_token or token
    last = rows.rows[-1]
    with connection.cursor() as cursor:
        return token, cursor.mogrify("(c.pinyin, c.id) > (%s, %s)", [last.pinyin, last.pk]).decode()


def searching() -> Iterator[Measure]:
    visible = lines(Customer.objects.visible_to(everywhere()))
    number = Customer.objects.order_by("pk")[5].number
    for name, query in {**QUERIES, "number": number}.items():
        yield _search(name, visible, query)


def _search(name: str, visible, query: str) -> Measure:
    def ours():
        return ranked(visible, query, LIMIT)

    sent = statements(ours, ("SELECT",))
    return measure(f"search: {name}", ours, lambda: replay(sent), runs=RUNS)


def archive_page() -> Iterator[Measure]:
    """The page as a browser gets it, beside the SELECTs it sends."""
    manager = somebody(Role.MANAGER)
    number = Customer.objects.visible_to(manager).filter(manager=manager).order_by("pk")[0].number
    client = signed_in(manager)
    for name, url in {
        "archive page": f"/customers/{number}/",
        "archive page: accounts": f"/customers/{number}/?section=accounts",
        "list: whole page": "/customers/",
    }.items():
        yield _get(name, client, url)


def _get(name: str, client: Client, url: str) -> Measure:
    def ours():
        response = client.get(url)
        if response.status_code != 200:
            raise SystemExit(f"{url} answers {response.status_code}")

    ours()
    sent = statements(ours, ("SELECT",))
    return measure(f"{name} ({len(sent)} SELECTs)", ours, lambda: replay(sent), runs=RUNS)


def signed_in(user: User) -> Client:
    client = Client(SERVER_NAME="127.0.0.1")
    response = client.post("/sign-in/", {"username": user.username, "password": settings.DEMO_PASSWORD})
    if response.status_code != 302:
        raise SystemExit("The demo employee cannot sign in: the database needs the demo's password and DEMO=1.")
    return client
