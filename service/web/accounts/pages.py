"""Puts signing in and the account pages on an app; refuses to give any other page a session."""

from typing import TYPE_CHECKING

from flask import Flask

from service.web.accounts.account import OwnAccountPages
from service.web.accounts.delays import Delays
from service.web.accounts.door import AccountDoor
from service.web.accounts.frame import Frame, watch
from service.web.accounts.links import LinkPages
from service.web.accounts.seats import ACCOUNT, AccountSeats
from service.web.accounts.second_step import SecondStepPages
from service.web.accounts.security import Keeper
from service.web.accounts.sessions import ROOT, DeskSessions
from service.web.accounts.sign_in import SignInPages
from service.web.limits import Counters

if TYPE_CHECKING:
    from service.bootstrap import Service


def mount(app: Flask, service: "Service") -> AccountSeats:
    """Register the pages; gives the seats that the desk asks who is there."""
    sessions = DeskSessions(service)
    app.session_interface = sessions
    seats, keeper = AccountSeats(app, service), Keeper(app, service)
    delays = Delays(Counters(service.redis_url), service.keys.secrets[-1], on=service.rate_limits)
    frame = Frame(app, service, seats, keeper, AccountDoor(service), delays)
    for pages in (SignInPages, LinkPages, SecondStepPages, OwnAccountPages):
        pages(frame).mount()
    watch(app, sessions.cookie)
    app.jinja_env.globals.update(account_url=ACCOUNT, sign_out_url=f"{ROOT}/sign-out")
    return seats
