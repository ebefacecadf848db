"""A programme in two languages, for tests of what is said in the second one."""

from dataclasses import replace

from service.domain.letters import ProgrammePlan, Translation
from tests.parts.river import letter_source


def in_spanish(plan: ProgrammePlan) -> ProgrammePlan:
    """The same programme with all its letters in Spanish too."""
    phases = {phase.key: {"title": "Parte", "plain": "en olas", "begin": "En olas"} for phase in plan.phases}
    sources = {name: letter_source(name, "Esto es el principio.") for name in plan.sources}
    spanish = Translation(
        title="Después", discreet_title="Notas", summary="Un programa de prueba.", phases=phases, sources=sources
    )
    return replace(plan, translations={"es": spanish})
