"""A project that looks like this one from outside: its web process does in memory what the whole service will do."""

import shutil
from pathlib import Path

from service.local.stack import PROJECT

_CLI = r"""
import os, sys
with open(os.environ["DATABASE_URL"].removeprefix("sqlite:///"), "a") as file:
    file.write(" ".join(sys.argv[1:]) + "\n")
"""

_TICKING = """
import signal, sys, time
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
if Path(fault_file := "fault").exists() and Path(fault_file).read_text() == sys.argv[1] + " dies":
    sys.exit("no bell to ring")
while True:
    time.sleep(0.1)
"""

# Signs up, confirms, sends and stops like the service; the file `fault` names one thing that it does wrong.
_APP = r"""
import os, re, smtplib, threading, time
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from zoneinfo import ZoneInfo
from flask import Flask, request
from service.local.inbox_page import inbox_blueprint

BASE = os.environ["BASE_URL"]
SPEED = float(os.environ["CLOCK"].rpartition("x")[2])
FAULT = Path("fault").read_text() if Path("fault").exists() else ""
LEFT = set()
LOCK = threading.Lock()
FORM = (
    '<form action="/search"><input type=hidden name=no value=1></form>'
    '<form method="post" action="{}"><input type="hidden" name="seal" value="s&amp;1"></form>'
)

def send(to, kind, key, subject, text, date):
    mail = EmailMessage(policy=SMTP.clone(max_line_length=900))
    mail["From"], mail["To"], mail["Subject"] = "Weekly notes <notes@example.org>", to, subject
    mail["Date"], mail["Message-ID"] = format_datetime(date), f"<{key}@example.org>"
    if kind != "confirm":
        mail["Feedback-ID"] = f"{kind}:main:drip:exampleorg"
        mail["List-Unsubscribe"] = f"<{BASE}/u/{to}>"
        if FAULT != "no one-click":
            mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(text, cte="quoted-printable")
    with LOCK, smtplib.SMTP(os.environ["SMTP_URL"].removeprefix("smtp://")) as client:
        client.send_message(mail, "notes@example.org", [to])

def live(to):
    week = 604800 / SPEED
    # The clocks change on 29 March: with this fault, between the first letter and the second.
    day = datetime(2026, 3, 24 if FAULT == "summer time" else 3, 10, 4, tzinfo=ZoneInfo("Europe/Berlin"))
    send(to, "welcome", "w" + to, "Welcome", "Welcome", day)
    for number in range(1, 8 if FAULT == "one too many" else 7):
        time.sleep(week)
        if to in LEFT and FAULT != "still writing":
            return
        title = number + 1 if FAULT == "wrong order" and number == 2 else number
        key = "1" + to if FAULT == "twice" and number == 2 else f"{number}{to}"
        hours = timedelta(hours=2) if FAULT == "wrong hour" and number == 2 else timedelta(0)
        days = timedelta(weeks=1) if FAULT == "week left out" and number >= 2 else timedelta(0)
        date = day + timedelta(weeks=number - 1) + hours + days
        if FAULT == "summer time" and number >= 2:
            date = date.astimezone(ZoneInfo("UTC")) + timedelta(hours=1)
        send(to, "letter", key, "Your weekly note", f"Good morning.\n\nTitle\nnumber “{title}”\n", date)

def next_due():
    return datetime.fromisoformat(Path("due").read_text()) if Path("due").exists() else None

def create_app():
    app = Flask(__name__)
    app.register_blueprint(inbox_blueprint(Path(os.environ["INBOX_FOLDER"]), next_due=next_due))

    @app.get("/clock")
    def clock():
        return os.environ["CLOCK"]

    @app.get("/healthz")
    def alive():
        return "alive"

    @app.get("/")
    def first():
        return FORM.format("/subscribe")

    @app.post("/subscribe")
    def subscribe():
        wish = request.form
        expected = dict(seal="s&1", programme="six", weekday="1", hour="10", zone="Europe/Berlin", discreet="on", consent="on")
        if {name: wish.get(name) for name in expected} != expected or os.environ.get("RATE_LIMITS") != "off":
            return "no", 422
        link = f"{BASE}/c/{wish['email']}"
        mail = (wish["email"], "confirm", "c" + wish["email"], "Please confirm", f"Yes: {link}\n", datetime.now().astimezone())
        threading.Thread(target=send, args=mail).start()
        return "sent"

    @app.get("/c/<token>")
    def ask(token):
        return FORM.format("")

    @app.post("/c/<token>")
    def confirm(token):
        if request.form.get("seal") != "s&1":
            return "no", 400
        threading.Thread(target=live, args=(token,), daemon=True).start()
        return "thank you"

    @app.post("/u/<token>")
    def stop(token):
        if request.get_data() != b"List-Unsubscribe=One-Click":
            return "no", 400
        LEFT.add(token)
        return "done"

    return app
"""


def build(folder: Path, fault: str = "") -> Path:
    """Makes the project and returns its folder."""
    for room in ("service", "worker"):
        (folder / room).mkdir(parents=True)
        (folder / room / "__init__.py").touch()
    shutil.copytree(PROJECT / "service" / "local", folder / "service" / "local")
    (folder / "service" / "mail").mkdir()
    for module in ("__init__.py", "framed.py"):  # all that the inbox page needs of it
        shutil.copyfile(PROJECT / "service" / "mail" / module, folder / "service" / "mail" / module)
    shutil.copytree(PROJECT / "templates" / "web" / "inbox", folder / "templates" / "web" / "inbox")
    (folder / "service" / "cli.py").write_text(_CLI)
    (folder / "service" / "app.py").write_text(_APP)
    (folder / "worker" / "__main__.py").write_text("from pathlib import Path" + _TICKING)
    programme = folder / "templates" / "programmes" / "six"
    programme.mkdir(parents=True)
    names = [f"letter-{number}" for number in range(1, 7)]
    (programme / "programme.toml").write_text(
        f"[[phases]]\nkey = 'one'\nletters = {names[:2]}\n[[phases]]\nkey = 'two'\nletters = {names[2:]}\n"
    )
    for number, name in enumerate(names, start=1):
        (programme / f"{name}.md").write_text(f'---\nsubject: x\n---\n\n# Title number "{number}"\n\nText\n')
    if fault:
        (folder / "fault").write_text(fault)
    return folder
