"""A reader's own pages on a real database: what each button changes there, and for whom."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from service.app import build
from service.bootstrap import Service
from service.mail.tokens import Purpose
from service.store.tables import CareSum, Enrolment, Message, Subscriber
from tests.browser.reader_pages import A_LINE, QUIET_WEEKS
from tests.parts.grave import link
from tests.parts.river import confirmed, load
