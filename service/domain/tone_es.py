"""Words that Spanish letters do not use, each with its reason; refuses to say what they should say instead."""

from typing import Final

FORBIDDEN: Final = {
    # orders
    r"deb(?:es|ías|erías|erás|iste|emos)|(?:uno|una|se) debe": "an order; offer: puedes, quizá quieras",
    r"(?:tienes|tendrás|tendrías) que|has de|hay que": "an order",
    r"asegúrate|no olvides|procura|oblígate": "an order",
    r"no te rindas|sé (?:fuerte|valiente)|ten valor|ánimo|puedes con todo": "a pep talk: whoever is tired hears a reproach",
    r"a estas alturas|ya va siendo hora": "a measure that somebody falls short of",
    # what makes small
    r"simplemente|sencillamente|obviamente|por supuesto|nada más que|solo tienes": "makes light of what is hard",
    r"super(?:a|ar|as|arl[oa]|ad[oa]|ada|arás|ación|aste)": "nobody has to be done with anything",
    r"pas(?:ar?|es?|as) (?:de )?página|segu?ir adelante|sigue adelante|dejar(?:lo|la)? atrás": "nobody has to be done with it",
    r"cerr(?:ar|ado) (?:el|un|este|ese) ciclo|cierre": "nobody has to be done with it",
    r"cerrar (?:la|una|esa|esta) (?:etapa|puerta|herida)": "nobody has to be done with it",
    r"todo (?:pasa|ocurre|sucede) por (?:algo|una razón|un motivo)": "a meaning that is not ours to give",
    r"el tiempo (?:todo )?(?:lo )?cura": "a promise, and not true for all",
    r"(?:al|por lo) menos (?:tú|tienes|no)": "weighs one pain against another",
    # blame
    r"por qué (?:no )?te (?:quedaste|fuiste|marchaste)|por qué (?:aguantaste|lo permitiste)": "asks for an answer to it",
    r"qué (?:hay|tienes) de malo|qué te pasa": "ask what happened",
    r"tu (?:propia )?parte (?:de culpa|en esto|en ello)|cosa de dos|dos no (?:se )?pelean": "shares out what was done to them",
    r"nadie tiene la culpa|no es culpa de nadie": "what was done is theirs who did it",
    r"víctimas?": "a label; say what happened",
    r"fracas\w+|fallaste|has fallado": "no reader fails here",
    r"te (?:has perdido|perdiste|saltaste|has saltado)|(?<!nunca )llegas tarde": "nobody is late",
    # diagnoses
    r"tóxic\w+|narcis\w+|psicópatas?|sociópatas?|codependen\w+": "a diagnosis from afar",
    r"traumatiz\w+|(?:vínculo|lazo|apego)s? traumáticos?|dañad[oa]s?|(?:persona|gente|corazón) rot[oa]": "a label",
    # what we cannot know or hold
    r"confía en nosotr\w+|créenos|sabemos (?:cómo|lo que) (?:te )?sientes|te (?:entendemos|comprendemos)": "we do not",
    r"(?:ya|ahora) estás a salvo": "we do not know",
    r"te (?:lo )?(?:prometo|prometemos|garantizamos)|garant\w+": "nobody can promise it",
    r"(?:vas a|podrás) (?:sanar|recuperarte|curarte|estar bien|sentirte mejor)|sanarás|te recuperarás": "nobody can promise it",
    r"todo (?:irá|saldrá|va a (?:ir|salir)|estará|va a estar) bien|todo (?:mejora|pasa|pasará)": "nobody can promise it",
    # battles, races, prizes
    r"luch\w+|pelea\w*|batallas?|guerrer\w+|armas?|conquist\w+|derrot\w+|enemig\w+|venc(?:er|es?)": "this is no war",
    r"super?vivientes?|sobrevivientes?": "this is no war",
    r"rachas?|insignias?|felicidades|enhorabuena|felicitaciones|(?:muy )?bien hecho": "nothing is counted",
    r"lamentamos que|te echa(?:mos|remos) de menos|vuelve pronto|no te vayas|última oportunidad|date prisa": "no pull",
    # advice that can put somebody in danger
    r"déjal[oa]s?|abandona(?:l[oa]s?|r\w*)|vete|márchate|lárgate|sal de ahí": "leaving holds most danger; an advocate plans it",
    r"confront\w*|enfr[eé]nt\w+|encar(?:a|ar)\w*": "can put somebody in danger",
    r"perd[oó]n\w*": "is owed to nobody",
    r"(?:habla|contacta|queda) con (?:él|ella|tu pareja|tu ex)|(?:escríbe|lláma)le": "contact is theirs to decide",
    r"terapia de pareja": "can put somebody in danger",
    # who readers are, and who the other person is
    r"él|ella|ellos|ellas|tu ex": "any gender may be meant: esa persona, quien te hizo daño",
    r"novi[oa]s?|marido|espos[oa]s?|mujer(?:es)?|hombres?|chic[oa]s?|señor(?:a|es|as)?|amig[oa]s?": "any gender may be meant",
    r"dios|rez(?:a|ar|as|o)|bendi\w+|milagros?": "with or without faith",
    r"loc[oa]s?|locuras?|histéric\w+|dementes?": "a hard word for a mind in pain",
    r"ups|uy|clic|cliquea\w*|pincha\w*": "not how we speak",
    # both sides of the sea
    r"vosotr[oa]s|vuestr[oa]s?|os|podéis|tenéis|queréis|estáis|sois": "said in Spain only",
    r"usted(?:es)?|vos|sos|tenés|podés|querés": "letters say tú",
    r"coge\w*|coja\w*|cogi\w+": "coarse on one side of the sea: toma, agarra",
    r"ordenador(?:es)?|computador[ae]s?|móvil(?:es)?|celular(?:es)?|coches?|carros?|vale": "said on one side of the sea only",
}
"""What Spanish letters do not say, as expressions of whole words, with the reason; the English ones are in `tone.py`."""

_TO_BE: Final = "estás|estabas|estuviste|eres|eras|te sientes|te sentías|sentirte|siéntete|te ves|te encuentras|te quedas"
_HOW_MUCH: Final = "muy|tan|más|menos|ya|bien|un poco|algo|bastante|demasiado"
_LIKE_THIS: Final = r"\w+[aeiou][dt]|\w+os|sol|segur|tranquil|list|content|llen|enferm|dign|buen"
GENDERED: Final = {
    rf"(?:{_TO_BE}) (?:(?:{_HOW_MUCH}) )*(?!demasiado)(?:{_LIKE_THIS})[oa]": "one gender of reader: te sientes en calma",
    r"(?:tú|ti|contigo) mism[oa]|bienvenid[oa]s?|(?<!has )querid[oa]s?|estimad[oa]s?": "one gender of reader",
    r"\w+[/(]-?[oae]s?\)?|\w+@s?|todes|todxs|amigues|nosotres|elles|otres": "a slash is the last resort, the rest is none",
}
"""What tells the reader's gender, or stumbles over it."""

NOT_AT_FIRST: Final = frozenset(
    (
        *(
            "abuso",
            "abusos",
            "abusar",
            "abusador",
            "abusadora",
            "abusivo",
            "abusiva",
            "acoso",
            "agresión",
            "agresor",
            "agresora",
        ),
        *("maltrato", "maltratar", "maltratador", "maltratadora", "violencia", "violento", "violenta", "víctima", "víctimas"),
        *("superviviente", "supervivientes", "sobreviviente", "sobrevivientes", "tóxico", "tóxica", "ex", "expareja", "pareja"),
        *("relación", "relaciones", "ruptura", "separación", "separarse", "divorcio", "irse", "irte", "marcharte"),
        *("huir", "escapar", "trauma", "traumas", "traumático", "sanar", "sanación", "herida", "heridas", "duelo", "terapia"),
        *("terapeuta", "recuperación", "recuperarte", "seguridad", "peligro", "miedo", "refugio", "policía", "denuncia"),
        *("emergencia", "crisis", "suicidio", "apoyo", "ayuda", "dolor", "culpa", "vergüenza"),
    )
)
"""What tells somebody over the shoulder what this is: not in a discreet subject or preview, nor in a title."""
