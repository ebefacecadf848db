"""Takes a list of people in, some rows at a time; refuses to bring anybody back, and to keep whose a row was (B-13).

`read` understands files, `forecast` says what would follow, `keep` holds a list until somebody says yes, `begin` starts it and
`step` does the next rows. Each step is one transaction, so it can be broken off anywhere and goes on where it was.
"""

import secrets
from collections import Counter
from collections.abc import Iterable, Mapping
from collections.abc import Sequence as Many
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service.actions import enrolments
from service.actions import subscribers as leaving
from service.domain.consents import CONFIRM_WITHIN, REMEMBER_LETTERS, Reply
from service.domain.imports import reading as understanding
from service.domain.imports import rules
from service.domain.imports.columns import Field, Source
from service.domain.imports.files import File, printable
from service.domain.imports.reading import Reading
from service.domain.imports.rules import CHUNK, Choices, Done, Facts, Known, Row, Stage
from service.domain.subscribers import State
from service.mail.addresses import postable_of_a_list
from service.mail.tokens import Keyring, Purpose, token_sha256
from service.store import consents, sequences, subscribers, suppressions
from service.store import imports as rows
from service.store.desk_tables import Import, ImportRow
from service.store.imports import Progress, Seen
from service.store.tables import Consent, Sequence, Subscriber


def read(
    files: Iterable[File], *, wall: datetime, said: Mapping[str, Field | None] | None = None, day_first: bool | None = None
) -> Reading:
    """Understand a list. Changes nothing. Raises ListError with a sentence for what is none."""
    return understanding.read(files, clean=postable_of_a_list(), wall=wall, said=said, day_first=day_first)


def forecast(session: Session, found: Many[Row], choices: Choices, *, keys: Keyring, wall: datetime) -> dict[Done, list[Row]]:
    """What would follow of each row, as things stand. Changes nothing."""
    ends: dict[Done, list[Row]] = {}
    for place in range(0, len(found), CHUNK):
        chunk = found[place : place + CHUNK]
        looked = _Look.at(session, chunk, keys=keys, wall=wall)
        for row in chunk:
            ends.setdefault(rules.outcome(row, looked.known(row), choices), []).append(row)
    return ends


def keep(
    session: Session,
    reading: Reading,
    *,
    name: str,
    admin_id: int,
    by: str,
    wall: datetime,
    told: Mapping[str, Any] | None = None,
) -> int:
    """Hold a list until somebody says yes, for a day at most. Returns its number. `told` is how it was understood, for them."""
    found = Import(
        name=printable(name)[:120],
        sha256=reading.sha256,
        service=reading.source,
        state=Stage.READ,
        programme="",
        wishes=dict(told or {}),
        counts={},
        next_row=1,
        rows=len(reading.rows),
        admin_id=admin_id,
        by=by,
        at=wall,
    )
    return rows.add(session, found, reading.rows)


def begin(session: Session, import_id: int, choices: Choices, *, organisation: str, wall: datetime) -> int | None:
    """Say yes to a list that was read. Returns the number of the import that does it; None if it cannot begin any more.

    The same file with the same choices is not taken in twice: then the number is that of the import that did, or does it.
    `organisation` stands in the text that somebody agrees to who confirms.
    """
    found = rows.locked(session, import_id)
    if found is None or found.state != Stage.READ or sequences.live_programme(session, choices.programme) is None:
        return None
    found.programme, found.wishes = choices.programme, choices.kept() | {"organisation": organisation}
    earlier = rows.same(session, found)
    if earlier is not None:
        rows.forget(session, found.id)
        return earlier.id
    found.state, found.at = Stage.RUNNING, wall
    return found.id


def stop(session: Session, import_id: int, *, wall: datetime) -> bool:
    """Take no more rows of an import, or throw a list away that waits for a yes. What was taken in stays."""
    found = rows.locked(session, import_id)
    if found is None or found.state not in (Stage.READ, Stage.RUNNING):
        return False
    if found.state == Stage.READ:
        rows.forget(session, import_id)
        return True
    _end(session, found, Stage.STOPPED, wall=wall)
    return True


def _end(session: Session, found: Import, stage: Stage, *, wall: datetime) -> None:
    left = rows.break_off(session, found.id)
    if left:
        found.counts = dict(Counter(found.counts) + Counter({str(Done.BROKEN_OFF): left}))
    found.state, found.done_at = stage, wall


def progress(session: Session, import_id: int) -> Progress | None:
    """How far an import is; None for one that there is not."""
    found = rows.find(session, import_id)
    return rows.progress(found) if found else None


def anything(session: Session, *, wall: datetime) -> bool:
    """Whether there is a row to take in, or a list to throw away."""
    return rows.next_running(session) is not None or rows.any_unanswered(session, before=wall - rules.KEPT_UNANSWERED)


def work(session: Session, *, keys: Keyring, now: datetime, wall: datetime) -> bool:
    """What a clock does: throw away what nobody said yes to, and take in the next rows of the oldest import that runs.

    Returns whether there were any rows to take in.
    """
    rows.forget_unanswered(session, before=wall - rules.KEPT_UNANSWERED)
    running = rows.next_running(session)
    if running is None:
        return False
    step(session, running, keys=keys, now=now, wall=wall)
    return True


def step(session: Session, import_id: int, *, keys: Keyring, now: datetime, wall: datetime, limit: int = CHUNK) -> bool:
    """Take in the next rows of an import. Returns whether there are more. Two clocks at once are harmless."""
    found = rows.locked(session, import_id)
    if found is None:
        still = rows.find(session, import_id)
        return still is not None and still.state == Stage.RUNNING
    if found.state != Stage.RUNNING:
        return False
    sequence = sequences.live_programme(session, found.programme)
    if sequence is None:
        _end(session, found, Stage.STOPPED, wall=wall)
        return False
    kept = rows.rows_from(session, import_id, found.next_row, limit=limit)
    _Taking.of(session, found, sequence, keys=keys, now=now, wall=wall).take(kept)
    if len(kept) < limit:
        _end(session, found, Stage.DONE, wall=wall)
    return len(kept) == limit


@dataclass(frozen=True, slots=True)
class _Look:
    """What is known here of the addresses of some rows."""

    seen: Seen
    hashes: Mapping[str, Many[str]]

    @classmethod
    def at(cls, session: Session, found: Many[Row], *, keys: Keyring, wall: datetime) -> "_Look":
        hashes = {row.key: [value for _, value in keys.address_hashes(row.key)] for row in found if row.address}
        every = [value for values in hashes.values() for value in values]
        return cls(rows.seen(session, hashes.keys(), every, since=wall - REMEMBER_LETTERS), hashes)

    def known(self, row: Row) -> Known:
        address_key, seen = row.key, self.seen
        state = seen.states.get(address_key)
        hashes = self.hashes.get(address_key, ())
        reasons = {seen.suppressed[value] for value in hashes if value in seen.suppressed}
        return Known(
            state=State(state[1]) if state else None,
            suppressed=bool(reasons - {suppressions.LEFT}),
            left_elsewhere=suppressions.LEFT in reasons,
            imported=address_key in seen.imported,
            asked=address_key in seen.asked or not seen.asked.isdisjoint(hashes),
        )


@dataclass(slots=True)
class _Taking:
    """Taking in rows of one import, within one transaction."""

    session: Session
    found: Import
    sequence: Sequence
    choices: Choices
    languages: Many[str]
    ask_at: datetime
    keys: Keyring
    now: datetime
    wall: datetime
    texts: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(
        cls, session: Session, found: Import, sequence: Sequence, *, keys: Keyring, now: datetime, wall: datetime
    ) -> "_Taking":
        choices = Choices.of(found.programme, found.wishes)
        last = rows.last_asked(session)
        ask_at = wall if last is None else max(wall, last + rules.ASK_EVERY)
        languages = [sequence.language, *sequence.translations]
        return cls(session, found, sequence, choices, languages, ask_at, keys, now, wall)

    def take(self, kept: Many[ImportRow]) -> None:
        """Deal with rows, in their order."""
        listed = [rows.read_back(row) for row in kept]
        looked = _Look.at(self.session, listed, keys=self.keys, wall=self.wall)
        ends = [(rules.proven(row, self.choices), rules.outcome(row, looked.known(row), self.choices)) for row in listed]
        done = [end for _, end in ends] if self._done(ends) else [self._done_alone(*pair) for pair in ends]
        for row, end in zip(kept, done, strict=True):
            rows.settle(row, end)
            self.found.next_row = row.number + 1
        self.found.counts = dict(Counter(self.found.counts) + Counter(map(str, done)))

    def _done_alone(self, row: Row, end: Done) -> Done:
        return end if self._done([(row, end)]) else Done.KNOWN

    def _done(self, ends: Many[tuple[Row, Done]]) -> bool:
        """Do all of it. False, with nothing done, where one of them signed up themselves at this very moment."""
        ask_at = self.ask_at
        try:
            with self.session.begin_nested():
                self._do(ends)
        except IntegrityError:
            self.texts.clear()
            self.ask_at = ask_at
            return False
        return True

    def _do(self, ends: Many[tuple[Row, Done]]) -> None:
        by_end: dict[Done, list[Row]] = {}
        for row, end in ends:
            by_end.setdefault(end, []).append(row)
        self._add(by_end.get(Done.ADDED, []))
        self._ask(by_end.get(Done.ASKED, []))
        for row in by_end.get(Done.STOPPED, []):
            self._stop(row)
        self._suppress([row for end in (Done.SUPPRESSED, Done.KEPT_AWAY, Done.STOPPED) for row in by_end.get(end, [])])

    def _add(self, found: Many[Row]) -> None:
        readers = [self._reader(row) for row in found]
        self.session.add_all(readers)
        self.session.flush()
        given = [self._given_elsewhere(*pair) for pair in zip(found, readers, strict=True)]
        self.session.add_all(given)
        self.session.flush()
        newcomers, weekday = list(zip(readers, given, strict=True)), self.choices.wishes.weekday
        enrolments.begin_newcomers(self.session, newcomers, self.sequence, weekday=weekday, now=self.now)

    def _reader(self, row: Row) -> Subscriber:
        facts = row.facts
        return Subscriber(
            ref=secrets.token_hex(8),
            address=row.address,
            address_key=row.key,
            address_hash=self.keys.address_hashes(row.key)[0][1],
            state=State.ACTIVE,
            zone=facts.zone or self.choices.wishes.zone,
            hour=self.choices.wishes.hour,
            language=self._language(facts),
            country=facts.country or None,
            discreet=True,
            created_at=self.wall,
            confirmed_at=facts.confirmed_at,
        )

    def _given_elsewhere(self, row: Row, reader: Subscriber) -> Consent:
        facts = row.facts
        consent = self._consent(row, rules.text_elsewhere(Source(self.found.service), reader.language))
        consent.subscriber_id, consent.outcome = reader.id, Reply.IMPORTED
        consent.submitted_at = facts.consent_at or self.wall
        consent.confirmed_at = facts.confirmed_at or consent.submitted_at
        consent.ip, consent.confirm_ip = facts.ip, facts.confirm_ip or None
        consent.expires_at = consent.submitted_at
        return consent

    def _ask(self, found: Many[Row]) -> None:
        for row in found:
            text = rules.text_to_confirm(str(self.found.wishes["organisation"]), self._language(row.facts))
            consent = self._consent(row, text)
            consent.not_before, consent.expires_at = self.ask_at, self.ask_at + CONFIRM_WITHIN
            self.session.add(consent)
            self.ask_at += rules.ASK_EVERY

    def _consent(self, row: Row, text: str) -> Consent:
        ref, wishes, language = secrets.token_hex(8), self.choices.wishes, self._language(row.facts)
        return Consent(
            ref=ref,
            token_hash=token_sha256(self.keys.link_token(Purpose.CONFIRM, ref)),
            address=row.address,
            address_key=row.key,
            programme=self.found.programme,
            weekday=wishes.weekday,
            hour=wishes.hour,
            zone=row.facts.zone or wishes.zone,
            discreet=True,
            language=language,
            text_id=self._text_id(text, language),
            form_url=f"import {self.found.id}",
            ip="",
            method=rules.method(Source(self.found.service)),
            submitted_at=self.wall,
        )

    def _text_id(self, text: str, language: str) -> int:
        if text not in self.texts:
            self.texts[text] = consents.text_id(self.session, text, language=language, wall=self.wall)
        return self.texts[text]

    def _language(self, facts: Facts) -> str:
        """The reader's language, where the programme speaks it."""
        return facts.language if facts.language in self.languages else self.sequence.language

    def _suppress(self, found: Many[Row]) -> None:
        by_reason: dict[str, list[tuple[str, str]]] = {}
        for row in found:
            if row.why is not None:
                by_reason.setdefault(rules.SUPPRESSED_AS[row.why], []).extend(self.keys.address_hashes(row.key))
        source = f"import:{self.found.id}"
        for reason, hashes in by_reason.items():
            suppressions.add(self.session, hashes, reason=reason, source=source, wall=self.wall)

    def _stop(self, row: Row) -> None:
        reader = subscribers.by_key(self.session, row.key)
        if reader is not None:
            token = self.keys.link_token(Purpose.UNSUBSCRIBE, reader.ref, reader.link_epoch)
            leaving.stop(self.session, token, keys=self.keys, now=self.now, wall=self.wall)
