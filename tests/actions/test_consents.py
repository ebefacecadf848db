"""Sign-up, intake, confirming and forgetting, on both databases (O-1..O-6)."""

from datetime import timedelta
from threading import Thread

import pytest
from sqlalchemy import func, select, update

from service.actions import consents, subscribers
from service.actions.consents import ConsentView
from service.bootstrap import Service
from service.domain.consents import Proof, Standing
from service.domain.messages import Kind, State
from service.domain.subscribers import State as SubscriberState
from service.domain.subscribers import Wishes
from service.mail.tokens import Keyring, Purpose, token_sha256
from service.store import suppressions
from service.store.tables import Consent, ConsentText, Enrolment, Knock, Message, Subscriber
from tests.parts.river import SECRET, TUESDAY, WISHES, Parts, ask, confirm_token, confirmed, intake, sign_up, stop_token

ADDRESS = "reader@example.net"
DAY = timedelta(days=1)
NIGHT = Wishes(weekday=4, hour=21, zone="America/New_York", discreet=False)


def _confirm(service: Service, token: str, **times: object) -> ConsentView:
    moments = {"now": TUESDAY, "wall": TUESDAY} | times
    with service.write() as session:
        return consents.confirm(session, token, ip="192.0.2.0/24", keys=service.keys, **moments)  # type: ignore[arg-type]


def _token(service: Service, address: str = ADDRESS) -> str:
    with service.read() as session:
        return confirm_token(service, session, address)


def _outcomes(service: Service) -> list[str | None]:
    with service.read() as session:
        return list(session.scalars(select(Consent.outcome).order_by(Consent.id)))


def _letters(service: Service, kind: Kind) -> int:
    with service.read() as session:
        return session.scalars(select(func.count()).select_from(Message).where(Message.kind == kind)).one()


def _count(service: Service, table: type) -> int:
    with service.read() as session:
        return session.scalars(select(func.count()).select_from(table)).one()


def test_asking_writes_one_row_and_nothing_else(service: Service) -> None:
    ask(service, wall=TUESDAY)
    assert (_count(service, Consent), _count(service, Subscriber), _count(service, Message)) == (1, 0, 0)


def test_the_consent_row_is_proof(service: Service) -> None:
    ask(service, wall=TUESDAY)
    with service.read() as session:
        row = session.scalars(select(Consent)).one()
        text = session.scalars(select(ConsentText)).one()
    assert row.submitted_at == TUESDAY
    assert row.expires_at == TUESDAY + timedelta(hours=72)
    assert (row.ip, row.form_url, row.method) == ("192.0.2.0/24", "http://127.0.0.1/", "web-doi")
    assert text.body == "I would like one note a week by email."
    assert row.text_id == text.id


def test_a_consent_text_is_kept_once(service: Service) -> None:
    ask(service, wall=TUESDAY)
    ask(service, "other@example.net", wall=TUESDAY)
    assert _count(service, ConsentText) == 1


def test_two_people_may_be_the_first_to_agree_to_a_text_at_the_same_moment(postgresql_url: str) -> None:
    """SQLite has one writer at a time, so this can only happen on PostgreSQL."""
    service = Parts(postgresql_url).service()
    proof = Proof(text="A text nobody has agreed to yet.", form_url="", ip="")
    with service.write() as first:
        consents.ask(first, sign_up("first@example.net"), proof, keys=service.keys, wall=TUESDAY)
        first.flush()
        second = Thread(target=_ask_too, args=(service, proof))
        second.start()
        second.join(1)
        assert second.is_alive(), "it should be waiting for the first one"
    second.join(20)
    assert (_count(service, Consent), _count(service, ConsentText)) == (2, 1)
    service.database.close()


def _ask_too(service: Service, proof: Proof) -> None:
    with service.write() as session:
        consents.ask(session, sign_up("second@example.net"), proof, keys=service.keys, wall=TUESDAY)


def test_the_database_holds_the_hash_of_a_confirm_link_only(service: Service) -> None:
    ask(service, wall=TUESDAY)
    token = _token(service)
    with service.read() as session:
        row = session.scalars(select(Consent)).one()
    assert row.token_hash == token_sha256(token)
    assert token not in str(vars(row))


def test_a_new_address_gets_one_confirm_letter_however_often_intake_runs(service: Service) -> None:
    ask(service, wall=TUESDAY)
    assert intake(service, wall=TUESDAY) == 1
    assert intake(service, wall=TUESDAY) == 0
    assert _letters(service, Kind.CONFIRM) == 1
    assert _outcomes(service) == ["confirm"]


def test_an_address_typed_in_another_case_is_the_same_person(service: Service) -> None:
    ask(service, "Reader@Example.net", wall=TUESDAY)
    ask(service, "reader@example.NET", wall=TUESDAY)
    intake(service, wall=TUESDAY)
    assert _outcomes(service) == ["confirm", "limited"]
    assert _count(service, Subscriber) == 1


def test_a_second_confirm_letter_waits_a_day_and_a_fourth_a_month(service: Service) -> None:
    for hours in (0, 23, 25, 50, 75):
        ask(service, wall=TUESDAY + timedelta(hours=hours))
        intake(service, wall=TUESDAY + timedelta(hours=hours))
    assert _outcomes(service) == ["confirm", "limited", "confirm", "confirm", "limited"]


@pytest.mark.parametrize("state", [State.UNKNOWN, State.SKIPPED])
def test_a_confirm_letter_that_may_not_have_come_does_not_count(service: Service, state: State) -> None:
    ask(service, wall=TUESDAY)
    intake(service, wall=TUESDAY)
    with service.write() as session:
        session.execute(update(Message).values(state=state))
    ask(service, wall=TUESDAY + timedelta(minutes=10))
    intake(service, wall=TUESDAY + timedelta(minutes=10))
    assert _outcomes(service) == ["confirm", "confirm"]


def test_an_active_reader_gets_one_manage_letter_a_day(service: Service) -> None:
    confirmed(service, now=TUESDAY, wall=TUESDAY)
    for _ in range(2):
        ask(service, wall=TUESDAY + DAY)
    intake(service, wall=TUESDAY + DAY)
    assert _outcomes(service) == ["confirm", "manage", "manage"]
    assert _letters(service, Kind.MANAGE) == 1


def test_wishes_of_an_unconfirmed_sign_up_touch_nothing(service: Service) -> None:
    confirmed(service, now=TUESDAY, wall=TUESDAY)
    ask(service, wall=TUESDAY, wishes=NIGHT)
    intake(service, wall=TUESDAY)
    with service.read() as session:
        reader = session.scalars(select(Subscriber)).one()
    assert (reader.hour, reader.zone, reader.discreet) == (WISHES.hour, WISHES.zone, WISHES.discreet)


def test_a_suppressed_address_gets_nothing_and_leaves_no_subscriber(service: Service) -> None:
    with service.write() as session:
        hashes = service.keys.address_hashes(ADDRESS)
        suppressions.add(session, hashes, reason="complaint", source="test", wall=TUESDAY)
    ask(service, wall=TUESDAY)
    intake(service, wall=TUESDAY)
    assert _outcomes(service) == ["suppressed"]
    assert (_count(service, Subscriber), _count(service, Message)) == (0, 0)


def test_a_suppression_made_with_an_older_key_still_holds(service: Service) -> None:
    old = Keyring(["an older key that is long enough, yes it is"])
    both = Keyring([SECRET, "an older key that is long enough, yes it is"])
    with service.write() as session:
        suppressions.add(session, old.address_hashes(ADDRESS), reason="never", source="test", wall=TUESDAY)
    ask(service, wall=TUESDAY)
    with service.write() as session:
        consents.intake(session, keys=both, wall=TUESDAY)
    assert _outcomes(service) == ["suppressed"]


def test_offices_are_refused_in_silence(service: Service) -> None:
    ask(service, "postmaster@example.net", wall=TUESDAY)
    intake(service, wall=TUESDAY)
    assert _outcomes(service) == ["role"]
    assert _count(service, Message) == 0


def test_a_programme_that_does_not_exist_leads_to_nothing(service: Service) -> None:
    ask(service, wall=TUESDAY, slug="nowhere")
    intake(service, wall=TUESDAY)
    assert _outcomes(service) == ["no-programme"]


def test_confirming_makes_active_welcomes_and_enrols_with_the_wishes_of_the_form(service: Service) -> None:
    ask(service, wall=TUESDAY, wishes=NIGHT)
    intake(service, wall=TUESDAY)
    view = _confirm(service, _token(service))
    with service.read() as session:
        reader = session.scalars(select(Subscriber)).one()
        enrolment = session.scalars(select(Enrolment)).one()
    assert view.fresh
    assert view.state is Standing.DONE
    assert reader.state == SubscriberState.ACTIVE
    assert (reader.hour, reader.zone, reader.discreet) == (21, "America/New_York", False)
    assert (enrolment.weekday, enrolment.pace_days, enrolment.turn) == (4, 7, 0)
    assert view.first_at is not None
    assert f"{view.first_at:%A %H:%M}" == "Friday 21:00"
    assert enrolment.next_due_at == view.first_at
    assert _letters(service, Kind.WELCOME) == 1


def test_the_first_letter_comes_at_least_twelve_hours_after_confirming(service: Service) -> None:
    ask(service, wall=TUESDAY)
    intake(service, wall=TUESDAY)
    monday_night = TUESDAY.replace(day=2, hour=22)
    view = _confirm(service, _token(service), now=monday_night)
    assert view.first_at is not None
    assert view.first_at.isoformat() == "2026-03-10T10:00:00+01:00"


def test_a_second_press_changes_nothing_and_says_so(service: Service) -> None:
    confirmed(service, now=TUESDAY, wall=TUESDAY)
    again = _confirm(service, _token(service))
    assert again.state is Standing.DONE
    assert not again.fresh
    assert (_letters(service, Kind.WELCOME), _count(service, Enrolment)) == (1, 1)


def test_looking_changes_nothing_and_shows_a_masked_address(service: Service) -> None:
    ask(service, wall=TUESDAY)
    intake(service, wall=TUESDAY)
    token = _token(service)
    with service.read() as session:
        view = consents.look_up(session, token, keys=service.keys, wall=TUESDAY)
    assert (view.state, view.address) == (Standing.OPEN, "r•••@e•••.net")
    assert view.text == "I would like one note a week by email."


def test_a_link_expires_after_three_days(service: Service) -> None:
    ask(service, wall=TUESDAY)
    intake(service, wall=TUESDAY)
    view = _confirm(service, _token(service), wall=TUESDAY + timedelta(hours=72))
    assert view.state is Standing.EXPIRED
    assert _count(service, Enrolment) == 0


def test_a_newer_confirmed_link_ends_the_older_one(service: Service) -> None:
    ask(service, wall=TUESDAY)
    intake(service, wall=TUESDAY)
    older = _token(service)
    confirmed(service, now=TUESDAY + DAY, wall=TUESDAY + DAY + timedelta(hours=1))
    view = _confirm(service, older, wall=TUESDAY + DAY + timedelta(hours=2))
    assert view.state is Standing.REPLACED
    assert _count(service, Enrolment) == 1


@pytest.mark.parametrize("how", ["another purpose", "another key", "mangled", "short", "empty", "not answered yet"])
def test_foreign_and_mangled_links_are_unknown(service: Service, how: str) -> None:
    ask(service, wall=TUESDAY)
    token = _token(service)
    if how != "not answered yet":
        intake(service, wall=TUESDAY)
    with service.read() as session:
        ref = session.scalars(select(Consent.ref)).one()
    foreign = Keyring(["a key of somebody else that is long enough"])
    tried = {
        "another purpose": service.keys.link_token(Purpose.UNSUBSCRIBE, ref),
        "another key": foreign.link_token(Purpose.CONFIRM, ref),
        "mangled": token[:-1] + ("A" if token[-1] != "A" else "B"),
        "short": token[:-1],
        "empty": "",
        "not answered yet": token,
    }[how]
    assert _confirm(service, tried).state is Standing.UNKNOWN
    assert _count(service, Enrolment) == 0


def test_who_left_may_come_back_and_begins_anew(service: Service) -> None:
    reader = confirmed(service, now=TUESDAY, wall=TUESDAY)
    with service.write() as session:
        token = stop_token(service, session, reader)
        subscribers.stop(session, token, keys=service.keys, now=TUESDAY, wall=TUESDAY + DAY)
    confirmed(service, now=TUESDAY + 2 * DAY, wall=TUESDAY + 2 * DAY)
    with service.read() as session:
        row = session.scalars(select(Subscriber)).one()
        runs = session.execute(select(Enrolment.run, Enrolment.state).order_by(Enrolment.run)).all()
    assert (row.id, row.state, row.left_at, row.link_epoch) == (reader, SubscriberState.ACTIVE, None, 1)
    assert runs == [(1, "stopped"), (2, "running")]
    assert _letters(service, Kind.WELCOME) == 2


def test_a_link_from_before_leaving_does_not_bring_anybody_back(service: Service) -> None:
    ask(service, wall=TUESDAY)
    intake(service, wall=TUESDAY)
    older = _token(service)
    reader = confirmed(service, now=TUESDAY + DAY, wall=TUESDAY + DAY)
    with service.write() as session:
        session.execute(update(Consent).values(replaced_at=None))
        token = stop_token(service, session, reader)
        subscribers.stop(session, token, keys=service.keys, now=TUESDAY, wall=TUESDAY + DAY)
    assert _confirm(service, older, wall=TUESDAY + DAY).state is Standing.REPLACED


@pytest.mark.parametrize("state", [SubscriberState.BOUNCED, SubscriberState.COMPLAINED])
def test_who_bounced_or_complained_cannot_be_confirmed(service: Service, state: SubscriberState) -> None:
    ask(service, wall=TUESDAY)
    intake(service, wall=TUESDAY)
    with service.write() as session:
        session.execute(update(Subscriber).values(state=state))
    assert _confirm(service, _token(service)).state is Standing.REPLACED


def test_an_unconfirmed_address_is_forgotten_after_three_days_but_for_a_keyed_trace(service: Service) -> None:
    ask(service, wall=TUESDAY)
    intake(service, wall=TUESDAY)
    with service.write() as session:
        session.execute(update(Message).values(state=State.SENT))
        assert consents.forget_unconfirmed(session, wall=TUESDAY + timedelta(hours=71)) == 0
        assert consents.forget_unconfirmed(session, wall=TUESDAY + timedelta(hours=72)) == 1
    assert [_count(service, table) for table in (Consent, Subscriber, Message)] == [0, 0, 0]
    with service.read() as session:
        trace = session.scalars(select(Knock)).one()
    assert trace.address_hash == service.keys.address_hashes(ADDRESS)[0][1]


def test_the_limit_of_three_letters_a_month_outlives_forgetting(service: Service) -> None:
    for day in (0, 4, 8, 12):
        wall = TUESDAY + day * DAY
        with service.write() as session:
            session.execute(update(Message).values(state=State.SENT))
            consents.forget_unconfirmed(session, wall=wall)
        ask(service, wall=wall)
        intake(service, wall=wall)
    assert _outcomes(service) == ["limited"]
    with service.write() as session:
        consents.forget_unconfirmed(session, wall=TUESDAY + 60 * DAY)
    assert _count(service, Knock) == 0


def test_forgetting_spares_readers_and_letters_on_the_wire(service: Service) -> None:
    confirmed(service, now=TUESDAY, wall=TUESDAY)
    ask(service, "on-the-wire@example.net", wall=TUESDAY)
    intake(service, wall=TUESDAY)
    with service.write() as session:
        session.execute(
            update(Message)
            .where(Message.kind == Kind.CONFIRM, Message.consent_id == select(func.max(Consent.id)).scalar_subquery())
            .values(state=State.SENDING, token="t")
        )
    with service.write() as session:
        assert consents.forget_unconfirmed(session, wall=TUESDAY + 10 * DAY) == 0
    assert (_count(service, Subscriber), _count(service, Consent)) == (2, 2)


def test_who_left_and_signed_up_again_without_confirming_stays_as_they_were(service: Service) -> None:
    reader = confirmed(service, now=TUESDAY, wall=TUESDAY)
    with service.write() as session:
        token = stop_token(service, session, reader)
        subscribers.stop(session, token, keys=service.keys, now=TUESDAY, wall=TUESDAY)
    ask(service, wall=TUESDAY + DAY)
    intake(service, wall=TUESDAY + DAY)
    with service.write() as session:
        assert consents.forget_unconfirmed(session, wall=TUESDAY + 9 * DAY) == 1
    with service.read() as session:
        assert session.scalars(select(Subscriber.state)).one() == SubscriberState.LEFT
