"""What a programme looks like beside its letters' words: order and names, by a hash; refuses to say which side is right."""

import hashlib
import json
from dataclasses import asdict

from sqlalchemy.orm import Session

from service.domain.letters import ProgrammePlan
from service.domain.sequences import Kind
from service.store import plans
from service.store.tables import Sequence


def shape_of(plan: ProgrammePlan) -> str:
    """A hash of the order of a programme and of all its names."""
    told = {
        "names": [plan.title, plan.discreet_title or plan.title, plan.summary],
        "phases": [asdict(phase) for phase in plan.phases],
        "check_ins": plan.check_ins,
        "translations": {
            code: [other.title, other.discreet_title or other.title, other.summary, other.phases]
            for code, other in plan.translations.items()
        },
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


def keep_of_file(session: Session, sequence: Sequence) -> None:
    """Remember, before the desk changes it for the first time, what a programme looked like when its file was loaded."""
    if sequence.kind != Kind.PROGRAMME or sequence.desk_shaped:
        return
    if not sequence.file_shape:
        sequence.file_shape = shape_of(plans.plan_of(session, sequence))
    sequence.desk_shaped = True
