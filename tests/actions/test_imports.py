"""Taking a list in: who becomes a reader, who is asked, who is never written to, and that it can be broken off anywhere."""

import os
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from service.actions import consents, erasure, imports, subscribers
from service.actions import messages as ledger
from service.bootstrap import Service
from service.domain.consents import Reply
from service.domain.imports.files import File
from service.domain.imports.rules import ASK_AN_HOUR, Choices, Done, What
from service.domain.messages import Kind
from service.domain.subscribers import State, Wishes
from service.store import imports as rows
from service.store import messages
from service.store.columns import Table
from service.store.desk_tables import Import, ImportRow
from service.store.tables import Consent, ConsentText, Enrolment, Message, Subscriber, Suppression
from tests.parts.lists import sample, text
from tests.parts.river import TUESDAY, ask, confirm_token, confirmed, intake, stop_token

CHOICES = Choices("after-leaving", Wishes(1, 10, "Europe/Berlin", discreet=True))
WITHOUT_ASKING = Choices("after-leaving", CHOICES.wishes, ask=False)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BACKUPS = timedelta(days=30)


def keep(service: Service, *files: File, wall: datetime = TUESDAY) -> int:
    with service.write() as session:
        found = imports.read(files, wall=wall)
        return imports.keep(session, found, name=files[0].name, admin_id=1, by="Olga", wall=wall)


def begin(service: Service, *files: File, choices: Choices = CHOICES, wall: datetime = TUESDAY) -> int:
    kept = keep(service, *files, wall=wall)
    with service.write() as session:
        begun = imports.begin(session, kept, choices, organisation="Example House", wall=wall)
    assert begun is not None
    return begun


def step(service: Service, import_id: int, *, wall: datetime = TUESDAY, limit: int = 200) -> bool:
    with service.write() as session:
        return imports.step(session, import_id, keys=service.keys, now=wall, wall=wall, limit=limit)


def take(service: Service, *files: File, choices: Choices = CHOICES, wall: datetime = TUESDAY) -> dict[Done, int]:
    """Take a whole list in; gives how many rows came to what."""
    import_id = begin(service, *files, choices=choices, wall=wall)
    while step(service, import_id, wall=wall):
        pass
    return counts(service, import_id)


def counts(service: Service, import_id: int) -> dict[Done, int]:
    with service.read() as session:
        found = imports.progress(session, import_id)
        assert found is not None
        return dict(found.done)


def person(service: Service, address: str) -> Subscriber | None:
    with service.read() as session:
        return session.scalar(select(Subscriber).where(Subscriber.address_key == address))


def reader(service: Service, address: str) -> Subscriber:
    found = person(service, address)
    assert found is not None
    return found


def consent_of(service: Service, address: str) -> Consent:
    with service.read() as session:
        return session.scalars(select(Consent).where(Consent.address_key == address).order_by(Consent.id.desc())).one()


def suppressed(service: Service) -> Counter[tuple[str, str]]:
    with service.read() as session:
        return Counter((row.reason, row.source) for row in session.scalars(select(Suppression)))


def everything(service: Service) -> dict[str, int]:
    """How many rows there are of all that an import may touch, but for its own."""
    tables: tuple[type[Table], ...] = (Subscriber, Consent, Enrolment, Message, Suppression)
    with service.read() as session:
        return {each.__tablename__: session.scalars(select(func.count()).select_from(each)).one() for each in tables}


def stop(service: Service, address: str, *, wall: datetime) -> None:
    with service.write() as session:
        token = stop_token(service, session, reader(service, address).id)
        subscribers.stop(session, token, keys=service.keys, now=wall, wall=wall)


LISTS = {
    "mailchimp.zip": {Done.ADDED: 2, Done.ASKED: 1, Done.SUPPRESSED: 2, Done.KEPT_AWAY: 2, Done.LEFT_OUT: 3},
    "kit.csv": {Done.ASKED: 1, Done.SUPPRESSED: 2, Done.KEPT_AWAY: 1, Done.LEFT_OUT: 1},
    "substack.zip": {Done.ASKED: 2, Done.KEPT_AWAY: 1},
    "ghost.csv": {Done.ASKED: 1, Done.KEPT_AWAY: 1, Done.LEFT_OUT: 1},
    "beehiiv.csv": {Done.ASKED: 1, Done.KEPT_AWAY: 1, Done.LEFT_OUT: 3},
    "listmonk.csv": {Done.ASKED: 1, Done.SUPPRESSED: 1, Done.LEFT_OUT: 1},
    "plain-bad-rows.csv": {Done.ADDED: 5, Done.ASKED: 1, Done.LEFT_OUT: 7},
}


@pytest.mark.parametrize("name", LISTS)
def test_every_sample_is_taken_in_as_its_forecast_says_and_a_second_time_changes_nothing(service: Service, name: str) -> None:
    with service.read() as session:
        found = imports.read([sample(name)], wall=TUESDAY)
        ends = imports.forecast(session, found.rows, CHOICES, keys=service.keys, wall=TUESDAY)
    assert {end: len(listed) for end, listed in ends.items()} == LISTS[name]
    assert take(service, sample(name)) == LISTS[name]
    before = everything(service)
    assert take(service, sample(name)) == LISTS[name]  # the first one answers
    later = take(service, sample(name), choices=Choices("after-leaving", Wishes(2, 11, "UTC", discreet=True)))
    assert set(later) <= {Done.KNOWN, Done.GONE, Done.WAITING, Done.LEFT_OUT}
    assert everything(service) == before


def test_a_reader_with_proof_is_active_discreet_and_enrolled(service: Service) -> None:
    take(service, sample("mailchimp.zip"))
    ada = reader(service, "ada@example.org")
    assert (ada.state, ada.discreet, ada.zone, ada.hour, ada.country) == (State.ACTIVE, True, "Europe/Berlin", 10, None)
    consent = consent_of(service, "ada@example.org")
    assert (consent.method, consent.outcome, consent.ip) == ("import:mailchimp", "imported", "192.0.2.0/24")
    assert consent.submitted_at == datetime(2024, 3, 16, 14, 40, 47, tzinfo=UTC)
    assert consent.confirmed_at == ada.confirmed_at == datetime(2024, 3, 16, 14, 52, 10, tzinfo=UTC)
    with service.read() as session:
        assert "at Mailchimp" in session.get_one(ConsentText, consent.text_id).body
        enrolment = session.scalars(select(Enrolment).where(Enrolment.subscriber_id == ada.id)).one()
    assert (enrolment.weekday, enrolment.consent_id) == (1, consent.id)
    assert enrolment.next_due_at == datetime(2026, 3, 10, 9, tzinfo=UTC)


def test_whoever_left_there_gets_nothing_and_their_address_is_not_kept(service: Service) -> None:
    take(service, sample("mailchimp.zip"))
    with service.read() as session:
        number = session.scalars(select(Import.id)).one()
    assert suppressed(service) == {
        ("left", f"import:{number}"): 2,
        ("hard", f"import:{number}"): 1,
        ("complaint", f"import:{number}"): 1,
    }
    assert person(service, "effie@example.org") is None
    intake(service, wall=TUESDAY + 3 * HOUR)
    with service.read() as session:
        to = set(session.scalars(select(Subscriber.address_key).join(Message, Message.subscriber_id == Subscriber.id)))
    assert to == {"bea@example.net"}


def test_whoever_shows_no_proof_gets_a_confirm_letter_and_confirms_like_everybody(service: Service) -> None:
    take(service, sample("kit.csv"))
    assert person(service, "ada@example.org") is None
    intake(service, wall=TUESDAY)
    ada = reader(service, "ada@example.org")
    assert (ada.state, ada.discreet) == (State.PENDING, True)
    with service.write() as session:
        view = consents.confirm(
            session,
            confirm_token(service, session, "ada@example.org"),
            ip="",
            keys=service.keys,
            now=TUESDAY + HOUR,
            wall=TUESDAY + HOUR,
        )
    assert "Example House keeps my address" in view.text
    assert reader(service, "ada@example.org").state == State.ACTIVE


def test_without_asking_whoever_shows_no_proof_is_left_out(service: Service) -> None:
    assert take(service, sample("kit.csv"), choices=WITHOUT_ASKING) == {Done.LEFT_OUT: 2, Done.SUPPRESSED: 2, Done.KEPT_AWAY: 1}
    assert everything(service)["consents"] == 0


def test_the_day_of_joining_counts_by_an_admins_word_but_never_for_listmonk(service: Service) -> None:
    joined = Choices("after-leaving", CHOICES.wishes, ask=False, joined=True)
    assert take(service, sample("listmonk.csv"), choices=joined) == {Done.LEFT_OUT: 2, Done.SUPPRESSED: 1}
    assert take(service, sample("kit.csv"), choices=joined)[Done.ADDED] == 1
    assert consent_of(service, "ada@example.org").confirmed_at == datetime(2024, 1, 27, 11, 43, 55, tzinfo=UTC)


def test_confirm_letters_are_spread_over_the_hours_also_those_of_two_lists(service: Service) -> None:
    size = ASK_AN_HOUR + 50
    take(service, text("email", *(f"a{number}@example.org" for number in range(size))))
    take(service, text("email", *(f"b{number}@example.org" for number in range(size))))
    with service.read() as session:
        times = sorted(filter(None, session.scalars(select(Consent.not_before))))
        assert {each.expires_at - each.not_before for each in session.scalars(select(Consent)) if each.not_before} == {3 * DAY}
    assert len(times) == 2 * size
    assert times[0] == TUESDAY
    for number, at in enumerate(times):
        assert sum(at <= other < at + HOUR for other in times[number:]) <= ASK_AN_HOUR
    assert intake(service, wall=TUESDAY + 30 * timedelta(minutes=1)) == 100  # and `limit` is 100


def test_nobody_who_left_here_comes_back_by_a_list(service: Service) -> None:
    confirmed(service, "ada@example.org", now=TUESDAY, wall=TUESDAY)
    stop(service, "ada@example.org", wall=TUESDAY + HOUR)
    later = TUESDAY + DAY
    assert take(service, text("email,consent at", "ada@example.org,2024-01-01"), wall=later) == {Done.GONE: 1}
    assert reader(service, "ada@example.org").state == State.LEFT


def test_whoever_leaves_while_their_confirm_letter_waits_is_not_asked(service: Service) -> None:
    take(service, text("email", "zoe@example.org", "ada@example.org"))
    confirmed(service, "ada@example.org", now=TUESDAY, wall=TUESDAY)
    stop(service, "ada@example.org", wall=TUESDAY + timedelta(seconds=5))
    intake(service, wall=TUESDAY + HOUR)
    with service.read() as session:
        kinds = select(Message.kind).join(Subscriber, Subscriber.id == Message.subscriber_id)
        mine = list(session.scalars(kinds.where(Subscriber.address_key == "ada@example.org")))
    assert mine.count(Kind.CONFIRM) == 1  # of their own sign-up
    assert Kind.MANAGE not in mine


def test_the_letter_to_confirm_knows_whom_a_list_brought(service: Service) -> None:
    take(service, text("email", "zoe@example.org"))
    ask(service, "ada@example.org", wall=TUESDAY)
    intake(service, wall=TUESDAY + HOUR)
    brought = {}
    with service.write() as session:
        while taken := ledger.take(session, token="t", lease=HOUR, now=TUESDAY + HOUR, wall=TUESDAY + HOUR, speed=1):
            brought[taken.posting.address] = taken.posting.brought
    assert brought == {"zoe@example.org": True, "ada@example.org": False}


def test_a_reader_of_ours_is_not_changed_by_what_another_list_says(service: Service) -> None:
    confirmed(service, "ada@example.org", now=TUESDAY, wall=TUESDAY)
    before = everything(service)
    lists = (
        text("email,status", "ada@example.org,unsubscribed"),
        text("email,consent at,country", "ADA@example.org,2024-01-01,GB"),
    )
    for each in lists:
        assert take(service, each, wall=TUESDAY + HOUR) == {Done.KNOWN: 1}
    assert everything(service) == before
    assert reader(service, "ada@example.org").country is None


@pytest.mark.parametrize(("says", "reasons"), [("unsubscribed", ["left"]), ("bounced", ["hard"])])
def test_whom_an_import_brought_and_who_left_the_other_list_since_is_stopped(
    service: Service, says: str, reasons: list[str]
) -> None:
    take(service, text("email,consent at", "ada@example.org,2024-01-01"))
    assert reader(service, "ada@example.org").state == State.ACTIVE
    assert take(service, text("email,status", f"ada@example.org,{says}"), wall=TUESDAY + HOUR) == {Done.STOPPED: 1}
    assert reader(service, "ada@example.org").state == State.LEFT
    assert [reason for reason, _ in suppressed(service)] == reasons


UNSUBSCRIBED = text("email,status", "ada@example.org,unsubscribed")
SHOWN = text("email,consent at", "ada@example.org,2024-01-01")


def test_whoever_left_another_list_comes_by_no_list_but_by_themselves(service: Service) -> None:
    assert take(service, UNSUBSCRIBED) == {Done.KEPT_AWAY: 1}
    assert take(service, SHOWN) == {Done.GONE: 1}
    assert take(service, text("email", "ada@example.org")) == {Done.GONE: 1}
    ask(service, "ada@example.org", wall=TUESDAY)
    intake(service, wall=TUESDAY)
    assert set(suppressed(service).values()) == {1}
    with service.write() as session:
        sent = messages.take(session, token="t", lease_until=TUESDAY + HOUR, now=TUESDAY, wall=TUESDAY)
        assert sent is not None
        assert messages.get(session, sent).kind == Kind.CONFIRM
        token = confirm_token(service, session, "ada@example.org")
        consents.confirm(session, token, ip="", keys=service.keys, now=TUESDAY, wall=TUESDAY)
    assert reader(service, "ada@example.org").state == State.ACTIVE
    assert suppressed(service) == {}


def test_a_list_that_asked_first_does_not_write_to_whoever_left_another_one(service: Service) -> None:
    take(service, text("email", "zoe@example.org", "ada@example.org"))
    assert take(service, UNSUBSCRIBED) == {Done.KEPT_AWAY: 1}
    intake(service, wall=TUESDAY + HOUR)
    assert consent_of(service, "ada@example.org").outcome == Reply.SUPPRESSED
    assert person(service, "ada@example.org") is None


def test_mail_that_came_back_counts_more_than_having_left(service: Service) -> None:
    take(service, UNSUBSCRIBED)
    assert take(service, text("email,status", "ada@example.org,bounced")) == {Done.SUPPRESSED: 1}
    assert [reason for reason, _ in suppressed(service)] == ["hard"]
    assert take(service, text("email,status,x", "ada@example.org,unsubscribed,")) == {Done.GONE: 1}
    assert [reason for reason, _ in suppressed(service)] == ["hard"]


def test_whoever_signs_up_while_their_chunk_is_taken_in_keeps_their_own_row(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = confirmed(service, "b@example.org", now=TUESDAY, wall=TUESDAY)
    nobody = rows.Seen({}, frozenset(), {}, frozenset())
    monkeypatch.setattr(rows, "seen", lambda *_, **__: nobody)  # as things stood a moment before
    lines = ("a@example.org,2024-01-01", "b@example.org,2024-01-01", "c@example.org,2024-01-01", "d@example.org,")
    before = everything(service)
    assert take(service, text("email,consent at", *lines)) == {Done.ADDED: 2, Done.KNOWN: 1, Done.ASKED: 1}
    after = everything(service)
    assert {name: after[name] - before[name] for name in after if after[name] != before[name]} == {
        "subscribers": 2,
        "consents": 3,
        "enrolments": 2,
    }
    assert reader(service, "b@example.org").id == mine
    assert consent_of(service, "d@example.org").not_before == TUESDAY


def test_whoever_was_asked_and_did_not_answer_is_not_asked_again_for_a_month(service: Service) -> None:
    take(service, text("email", "ada@example.org"))
    intake(service, wall=TUESDAY)
    with service.write() as session:
        consents.forget_unconfirmed(session, wall=TUESDAY + 4 * DAY)
    assert person(service, "ada@example.org") is None
    again = text("email,more", "ada@example.org,x")
    assert take(service, again, wall=TUESDAY + 7 * DAY) == {Done.WAITING: 1}


def test_rows_are_taken_in_chunks_and_the_address_of_each_is_forgotten_as_it_is_done(service: Service) -> None:
    import_id = begin(service, text("email,consent at", *(f"a{number}@example.org,2024-01-01" for number in range(5))))
    assert step(service, import_id, limit=2)
    with service.read() as session:
        listed = rows.rows_from(session, import_id, 1, limit=9)
        assert [bool(row.address) for row in listed] == [False, False, True, True, True]
        assert set(listed[0].facts) == {"file", "row", "why"}
        found = imports.progress(session, import_id)
        assert found is not None
        assert (found.stage, found.next_row, found.rows, found.done) == ("running", 3, 5, {Done.ADDED: 2})
    assert step(service, import_id, limit=2)
    assert not step(service, import_id, limit=2)
    assert not step(service, import_id, limit=2)
    with service.read() as session:
        assert imports.progress(session, import_id).stage == "done"  # type: ignore[union-attr]
        assert {row.address for row in rows.rows_from(session, import_id, 1, limit=9)} == {""}
    assert counts(service, import_id) == {Done.ADDED: 5}


def test_a_kill_in_the_middle_of_a_chunk_loses_nothing_and_doubles_nothing(service: Service) -> None:
    import_id = begin(service, sample("mailchimp.zip"))
    service.database.close()
    for place in range(12):
        child = os.fork()
        if child == 0:  # a process that dies after so many rows, before its commit
            with service.write() as session:
                imports.step(session, import_id, keys=service.keys, now=TUESDAY, wall=TUESDAY, limit=place)
                session.flush()
                os._exit(9)
        assert os.waitpid(child, 0)[1] != 0
        assert counts(service, import_id) == {}
    assert step(service, import_id, limit=4)
    while step(service, import_id, limit=4):
        pass
    assert counts(service, import_id) == LISTS["mailchimp.zip"]


def test_an_import_can_be_stopped_and_what_was_not_reached_is_forgotten(service: Service) -> None:
    import_id = begin(service, text("email,consent at", *(f"a{number}@example.org,2024-01-01" for number in range(5))))
    step(service, import_id, limit=2)
    with service.write() as session:
        assert imports.stop(session, import_id, wall=TUESDAY)
        assert not imports.stop(session, import_id, wall=TUESDAY)
    assert not step(service, import_id)
    assert counts(service, import_id) == {Done.ADDED: 2, Done.BROKEN_OFF: 3}
    with service.read() as session:
        assert set(session.scalars(select(ImportRow.address))) == {""}


def test_a_list_to_which_nobody_says_yes_is_thrown_away_after_a_day(service: Service) -> None:
    kept = keep(service, sample("kit.csv"))
    for wall, there in ((TUESDAY + DAY - HOUR, True), (TUESDAY + DAY, False)):
        with service.read() as session:
            assert imports.anything(session, wall=wall) is not there
        with service.write() as session:
            assert not imports.work(session, keys=service.keys, now=wall, wall=wall)
        with service.read() as session:
            assert (imports.progress(session, kept) is not None) is there


def test_a_programme_that_is_closed_takes_nobody_in(service: Service) -> None:
    kept = keep(service, sample("kit.csv"))
    with service.write() as session:
        nowhere = Choices("nowhere", CHOICES.wishes)
        assert imports.begin(session, kept, nowhere, organisation="Example House", wall=TUESDAY) is None


def test_whoever_is_erased_is_not_brought_back_by_a_list_that_waits(service: Service) -> None:
    confirmed(service, "ada@example.org", now=TUESDAY, wall=TUESDAY)
    import_id = begin(service, text("email,consent at", "Ada@example.org,2024-01-01", "bea@example.org,2024-01-01"))
    with service.write() as session:
        erasure.forget(session, reader(service, "ada@example.org"), keys=service.keys, wall=TUESDAY, backups=BACKUPS)
    with service.read() as session:
        kept = session.execute(select(ImportRow.address, ImportRow.facts).order_by(ImportRow.number)).all()
    assert [address for address, _ in kept] == ["", "bea@example.org"]
    assert set(kept[0].facts) == {"file", "row", "why"}
    step(service, import_id)
    assert person(service, "ada@example.org") is None
    assert counts(service, import_id) == {Done.LEFT_OUT: 1, Done.ADDED: 1}


def test_a_report_tells_rows_by_their_number_and_never_an_address(service: Service) -> None:
    import_id = begin(service, sample("plain-bad-rows.csv"))
    step(service, import_id)
    with service.read() as session:
        left = rows.report(session, import_id, what=What.LEAVE)
    assert [(line.row, line.done) for line in left][:2] == [(3, Done.LEFT_OUT), (4, Done.LEFT_OUT)]
    assert "letters before the @" in next(line.why for line in left if line.row == 8)
    assert "example" not in repr([line.why for line in left])
