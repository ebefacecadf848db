"""The pages of a reader's moves and pauses: what they say before and after, and what they refuse."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from service.actions.moves import NotPossible, Outlook
from service.domain.moves import Move, What
from service.domain.sequences import Role
from tests.web.reader_stand_in import ME, RUNNING, SECOND, StandInReaderDoor
from tests.web.stand_in import FIRST_AT
from tests.web.test_reader_pages import said

TUESDAY = "Your next note comes on Tuesday 8 December."
ON_AS_BEFORE = "After that the notes go on as before."
FROM_THERE = "After that the notes go on from there."

ONE_BUTTON = {
    "longer": f"{TUESDAY} It stays with this part: feelings in waves. It is a different note from before. {ON_AS_BEFORE}",
    "on": f"{TUESDAY} It begins with: asking what happened. {FROM_THERE}",
    "usual": f"{TUESDAY} It is the one that would come without a wish.",
    "back": (f"{TUESDAY} It is a different note, since you have had the first one of this part: it feels unreal. {FROM_THERE}"),
}


@pytest.mark.parametrize(("path", "meaning"), ONE_BUTTON.items())
def test_the_page_and_the_answer_say_what_comes_and_when(client: FlaskClient, path: str, meaning: str) -> None:
    before = client.get(f"/p/{ME}/5/{path}")
    assert meaning in said(before)
    assert "Until you press it, nothing changes." in said(before)
    answer = client.post(f"/p/{ME}/5/{path}", data={"part": "1"})
    assert said(answer).startswith(f"Done. {meaning}")
    assert f'href="/p/{ME}"' in answer.text


def test_a_quieter_note_says_why(client: FlaskClient, reader_door: StandInReaderDoor) -> None:
    reader_door.leads[What.STAY] = Outlook(FIRST_AT, "feelings in waves", Role.CHECK_IN)
    for answer in (client.get(f"/p/{ME}/5/longer"), client.post(f"/p/{ME}/5/longer")):
        assert "It is a quieter note, since you have had all of this part: feelings in waves." in said(answer)
    reader_door.leads[What.PART] = Outlook(FIRST_AT, "it feels unreal", Role.CHECK_IN)
    answer = client.post(f"/p/{ME}/5/part", data={"part": "1"})
    assert "It is a quieter note, since you have had all of this part: it feels unreal." in said(answer)


@pytest.mark.parametrize(
    ("path", "what", "lead", "sentence"),
    [
        ("longer", What.STAY, Outlook(FIRST_AT, "waves", Role.MAIN), "There is no other note for this part."),
        ("longer", What.STAY, Outlook(None), "There is no other note for this part."),
        ("on", What.ON, NotPossible(Move(What.ON)), "There is no part after this one."),
        ("usual", What.USUAL, Outlook(None), "There is nothing to take back here."),
        ("later", What.AGAIN, NotPossible(Move(What.AGAIN)), "No note has come yet, so there is none to send again."),
    ],
)
def test_a_move_that_leads_nowhere_has_no_button_and_does_nothing(
    client: FlaskClient, reader_door: StandInReaderDoor, path: str, what: What, lead: Outlook | NotPossible, sentence: str
) -> None:
    reader_door.leads[what] = lead
    for answer in (client.get(f"/p/{ME}/5/{path}"), client.post(f"/p/{ME}/5/{path}", data={"days": "1"})):
        assert answer.status_code == 200
        assert sentence in said(answer)
        assert "<form" not in answer.text
    assert reader_door.done == []


def test_there_is_nothing_before_the_first_part(client: FlaskClient, reader_door: StandInReaderDoor) -> None:
    reader_door.show(running=(replace(RUNNING, here=1, before=()),))
    for answer in (client.get(f"/p/{ME}/5/back"), client.post(f"/p/{ME}/5/back", data={"part": "1"})):
        assert "There is nothing before this part." in said(answer)
        assert "<form" not in answer.text
    assert reader_door.done == []


def test_with_several_parts_before_one_can_choose(client: FlaskClient, reader_door: StandInReaderDoor) -> None:
    reader_door.show(running=(replace(RUNNING, here=3, on=None, before=(1, 2)),))
    page = client.get(f"/p/{ME}/5/back").text
    assert re.findall(r'type="radio" id="[^"]*" name="part" value="(\d)"( checked)?', page) == [("1", ""), ("2", "")]
    answer = client.post(f"/p/{ME}/5/back", data={"part": "2"})
    assert answer.status_code == 200
    assert reader_door.done == [(5, Move(What.PART, phase_id=2))]


@pytest.mark.parametrize("path", ["back", "part"])
@pytest.mark.parametrize("sent", ["", "9", "x", "-1"])
def test_a_part_that_is_none_is_asked_for_again(
    client: FlaskClient, reader_door: StandInReaderDoor, path: str, sent: str
) -> None:
    reader_door.show(running=(replace(RUNNING, here=3, on=None, before=(1, 2)),))
    answer = client.post(f"/p/{ME}/5/{path}", data={"part": sent})
    assert answer.status_code == 422
    assert "Error: Please choose one of these." in said(answer)
    assert 'href="#part"' in answer.text
    assert reader_door.done == []


def test_going_back_leads_to_earlier_parts_only(client: FlaskClient, reader_door: StandInReaderDoor) -> None:
    client.post(f"/p/{ME}/5/back", data={"part": "3"})
    assert reader_door.done == []


def test_where_the_notes_go_on_is_asked_in_plain_words(client: FlaskClient, reader_door: StandInReaderDoor) -> None:
    asked = said(client.get(f"/p/{ME}/5/part"))
    assert "Where shall the notes go on?" in asked
    for begin in ("At the beginning: it feels unreal", "Feelings come in waves", "I keep asking what happened"):
        assert begin in asked
    reader_door.show(running=(replace(RUNNING, begun=False),))
    assert "Where shall the notes begin?" in said(client.get(f"/p/{ME}/5/part"))


def test_a_programme_of_one_part_has_nothing_to_choose(client: FlaskClient, reader_door: StandInReaderDoor) -> None:
    reader_door.show(running=(RUNNING, SECOND))
    answer = client.get(f"/p/{ME}/6/part")
    assert "These notes have one part only." in said(answer)
    assert "<form" not in answer.text


def test_the_same_note_can_come_again_on_one_of_three_days(client: FlaskClient, reader_door: StandInReaderDoor) -> None:
    answer = client.get(f"/p/{ME}/5/later")
    assert "The same note comes once more, on the day that you choose." in said(answer)
    for day in ("Wednesday 2 December", "Thursday 3 December", "Friday 4 December"):
        assert day in said(answer)
    assert " checked" not in answer.text
    done = said(client.post(f"/p/{ME}/5/later", data={"days": "3"}))
    assert "Your next note comes on Friday 4 December. It is the note that came last, once more." in done
    assert reader_door.done == [(5, Move(What.AGAIN, days=3))]


@pytest.mark.parametrize("sent", ["", "0", "4", "x", "1 "])
def test_only_these_three_days_can_be_chosen(client: FlaskClient, reader_door: StandInReaderDoor, sent: str) -> None:
    answer = client.post(f"/p/{ME}/5/later", data={"days": sent})
    assert answer.status_code == 422
    assert "Please choose one of these." in said(answer)
    assert reader_door.done == []


def test_in_a_pause_without_end_a_note_has_no_date(client: FlaskClient, reader_door: StandInReaderDoor) -> None:
    reader_door.leads[What.AGAIN] = Outlook(None, "feelings in waves", Role.MAIN, same=True)
    reader_door.leads[What.STAY] = Outlook(None, "feelings in waves", Role.ALTERNATE)
    assert "In one day In two days In three days" in said(client.get(f"/p/{ME}/5/later"))
    assert "The next note comes once you end the pause." in said(client.post(f"/p/{ME}/5/longer"))


def test_with_several_programmes_a_move_names_its_own(client: FlaskClient, reader_door: StandInReaderDoor) -> None:
    reader_door.show(running=(RUNNING, SECOND))
    page = said(client.get(f"/p/{ME}/5/longer"))
    assert "After leaving The next of these notes comes on Tuesday 8 December." in page


# Pauses


def test_each_length_of_a_pause_says_what_it_means(client: FlaskClient) -> None:
    answer = client.get(f"/p/{ME}/pause")
    assert "For one week Your next note then comes on Wednesday 9 December." in said(answer)
    assert "For four weeks Your next note then comes on Wednesday 30 December." in said(answer)
    assert "Until I say Nothing comes until you press “Go on” here." in said(answer)
    assert " checked" not in answer.text


def test_a_pause_says_until_when(client: FlaskClient, reader_door: StandInReaderDoor) -> None:
    answer = said(client.post(f"/p/{ME}/pause", data={"weeks": "1"}))
    assert answer.startswith("Paused until Tuesday 8 December. Nothing will come before.")
    assert "Your next note comes on Wednesday 9 December." in answer
    answer = said(client.post(f"/p/{ME}/pause", data={"weeks": "open"}))
    assert answer.startswith("Paused until you say. Nothing will come before.")
    assert reader_door.done == [("pause", 1), ("pause", None)]


@pytest.mark.parametrize("sent", ["", "3", "0", "-1", "None"])
def test_a_pause_needs_a_length(client: FlaskClient, reader_door: StandInReaderDoor, sent: str) -> None:
    answer = client.post(f"/p/{ME}/pause", data={"weeks": sent})
    assert answer.status_code == 422
    assert "Error: Please choose how long." in said(answer)
    assert reader_door.done == []


def test_a_pause_ends_with_one_button(client: FlaskClient, reader_door: StandInReaderDoor) -> None:
    assert "There is no pause at the moment" in said(client.get(f"/p/{ME}/resume"))
    reader_door.show(paused=True, paused_until=FIRST_AT + timedelta(days=20))
    assert "Your next note then comes on Wednesday 2 December." in said(client.get(f"/p/{ME}/resume"))
    assert said(client.post(f"/p/{ME}/resume")).startswith(f"Done. {TUESDAY}")
    assert reader_door.done == ["resume"]


def test_a_pause_can_be_changed_while_it_lasts(client: FlaskClient, reader_door: StandInReaderDoor) -> None:
    reader_door.show(paused=True)
    answer = client.get(f"/p/{ME}/pause")
    assert "Change the pause" in said(answer)
    assert f'href="/p/{ME}/resume"' in answer.text
