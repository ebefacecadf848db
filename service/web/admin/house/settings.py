"""What an owner sets at the desk, with its history, and what only the environment says; refuses to show a secret."""

from flask import make_response, request
from werkzeug.wrappers import Response as AnyResponse

from service.actions import settings
from service.actions.settings import SettingError
from service.domain import choices
from service.domain.roles import Right
from service.store import choices as rows
from service.web.admin.desk import Desk


class SettingsPages:
    """`/admin/settings` and `/admin/settings/<name>`."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def mount(self) -> None:
        """Give the pages their addresses."""
        page, owners = self.desk.page, Right.SETTINGS
        page("/settings", "settings", self.show, right=owners)
        page("/settings/<name>", "setting", self.show_one, right=owners)
        page("/settings/<name>", "setting_saved", self.save, right=owners, methods=["POST"], fresh=True)

    def show(self) -> str:
        """Everything that is set, by whom it may be."""
        values = self._values()
        own = [(each, values[each.name]) for each in choices.SETTINGS]
        return self.desk.render("desk/settings.html", own=own, shown=self.desk.service.given.shown)

    def show_one(self, name: str) -> str | AnyResponse:
        """One setting and its history."""
        return self._one(name, "", None)

    def save(self, name: str) -> str | AnyResponse:
        """Set it, or let the environment say it again."""
        value = None if request.form.get("back") else request.form.get("value", "")
        seat = self.desk.seat()
        try:
            with self.desk.write("setting changed", f"setting:{name[:40]}") as session:
                settings.change(session, name, value, by=seat.name, wall=self.desk.service.wall())
        except SettingError as error:
            return self._one(name, str(error), value)
        self.desk.service.choices.forget()
        return self.desk.done("setting", name=name)

    def _one(self, name: str, error: str, typed: str | None) -> str | AnyResponse:
        setting = choices.setting(name)
        if setting is None:
            return self.desk.not_found()
        with self.desk.read() as session:
            history = rows.history(session, name)
        value = self._values()[name] if typed is None else typed
        page = self.desk.render("desk/setting.html", setting=setting, value=value, error=error, history=history)
        return make_response(page, 422 if error else 200)

    def _values(self) -> dict[str, str]:
        """What holds now."""
        service = self.desk.service
        site, limits = service.site, service.limits
        return {
            "site_name": site.name,
            "organisation": site.organisation,
            "postal_address": site.postal_address,
            "exit_url": service.exit_url,
            "sign_ups_an_hour": str(limits.network_hour),
            "sign_ups_a_day": str(limits.network_day),
            "sign_ups_for_a_domain": str(limits.domain_hour),
        }
