"""The pages on which a reader changes their address; refuses to tell the old one, and to say who is known here (S-8)."""

from typing import TYPE_CHECKING

from flask import Flask, Response, make_response, render_template, request

from service.actions.addresses import Asked, NewAddress
from service.web import errors, languages
from service.web.grave_door import GraveDoor
from service.web.reader_door import Mine, ReaderDoor
from service.web.reader_room import ReaderRoom, is_from_elsewhere, old_link, stamp
from service.web.sign_up_form import check_address, printable

if TYPE_CHECKING:
    from service.bootstrap import Service


class AddressPages:
    """`/p/<token>/address` in the reader's room, and `/a/<token>` behind the link that goes to the new address."""

    def __init__(self, service: "Service", reader: ReaderDoor, door: GraveDoor) -> None:
        self.service = service
        self.door = door
        self.room = ReaderRoom(service, reader)

    def mount(self, app: Flask) -> None:
        """Give the pages their addresses."""
        self.room.add(app, "<token>/address", "address", self.show, self.ask)
        app.add_url_rule("/a/<token>", "new_address", self.look)
        app.add_url_rule("/a/<token>", "new_address_pressed", self.change, methods=["POST"])

    def show(self, mine: Mine) -> Response:
        """One field for the new address."""
        return self.room.page("address.html", mine, typed="", errors={})

    def ask(self, mine: Mine) -> Response:
        """Send a link to the new address. The same answer for every address."""
        wrong: dict[str, str] = {}
        raw = request.form.get("email", "")
        address = check_address(raw, request.form.get("sure", ""), wrong)
        if wrong:
            return self.room.page("address.html", mine, 422, typed=printable(raw), errors=wrong)
        asked = self.door.ask_address(mine.token, address)
        if asked is Asked.GONE:
            return old_link()
        return self.room.page("address_sent.html", mine, address=printable(raw).strip(), sent=asked is Asked.SENT)

    def look(self, token: str) -> Response:
        """The new address, masked, and one button."""
        new = self.door.look_at_address(token)
        return self._page("new_address.html", token, new) if new else old_link()

    def change(self, token: str) -> Response:
        """The button."""
        if is_from_elsewhere(self.service, token):
            return errors.page(403)
        new = self.door.change_address(token)
        return self._page("address_changed.html", token, new) if new else old_link()

    def _page(self, template: str, token: str, new: NewAddress) -> Response:
        languages.prefer(new.language)
        return make_response(render_template(template, new=new, stamp=stamp(self.service, token)))
