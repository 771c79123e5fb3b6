"""Profiles: what they may say, and what a bank is told when one cannot be used."""

import pytest

from archives.feeds.profiles import ProfileError, available, load_profile

TOP = 'title="x"\nsource="s"\ndate="%Y-%m-%d"\n'
ACCOUNTS = '[accounts]\nfile="a*"\nkey="k"\ncustomer="c"\nopened_on="o"\n'
BROKEN = [
    ("title = ", "own.toml"),
    ('title="x"\nsource="s"\n', "date"),
    ('title="x"\nsource="s"\ndate="%Y"\n', "date"),
    ('title="x"\nsource="s s"\ndate="%Y%m%d"\n', "source"),
    (TOP, r"\[accounts\]"),
    (TOP + 'delimeter=";"\n' + ACCOUNTS, "delimeter"),
    (TOP + 'delimiter=";;"\n' + ACCOUNTS, "delimiter"),
    (TOP + 'encoding="klingon"\n' + ACCOUNTS, "encoding"),
    (TOP + 'currency="yuan"\n' + ACCOUNTS, "currency"),
    (TOP + '[postings]\nfile="a"\n', "key"),
    (TOP + ACCOUNTS + 'ratee="r"\n', "ratee"),
    (TOP + ACCOUNTS + "stated=7\n", "accounts.stated"),
    (TOP + ACCOUNTS + 'kind_column="k"\n', "kinds"),
    (TOP + ACCOUNTS + 'kind="savings"\n', "savings"),
    (TOP + ACCOUNTS.replace('customer="c"\n', ""), "customer"),
    (TOP + ACCOUNTS.replace("a*", "../../etc/*"), "file"),
    (TOP + '[postings]\nfile="p"\nkey="k"\naccount="a"\nday="d"\namount="m"\nsign="s"\n', "credit"),
    (TOP + '[customers]\nfile="c"\nkey="k"\n[customers.fields]\nshoe_size="x"\n', "shoe_size"),
    (TOP + '[customers]\nfile="c"\nkey="k"\n[customers.fields]\ncore_id="x"\n', "core_id"),
    (TOP + '[customers]\nfile="c"\nkey="k"\n[customers.codes.sex]\n"男"="1"\n', "sex"),
]


@pytest.fixture
def own(tmp_path, settings):
    settings.FEED_PROFILES_DIR = str(tmp_path)
    return tmp_path / "own.toml"


@pytest.mark.parametrize(("text", "says"), BROKEN)
def test_a_broken_profile_says_which_key(own, text, says):
    own.write_text(text, encoding="utf-8")
    with pytest.raises(ProfileError, match=says):
        load_profile("own")


def test_a_whole_one_of_the_bank_is_offered_beside_those_shipped(own):
    own.write_text(TOP + ACCOUNTS, encoding="utf-8")
    assert set(available()) == {"berka", "tianhua", "own"}


@pytest.mark.parametrize("name", ["../settings", "nobody", "", "a/b"])
def test_a_name_is_no_path(own, name):
    with pytest.raises(ProfileError):
        load_profile(name)


def test_a_broken_profile_does_not_close_the_page(own, headoffice, client_of, settings):
    (settings.FEEDS_DIR / "today").mkdir(parents=True)
    own.write_bytes(b"title = \xff")
    page = client_of(headoffice).get("/feeds/").content.decode()
    assert "own.toml" in page and "Berka 1993" in page
