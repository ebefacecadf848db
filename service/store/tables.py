"""The tables, and the keys of the delivery protocol; refuses to hold a rule that is not a key or a check.

Times are aware UTC datetimes. Calendar time (which `CLOCK` may scale) stands in: `paused_until`, `next_due_at`,
`last_planned_at`, `slot`, `dated_at` and history. Everything else is real time.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.domain import messages as message_rules
from service.domain import sequences as sequence_rules
from service.domain import subscribers as subscriber_rules
from service.store.columns import NO_REUSE, Table, one_of, where


class Subscriber(Table):
    """A person: one address, one state, and the wishes that are theirs alone."""

    __tablename__ = "subscribers"
    __table_args__ = (
        Index("ix_subscribers_counted", "extras", "language", "country", **where("state = 'active'")),
        one_of("state", subscriber_rules.State),
        one_of("support", subscriber_rules.Support),
        NO_REUSE,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(16), unique=True)
    link_epoch: Mapped[int] = mapped_column(default=0)
    address_epoch: Mapped[int] = mapped_column(default=0)  # the first link epoch of this address: older stop links die
    address: Mapped[str] = mapped_column(String(254))
    address_key: Mapped[str] = mapped_column(String(254), unique=True)
    address_hash: Mapped[str] = mapped_column(String(64), index=True)
    state: Mapped[str] = mapped_column(String(16))
    zone: Mapped[str] = mapped_column(String(64))
    hour: Mapped[int]
    never_hours: Mapped[int] = mapped_column(default=0)  # a bit for each local hour in which mail must never come
    language: Mapped[str] = mapped_column(String(16))
    country: Mapped[str | None] = mapped_column(String(2))
    support: Mapped[str] = mapped_column(String(8), default=subscriber_rules.Support.LINK)
    discreet: Mapped[bool]
    link_only: Mapped[bool] = mapped_column(default=False)
    plain_text: Mapped[bool] = mapped_column(default=False)
    extras: Mapped[bool] = mapped_column(default=False)
    tell_me: Mapped[bool] = mapped_column(default=False)  # of something new, once everything is read
    quiet_days: Mapped[list[str]] = mapped_column(default=list)  # "12-24": no mail on that day of any year
    paused_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]


class ConsentText(Table):
    """A consent text as it was shown, kept for ever, once."""

    __tablename__ = "consent_texts"

    id: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    language: Mapped[str] = mapped_column(String(16))
    body: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]


class Consent(Table):
    """One sign-up POST: what was asked for, when, with which text, from where. Its wishes count once it is confirmed."""

    __tablename__ = "consents"
    __table_args__ = (Index("ix_consents_unanswered", "id", **where("outcome IS NULL")), NO_REUSE)

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(16), unique=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    subscriber_id: Mapped[int | None] = mapped_column(ForeignKey("subscribers.id"), index=True)
    address: Mapped[str] = mapped_column(String(254))
    address_key: Mapped[str] = mapped_column(String(254))
    programme: Mapped[str] = mapped_column(String(64))
    weekday: Mapped[int]
    hour: Mapped[int]
    zone: Mapped[str] = mapped_column(String(64))
    discreet: Mapped[bool]
    language: Mapped[str] = mapped_column(String(16))
    text_id: Mapped[int] = mapped_column(ForeignKey("consent_texts.id"), index=True)
    form_url: Mapped[str] = mapped_column(String(500))
    ip: Mapped[str] = mapped_column(String(64))
    method: Mapped[str] = mapped_column(String(16))
    submitted_at: Mapped[datetime] = mapped_column(index=True)
    expires_at: Mapped[datetime]
    not_before: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(16))
    confirmed_at: Mapped[datetime | None] = mapped_column(index=True)
    confirm_ip: Mapped[str | None] = mapped_column(String(64))
    replaced_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]


class Sequence(Table):
    """An ordered series of letters: a programme, or later a batch."""

    __tablename__ = "sequences"
    __table_args__ = (one_of("kind", sequence_rules.Kind), one_of("state", sequence_rules.State))

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(64), unique=True)
    kind: Mapped[str] = mapped_column(String(16))
    title: Mapped[str] = mapped_column(String(200))
    summary: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(16))
    pace_days: Mapped[int]
    paces: Mapped[list[int]] = mapped_column(default=list)  # what a reader may choose, `pace_days` among them
    again: Mapped[bool] = mapped_column(default=False)  # begins again after the last letter
    fits: Mapped[list[str]] = mapped_column(default=list)
    discreet_title: Mapped[str] = mapped_column(String(200), default="")
    translations: Mapped[dict[str, Any]] = mapped_column(default=dict)  # {"es": {"title": ..., "summary": ...}}
    state: Mapped[str] = mapped_column(String(16))
    held: Mapped[bool] = mapped_column(default=False)
    held_at: Mapped[datetime | None]
    file_shape: Mapped[str] = mapped_column(String(64), default="")  # of its order and names, as last loaded from files
    desk_shaped: Mapped[bool] = mapped_column(default=False)  # order or names were changed at the desk since


class Phase(Table):
    """A named stretch of a programme."""

    __tablename__ = "phases"
    __table_args__ = (UniqueConstraint("sequence_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    sequence_id: Mapped[int] = mapped_column(ForeignKey("sequences.id"))
    position: Mapped[int]
    key: Mapped[str] = mapped_column(String(64))
    title: Mapped[str] = mapped_column(String(200))
    plain: Mapped[str] = mapped_column(String(200))
    begin: Mapped[str] = mapped_column(String(200), default="")
    translations: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Letter(Table):
    """One letter's place in a sequence. Its words are in its versions. A check-in belongs to no phase."""

    __tablename__ = "letters"
    __table_args__ = (
        UniqueConstraint("sequence_id", "name"),
        one_of("state", sequence_rules.LetterState),
        one_of("role", sequence_rules.Role),
        CheckConstraint("(role = 'check-in') = (phase_id IS NULL)", name="check_in_has_no_phase"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sequence_id: Mapped[int] = mapped_column(ForeignKey("sequences.id"))
    phase_id: Mapped[int | None] = mapped_column(ForeignKey("phases.id"), index=True)
    role: Mapped[str] = mapped_column(String(16), default=sequence_rules.Role.MAIN)
    name: Mapped[str] = mapped_column(String(100))
    position: Mapped[int]
    state: Mapped[str] = mapped_column(String(16))


class Version(Table):
    """A frozen text of a letter: never edited, only superseded."""

    __tablename__ = "versions"
    __table_args__ = (
        UniqueConstraint("letter_id", "number"),
        CheckConstraint("origin IN ('file', 'desk')", name="origin"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    letter_id: Mapped[int] = mapped_column(ForeignKey("letters.id"))
    number: Mapped[int]
    origin: Mapped[str] = mapped_column(String(16))
    by: Mapped[str] = mapped_column(String(120), default="")
    reviewed_by: Mapped[str] = mapped_column(String(120), default="")
    created_at: Mapped[datetime]


class VersionText(Table):
    """A version in one language: its whole source, as its author wrote it."""

    __tablename__ = "version_texts"
    __table_args__ = (UniqueConstraint("version_id", "language"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("versions.id"))
    language: Mapped[str] = mapped_column(String(16))
    source: Mapped[str] = mapped_column(Text)
    source_sha256: Mapped[str] = mapped_column(String(64))


class Enrolment(Table):
    """One subscriber in one sequence. It knows the letter last planned, never the next one."""

    __tablename__ = "enrolments"
    __table_args__ = (
        UniqueConstraint("subscriber_id", "sequence_id", "run"),
        Index("uq_enrolments_running", "subscriber_id", "sequence_id", unique=True, **where("state = 'running'")),
        Index("ix_enrolments_due", "next_due_at", "id", **where("state = 'running'")),
        Index("ix_enrolments_account", "sequence_id", "state", "last_letter_id", "why"),
        one_of("state", sequence_rules.EnrolmentState),
        one_of("wish", sequence_rules.Wish),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscribers.id"))
    sequence_id: Mapped[int] = mapped_column(ForeignKey("sequences.id"))
    consent_id: Mapped[int | None] = mapped_column(ForeignKey("consents.id"), index=True)
    run: Mapped[int] = mapped_column(default=1)
    state: Mapped[str] = mapped_column(String(16))
    weekday: Mapped[int]
    pace_days: Mapped[int]
    hour: Mapped[int | None]  # of a batch that comes at an hour of its own; none for the subscriber's
    shift_minutes: Mapped[int] = mapped_column(default=0)  # of a batch that is spread over hours
    anchor: Mapped[date]
    turn: Mapped[int] = mapped_column(default=0)
    last_letter_id: Mapped[int | None] = mapped_column(ForeignKey("letters.id"), index=True)
    last_planned_at: Mapped[datetime | None]
    next_due_at: Mapped[datetime | None]
    wish: Mapped[str | None] = mapped_column(String(16))  # what the reader wants the next letter to be, if not the usual one
    wish_phase_id: Mapped[int | None] = mapped_column(ForeignKey("phases.id"))
    created_at: Mapped[datetime]
    stopped_at: Mapped[datetime | None]
    why: Mapped[str | None] = mapped_column(String(32))  # it stopped, where that was not the reader's word


class History(Table):
    """What happened on an enrolment, as facts: started, moved, given back, finished, stopped. Never as failure."""

    __tablename__ = "enrolment_history"

    id: Mapped[int] = mapped_column(primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolments.id"), index=True)
    at: Mapped[datetime] = mapped_column(index=True)
    what: Mapped[str] = mapped_column(String(32))
    turn: Mapped[int]
    letter_id: Mapped[int | None] = mapped_column(ForeignKey("letters.id"), index=True)


class Message(Table):
    """One e-mail to one person: the ledger row, and the queue. No key holds an instant, so no clock can mint a new one."""

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("enrolment_id", "turn"),
        Index("uq_messages_open", "enrolment_id", unique=True, **where("state IN ('due', 'sending')")),
        Index("uq_messages_day", "subscriber_id", "local_day", unique=True, **where("kind = 'letter' AND state <> 'skipped'")),
        Index("ix_messages_due", "lane", "not_before", "id", **where("state = 'due'")),
        Index("ix_messages_lease", "lease_until", **where("state = 'sending'")),
        Index("ix_messages_subscriber", "subscriber_id", "kind"),
        Index("ix_messages_letter", "letter_id", "settled_at"),
        Index("ix_messages_account", "letter_id", "enrolment_id", "turn", "state", "reason"),
        Index("ix_messages_settled", "settled_at"),
        Index("ix_messages_others", "settled_at", "letter_id", "state", **where("state IN ('unknown', 'refused', 'skipped')")),
        Index("ix_messages_to_look_at", *("state", "left_at", "id", "kind"), **where("state IN ('unknown', 'refused')")),
        one_of("state", message_rules.State),
        one_of("kind", message_rules.Kind),
        CheckConstraint("(kind = 'letter') = (enrolment_id IS NOT NULL)", name="letter_has_enrolment"),
        CheckConstraint("(kind = 'letter') = (once IS NULL)", name="system_mail_has_once"),
        CheckConstraint("(state = 'sending') <= (token IS NOT NULL)", name="sending_has_token"),
        CheckConstraint("(kind IN ('test', 'digest')) = (subscriber_id IS NULL)", name="desk_mail_has_no_reader"),
        NO_REUSE,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(16), unique=True)
    kind: Mapped[str] = mapped_column(String(16))
    lane: Mapped[int]
    state: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(32))
    subscriber_id: Mapped[int | None] = mapped_column(ForeignKey("subscribers.id"))
    once: Mapped[str | None] = mapped_column(String(64), unique=True)
    consent_id: Mapped[int | None] = mapped_column(ForeignKey("consents.id"), index=True)
    enrolment_id: Mapped[int | None] = mapped_column(ForeignKey("enrolments.id"))
    turn: Mapped[int | None]
    letter_id: Mapped[int | None] = mapped_column(ForeignKey("letters.id"))
    letter_before_id: Mapped[int | None] = mapped_column(ForeignKey("letters.id"))
    wish_before: Mapped[str | None] = mapped_column(String(16))
    wish_phase_before_id: Mapped[int | None] = mapped_column(ForeignKey("phases.id"))
    after_pause: Mapped[bool] = mapped_column(default=False)
    fresh_link_id: Mapped[int | None] = mapped_column(ForeignKey("fresh_links.id"), index=True)
    version_id: Mapped[int | None] = mapped_column(ForeignKey("versions.id"), index=True)
    local_day: Mapped[date | None]
    slot: Mapped[datetime | None]
    planned_at: Mapped[datetime]
    not_before: Mapped[datetime]
    not_after: Mapped[datetime]
    open_until: Mapped[datetime | None]
    token: Mapped[str | None] = mapped_column(String(32))
    lease_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    breaks: Mapped[int] = mapped_column(Integer, default=0)
    dated_at: Mapped[datetime | None]
    sent_address: Mapped[str | None] = mapped_column(String(254))
    sent_language: Mapped[str | None] = mapped_column(String(16))
    sent_discreet: Mapped[bool | None]
    sent_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    reply_code: Mapped[int | None]
    reply_text: Mapped[str | None] = mapped_column(String(500))
    bounced_at: Mapped[datetime | None]  # it came back later, for good
    complained_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]  # a person looked at an unknown or refused one and left it so


class Attempt(Table):
    """One try that was not 250 at once: how far it came and what the server said."""

    __tablename__ = "attempts"

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id"), index=True)
    at: Mapped[datetime]
    outcome: Mapped[str] = mapped_column(String(16))
    phase: Mapped[str] = mapped_column(String(16))
    code: Mapped[int | None]
    text: Mapped[str] = mapped_column(String(500))


class Suppression(Table):
    """A keyed hash of an address that must not be written to, with the id of its key (B-13)."""

    __tablename__ = "suppressions"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    key_id: Mapped[str] = mapped_column(String(16), index=True)
    reason: Mapped[str] = mapped_column(String(16))
    source: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]


class FreshLink(Table):
    """A link for one grave act (export, erase, change of address): its hash, until when it works, and whether it was used."""

    __tablename__ = "fresh_links"
    __table_args__ = (one_of("purpose", subscriber_rules.GraveAct), NO_REUSE)

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(String(16), unique=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscribers.id"), index=True)
    purpose: Mapped[str] = mapped_column(String(16))
    address: Mapped[str | None] = mapped_column(String(254))  # the new one, where the act is a change of address
    address_key: Mapped[str | None] = mapped_column(String(254))
    address_hash: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]


class Erasure(Table):
    """The public id of somebody who was erased, until no backup holds them any more: what a restored backup is cleaned with."""

    __tablename__ = "erasures"

    ref: Mapped[str] = mapped_column(String(16), primary_key=True)
    at: Mapped[datetime]
    gone_by: Mapped[datetime] = mapped_column(index=True)


class CareSum(Table):
    """How often readers said of a letter that it helped, came too soon or was hard to read. Nothing says who."""

    __tablename__ = "care_sums"

    letter_id: Mapped[int] = mapped_column(ForeignKey("letters.id"), primary_key=True)
    answer: Mapped[str] = mapped_column(String(16), primary_key=True)
    count: Mapped[int] = mapped_column(default=0)


class Tally(Table):
    """How many messages ended how, of those whose rows are forgotten (L-6): the account stays whole."""

    __tablename__ = "tallies"

    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    letter_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # 0 for system mail
    state: Mapped[str] = mapped_column(String(16), primary_key=True)
    count: Mapped[int] = mapped_column(default=0)


class Knock(Table):
    """That a confirm letter once went to a forgotten address: a keyed hash, kept as long as the limits of O-2 look back."""

    __tablename__ = "knocks"

    id: Mapped[int] = mapped_column(primary_key=True)
    address_hash: Mapped[str] = mapped_column(String(64), index=True)
    at: Mapped[datetime] = mapped_column(index=True)


class Beat(Table):
    """When a process was last seen at work, in real and in calendar time."""

    __tablename__ = "beats"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    wall: Mapped[datetime]
    calendar: Mapped[datetime]
