"""What the book's pages write: who clients are, what is known of companies, words, merges, one person's data. And what they refuse."""

from __future__ import annotations

import json
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from guinda.base import clock
from guinda.base.office import today_of
from guinda.base.refusals import Refusal
from guinda.clients.contacting import agreed, held_back
from guinda.clients.keeping import change
from guinda.clients.merging import duplicates, merge
from guinda.clients.models import Channel, Client, Complaint, Consent, Contact, Merge, Site, Supply
from guinda.clients.personal import erase
from guinda.clients.services import remember_address
from guinda.clients.tests.book import NOW, city, company, person
from guinda.journal.models import Event

EVERYTHING = (
    "view_client", "add_client", "change_client", "add_consent", "add_complaint", "change_complaint", "merge_client", "erase_client",
)  # fmt: skip


@pytest.fixture
def clerk(office):
    city()
    return office(*EVERYTHING)


def who(**facts):
    return {"name": "", "phone": "", "email": "", "language": "ru", "city": "here", "time_zone": "", **facts}


def test_a_new_company_with_all_that_is_known_of_it(clerk):
    url = reverse("client_new", args=["company"])
    assert clerk.post(url, who(name="North orchard", phone="8 (495) 123-45-67", size=300)).status_code == 302
    firm = Client.objects.get()
    assert (firm.kind, firm.phone, firm.size) == ("company", "+74951234567", 300)
    for kind, told in {
        "contacts": {"name": "The buyer", "phone": "8 916 000 00 01", "decides": "on"},
        "sites": {"name": "Warehouse", "people": 20},
        "supplies": {
            "what": "300 lines",
            "from_whom": "The other",
            "monthly": "1200.50",
            "ends_date": "2026-09-01",
        },
    }.items():
        assert clerk.post(reverse("client_part_new", args=[firm.pk, kind]), told).status_code == 302, kind
    assert Contact.objects.get().phone == "+79160000001"
    supply = Supply.objects.get()
    assert (supply.competitor.name, supply.monthly_minor) == ("The other", 120_050)
    page = clerk.get(firm.get_absolute_url()).content.decode()
    for word in (
        "The buyer",
        "Warehouse",
        "20 people",
        "300 lines",
        "The other",
        "1 September 2026",
        "1,200.50",
    ):
        assert word in page, word
    told = {"what": "300 lines", "from_whom": "", "monthly": "", "ends_date": ""}
    assert clerk.post(reverse("client_part", args=[firm.pk, "supplies", supply.pk]), told).status_code == 302
    supply.refresh_from_db()
    assert (supply.competitor, supply.monthly_minor, supply.ends_date) == (None, None, None)
    clerk.post(reverse("client_part_remove", args=[firm.pk, "sites", Site.objects.get().pk]))
    assert not Site.objects.exists()


def test_since_when_a_competitor_has_what_was_ours_is_written_down(clerk):
    firm = company()
    urls = []
    for what in ("Lines", "Films"):
        clerk.post(reverse("client_part_new", args=[firm.pk, "supplies"]), {"what": what, "from_whom": ""})
        urls.append(
            reverse("client_part", args=[firm.pk, "supplies", Supply.objects.order_by("pk").last().pk])
        )

    def left() -> list:
        return list(Supply.objects.order_by("pk").values_list("left_date", flat=True))

    today = today_of(clock.now())
    clerk.post(urls[0], {"what": "Lines", "from_whom": "The other"})
    assert left() == [today, None], "nobody has to say what the book saw happen"
    tomorrow = today + timedelta(days=1)
    answer = clerk.post(
        urls[1], {"what": "Films", "from_whom": "The other", "left_date": tomorrow.isoformat()}
    )
    assert "can’t be still to come" in answer.content.decode()
    assert left() == [today, None]
    clerk.post(urls[1], {"what": "Films", "from_whom": "The other", "left_date": "2026-01-05"})
    assert left() == [today, date(2026, 1, 5)]
    assert "ours until 5 January 2026" in clerk.get(firm.get_absolute_url()).content.decode()
    clerk.post(urls[0], {"what": "Lines", "from_whom": "", "left_date": today.isoformat()})
    assert left() == [None, date(2026, 1, 5)], "and came back"
    clerk.post(
        reverse("client_part_new", args=[firm.pk, "supplies"]), {"what": "Sites", "from_whom": "The other"}
    )
    assert left()[-1] is None, "it never was ours"
    clerk.post(reverse("client_part_new", args=[firm.pk, "supplies"]), {"what": "Sites", "from_whom": ""})
    ours = Supply.objects.get(what="Sites", competitor=None)
    clerk.post(reverse("client_part_remove", args=[firm.pk, "supplies", ours.pk]))
    assert left()[-1] == today, "ours went, theirs of the same stays"


def test_what_cannot_be_is_said_beside_the_field_and_changes_nothing(clerk):
    held = person(1, name="Жанна")
    firm = company()
    Site.objects.create(company=firm, name="Warehouse")
    for url, told, sentence in (
        (reverse("client_new", args=["person"]), who(), "Enter a name, a telephone or an e-mail"),
        (reverse("client_new", args=["person"]), who(phone="12"), "does not look like a telephone"),
        (reverse("client_new", args=["person"]), who(phone=held.phone), "has this telephone already"),
        (reverse("client_new", args=["person"]), who(name="x", time_zone="Mars"), "is not a time zone"),
        (reverse("client_part_new", args=[firm.pk, "sites"]), {"name": "Warehouse"}, "written down already"),
        (reverse("client_consents", args=[held.pk]), {"given": "yes", "purpose": "offer", "channel": "call"}, "required"),
        (reverse("client_complain", args=[held.pk]), {"key": uuid4(), "words": " "}, "required"),
    ):  # fmt: skip
        answer = clerk.post(url, told)
        assert answer.status_code == 422, url
        assert sentence in answer.content.decode(), sentence
    assert (Client.objects.count(), Site.objects.count(), Consent.objects.count()) == (2, 1, 0)
    assert not Event.objects.exists()


def test_a_persons_telephone_stays_whatever_is_sent(clerk):
    buyer = person(1)
    clerk.post(reverse("client_edit", args=[buyer.pk]), who(name="Лена", phone="+79169999999"))
    buyer.refresh_from_db()
    assert (buyer.name, buyer.phone) == ("Лена", "+79160000001")
    assert Event.objects.get().data == {"fields": ["name", "language", "city"]}


def test_another_companys_contact_is_not_this_companys(clerk):
    a, b = company("A"), company("B")
    theirs = Contact.objects.create(company=a, name="The buyer")
    assert clerk.get(reverse("client_part", args=[b.pk, "contacts", theirs.pk])).status_code == 404
    assert clerk.post(reverse("client_part_remove", args=[b.pk, "contacts", theirs.pk])).status_code == 404
    assert clerk.get(reverse("client_part_new", args=[person(1).pk, "contacts"])).status_code == 404
    assert clerk.get(reverse("client_part_new", args=[a.pk, "secrets"])).status_code == 404


def test_a_word_holds_from_the_moment_it_is_written(clerk):
    buyer = person(1)
    url = reverse("client_consents", args=[buyer.pk])
    clerk.post(url, {"given": "yes", "purpose": "offer", "channel": "every", "how": "by telephone"})
    clerk.post(url, {"given": "no", "purpose": "offer", "channel": "call", "how": "too loud"})
    for channel in Channel:
        stands = held_back([buyer.pk], purpose="offer", channel=channel, now=NOW, waits=True)
        assert agreed(buyer.pk)["offer"][channel] is (not stands), channel
    assert "not asked" in clerk.get(url).content.decode()
    clerk.post(url, {"given": "no", "purpose": "everything", "channel": "every", "how": "enough"})
    assert not any(agreed(buyer.pk)["offer"].values())
    assert "do not contact" in clerk.get(buyer.get_absolute_url()).content.decode()


def test_a_complaint_is_closed_with_what_was_done(clerk):
    buyer, key = person(1), uuid4()
    url = reverse("client_complain", args=[buyer.pk])
    for _twice in range(2):
        assert clerk.post(url, {"key": key, "about": "4711", "words": "too soft"}).status_code == 302
    made = Complaint.objects.get()
    assert "too soft" in clerk.get(reverse("client_complaints")).content.decode()
    close = reverse("complaint_close", args=[made.pk])
    refused = clerk.post(close, {"answer": " "})
    assert refused.status_code == 409
    assert "Say what was done" in refused.content.decode()
    assert clerk.post(close, {"answer": "a new bag"}).url == buyer.get_absolute_url()
    assert "Closed: a new bag" in clerk.get(buyer.get_absolute_url()).content.decode()


def test_two_are_merged_pulled_apart_and_not_proposed_again(clerk):
    a, b = person(1, name="Жанна", email="j@example.org"), person(2, email="J@example.org")
    page = clerk.get(reverse("client_duplicates")).content.decode()
    assert "the same e-mail" in page.lower()
    both = {"kept": a.pk, "gone": b.pk}
    assert clerk.post(reverse("client_merges"), both).url == a.get_absolute_url()
    assert clerk.post(reverse("client_merges"), both).status_code == 409
    page = clerk.get(a.get_absolute_url()).content.decode()
    assert b.phone in page
    undo = reverse("merge_undo", args=[Merge.objects.get().pk])
    assert undo in page
    assert clerk.post(undo).url == b.get_absolute_url()
    assert clerk.post(undo).status_code == 409
    assert duplicates() == []


def test_who_is_told_apart_is_not_proposed_and_nothing_moves(clerk):
    a, b = person(1, email="j@example.org"), person(2, email="j@example.org")
    clerk.post(reverse("client_merges"), {"kept": a.pk, "gone": b.pk, "apart": "1"})
    b.refresh_from_db()
    assert (duplicates(), b.merged_into) == ([], None)


def test_whom_nothing_proposes_is_found_and_merged_by_hand(clerk):
    a, b = person(1, name="Жанна"), person(2222, name="Жанна Козлова")
    page = clerk.get(reverse("client_merge", args=[a.pk]), {"q": "козлова"}).content.decode()
    assert f'name="gone" value="{b.pk}"' in page
    assert f'name="gone" value="{a.pk}"' not in page


@pytest.mark.parametrize(
    "told", [{}, {"kept": "x", "gone": "1"}, {"kept": "9" * 40, "gone": "٣"}, {"kept": "1", "gone": "1"}]
)
def test_a_merge_of_nonsense_is_a_sentence(clerk, told):
    answer = clerk.post(reverse("client_merges"), told)
    assert answer.status_code == 409
    assert "two different clients" in answer.content.decode()


def test_the_data_is_a_file_and_what_is_forgotten_is_said_before(clerk):
    buyer = person(1, name="Лена")
    remember_address(client_id=buyer.pk, lat=55.7, lon=37.6, street="Arbat 1", flat="4", note="", now=NOW)
    given = clerk.post(reverse("client_export", args=[buyer.pk]))
    assert "attachment" in given["Content-Disposition"]
    assert json.loads(given.content)["addresses"][0]["street"] == "Arbat 1"
    url = reverse("client_erase", args=[buyer.pk])
    assert "What stays" in clerk.get(url).content.decode()
    assert clerk.post(url).status_code == 409
    assert clerk.post(url, {"sure": "on"}).status_code == 302
    assert Client.objects.filter(pk=buyer.pk, phone=None, erased_at__isnull=False).exists()
    for name in ("client_edit", "client_consents", "client_complain", "client_merge", "client_erase"):
        assert clerk.get(reverse(name, args=[buyer.pk])).status_code == 404, name


def test_each_verb_asks_for_its_own_permission(office):
    city()
    buyer, firm, other = person(1, email="j@example.org"), company(), person(2, email="j@example.org")
    made = merge(kept_id=buyer.pk, gone_id=other.pk, by="x", now=NOW)
    client = office()
    doors = {
        "add_client": reverse("client_new", args=["person"]),
        "change_client": reverse("client_edit", args=[buyer.pk]),
        "add_consent": reverse("client_consents", args=[buyer.pk]),
        "add_complaint": reverse("client_complain", args=[buyer.pk]),
        "merge_client": reverse("merge_undo", args=[made.pk]),
        "erase_client": reverse("client_erase", args=[buyer.pk]),
        "change_complaint": reverse("complaint_close", args=[1]),
    }
    doors |= {
        f"change_client {kind}": reverse("client_part_new", args=[firm.pk, kind])
        for kind in ("contacts", "sites")
    }
    user = client.get(reverse("admin:index")).wsgi_request.user
    for needed, url in doors.items():
        rest = [each for each in EVERYTHING if each != needed.split()[0]]
        user.user_permissions.set(Permission.objects.filter(codename__in=rest))
        assert client.post(url).status_code == 403, needed


def test_no_page_of_the_book_asks_more_when_there_is_more(clerk, django_assert_max_num_queries):
    firm, number = company(), 0

    def more() -> None:
        nonlocal number
        for _each in range(4):
            number += 1
            person(number, email=f"{number // 2}@example.org")
            Contact.objects.create(company=firm, name=f"c{number}")
            Supply.objects.create(company=firm, what=f"s{number}")
            Complaint.objects.create(key=str(number), client=firm, words="x", by="x", at=NOW)

    more()
    urls = [firm.get_absolute_url(), reverse("client_complaints"), reverse("client_duplicates")]
    counts = {}
    for url in urls:
        clerk.get(url)
        with django_assert_max_num_queries(40) as asked:
            assert clerk.get(url).status_code == 200
        counts[url] = len(asked)
    more()
    for url in urls:
        with django_assert_max_num_queries(counts[url]):
            assert clerk.get(url).status_code == 200


def test_an_edit_begun_before_an_erasure_brings_nothing_back(db):
    anna = person(1)
    stale = Client.objects.get(pk=anna.pk)
    erase(client_id=anna.pk, by="x", now=NOW)
    with pytest.raises(Refusal, match="not_in_the_book"):
        change(client=stale, facts={"name": "Anna again"}, by="x", now=NOW)
    gone = Client.objects.get(pk=anna.pk)
    assert (gone.name, gone.phone, gone.erased_at) == ("", None, NOW)


def test_two_who_edit_at_once_keep_each_others_facts(db):
    anna = person(1)
    one, other = (Client.objects.get(pk=anna.pk) for _ in range(2))
    change(client=one, facts={"name": "Anna Ivanova"}, by="x", now=NOW)
    change(client=other, facts={"email": "anna@example.org"}, by="y", now=NOW)
    anna.refresh_from_db()
    assert (anna.name, anna.email) == ("Anna Ivanova", "anna@example.org")
