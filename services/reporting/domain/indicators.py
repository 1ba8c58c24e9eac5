"""The guide of indicators: what each figure is, in which unit, from which source, and how it follows from others. PURE.

A *count* comes from the database (``store/activity.py``); a *ratio* is worked out here from counts. Zero and missing
are two things: a count is never missing, a mean or a ratio of nothing is (None).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from services.reporting.domain.indicator import Figures, Indicator, Ratio, Value
from shared.contract.legal_values import legal_value
from shared.contract.letter_kinds import LetterKind

ADULT = legal_value("adult_age", dt.date.max)
DAYS = legal_value("deposit.transmission", dt.date.max)
"""As the law of today has them: what each line counts is by the law of its day."""

DECREE = "Décret n° 2005-860, art. 5"
OWN_LIST = "Liste proposée par la base commune"

ALWAYS_SHOWN = (
    LetterKind.ACKNOWLEDGEMENT,
    LetterKind.PAPER_REQUEST,
    LetterKind.ADMISSION,
    LetterKind.REFUSAL,
)
"""The kinds of letters whose line a table has even where none was issued."""

LETTER_KINDS: dict[str, str] = {kind.value: kind.plural for kind in dict.fromkeys((*ALWAYS_SHOWN, *LetterKind))}
"""The lines of letters in the order of the table, and what they are called."""

CATALOGUE: tuple[Indicator, ...] = (
    Indicator(
        "stock_start",
        "En attente au début de la période",
        "demandes",
        "Demandes arrivées à la caisse avant le premier jour et ni closes ni transmises avant ce jour.",
        f"{OWN_LIST}, D12",
    ),
    Indicator(
        "received",
        "Demandes reçues",
        "demandes",
        "Demandes déposées pour cette caisse, par date de réception par la caisse ; "
        "une demande transférée reste comptée à la caisse qui l'a reçue.",
        f"{DECREE} (demandes déposées) ; D1",
        "V",
    ),
    Indicator(
        "received_first",
        "dont premières demandes",
        "demandes",
        "Demandes reçues de nature « première ».",
        f"{OWN_LIST}, D1",
    ),
    Indicator(
        "received_renewal",
        "dont renouvellements",
        "demandes",
        "Demandes reçues de nature « renouvellement ».",
        f"{OWN_LIST}, D1",
    ),
    Indicator(
        "transferred_in",
        "Arrivées d'une autre caisse",
        "demandes",
        "Transferts vers cette caisse, au jour du transfert.",
        OWN_LIST,
    ),
    Indicator(
        "granted",
        "Admissions",
        "demandes",
        "Demandes admises, au jour de la décision ; une demande est admise dès qu'un de ses membres l'est.",
        f"{DECREE} (admissions) ; D8",
        "V",
    ),
    Indicator(
        "granted_automatically",
        "dont prononcées automatiquement",
        "demandes",
        "Admissions prononcées par traitement automatisé selon la politique de la caisse.",
        OWN_LIST,
    ),
    Indicator(
        "refused",
        "Refus explicites",
        "demandes",
        "Demandes refusées par un agent, au jour de la décision.",
        f"{DECREE} (rejets) ; D9",
        "V",
    ),
    Indicator(
        "refused_by_motive",
        "Refus par motif",
        "demandes",
        "Refus explicites portant ce motif codé ; un refus qui a plusieurs motifs compte une fois sous chacun.",
        f"{OWN_LIST}, D9",
        breakdown="motive",
    ),
    Indicator(
        "lapsed",
        "Refus implicites",
        "demandes",
        "Demandes restées sans réponse au terme du délai, au jour où le refus est né.",
        f"{OWN_LIST}, D7",
    ),
    Indicator(
        "withdrawn",
        "Retraits",
        "demandes",
        "Demandes retirées avant décision ; une demande effacée sans décision en fait partie.",
        OWN_LIST,
    ),
    Indicator(
        "transferred_out",
        "Transmises à une autre caisse",
        "demandes",
        "Transferts depuis cette caisse, au jour du transfert.",
        OWN_LIST,
    ),
    Indicator(
        "stock_end",
        "En attente à la fin de la période",
        "demandes",
        "Stock de début + reçues + arrivées − admissions − refus − refus implicites − retraits − transmises.",
        f"{OWN_LIST}, D12",
    ),
    Indicator(
        "decisions",
        "Décisions",
        "demandes",
        "Admissions + refus explicites + refus implicites.",
        f"{OWN_LIST}, D7",
    ),
    Indicator(
        "persons_concerned",
        "Personnes concernées",
        "personnes",
        "Membres, adultes et mineurs, des demandes reçues.",
        f"{OWN_LIST}, D2",
    ),
    Indicator(
        "adults_concerned",
        "dont adultes",
        "personnes",
        f"Membres de {ADULT} ans ou plus au jour du dépôt.",
        f"{OWN_LIST}, D2",
    ),
    Indicator(
        "minors_concerned",
        "dont mineurs",
        "personnes",
        f"Membres de moins de {ADULT} ans au jour du dépôt.",
        f"{OWN_LIST}, D2",
    ),
    Indicator(
        "persons_granted",
        "Personnes admises",
        "personnes",
        "Membres dont le droit est ouvert par les admissions.",
        f"{OWN_LIST}, D8",
    ),
    Indicator(
        "persons_refused",
        "Personnes refusées",
        "personnes",
        "Membres des demandes décidées dont le droit n'est pas ouvert, silence de la caisse compris.",
        f"{OWN_LIST}, D9",
    ),
    Indicator(
        "incomplete",
        "Incomplètes à la réception",
        "demandes",
        "Demandes reçues pour lesquelles des pièces ont été demandées avant que le dossier soit complet.",
        f"{OWN_LIST}, D3",
    ),
    Indicator(
        "transmitted",
        "Transmises par un tiers",
        "demandes",
        "Demandes reçues par un autre canal que l'accueil de la caisse ou la poste.",
        f"{OWN_LIST}, D4",
    ),
    Indicator(
        "transmitted_late",
        f"dont transmises en plus de {DAYS} jours",
        "demandes",
        f"Plus de {DAYS} jours entre le dépôt chez le tiers et la réception par la caisse, où la loi fixe ce délai.",
        f"{OWN_LIST}, D5",
    ),
    Indicator(
        "priority",
        "Dossiers prioritaires",
        "demandes",
        "Demandes reçues avec un certificat de priorité.",
        f"{OWN_LIST}, D6",
    ),
    Indicator(
        "mean_instruction_days",
        "Délai moyen d'instruction",
        "jours",
        "Moyenne, sur les demandes notifiées dans la période (admission ou refus explicite), des jours entre le "
        "dossier "
        "complet et l'envoi postal de la notification.",
        "Indicateur officiel « délai moyen d'instruction »",
        "V",
        additive=False,
    ),
    Indicator(
        "notified",
        "Décisions notifiées, base du délai",
        "demandes",
        "Demandes dont le dossier fut complet et dont la notification est partie dans la période.",
        OWN_LIST,
    ),
    Indicator(
        "mean_decision_days",
        "Délai moyen du dépôt à la décision",
        "jours",
        "Moyenne, sur les admissions et refus explicites de la période, des jours entre le dépôt et la décision.",
        OWN_LIST,
        additive=False,
    ),
    Indicator(
        "letters_issued",
        "Courriers émis",
        "courriers",
        "Courriers dont le contenu a été arrêté dans la période, par nature.",
        OWN_LIST,
        breakdown="letter",
    ),
    Indicator(
        "letters_posted",
        "Courriers postés",
        "courriers",
        "Courriers remis à la poste dans la période.",
        OWN_LIST,
    ),
    Indicator("letters_cancelled", "Courriers annulés", "courriers", "Courriers annulés dans la période.", OWN_LIST),
    Indicator(
        "signals_raised",
        "Signalements de doublon",
        "signalements",
        "Paires de personnes signalées dans la période ; une paire entre deux caisses compte dans chacune et une fois "
        "en tout.",
        f"{OWN_LIST}, D15",
        additive=False,
    ),
    Indicator(
        "signals_examined",
        "Signalements examinés",
        "signalements",
        "Paires jugées par une personne dans la période.",
        f"{OWN_LIST}, D15",
        additive=False,
    ),
    Indicator(
        "signals_confirmed",
        "dont confirmés",
        "signalements",
        "Jugées « même personne ».",
        f"{OWN_LIST}, D15",
        additive=False,
    ),
    Indicator(
        "signals_rejected",
        "dont écartés",
        "signalements",
        "Jugées « personnes différentes ».",
        f"{OWN_LIST}, D15",
        additive=False,
    ),
    Indicator(
        "signals_undecided",
        "dont indécis",
        "signalements",
        "Examinées sans pouvoir conclure.",
        f"{OWN_LIST}, D15",
        additive=False,
    ),
    Indicator(
        "signals_open",
        "Signalements à examiner en fin de période",
        "signalements",
        "Paires signalées, ni jugées ni abandonnées au dernier jour.",
        OWN_LIST,
        additive=False,
    ),
    Indicator(
        "refusal_rate",
        "Taux de refus",
        "%",
        "Refus explicites ÷ décisions.",
        OWN_LIST,
        additive=False,
        ratio=Ratio(("refused",), ("granted", "refused", "lapsed")),
    ),
    Indicator(
        "admission_rate",
        "Taux d'admission",
        "%",
        "Admissions ÷ décisions.",
        OWN_LIST,
        additive=False,
        ratio=Ratio(("granted",), ("granted", "refused", "lapsed")),
    ),
    Indicator(
        "implicit_refusal_rate",
        "Taux de refus implicite",
        "%",
        "Refus implicites ÷ décisions.",
        OWN_LIST,
        additive=False,
        ratio=Ratio(("lapsed",), ("granted", "refused", "lapsed")),
    ),
    Indicator(
        "incompleteness_rate",
        "Taux d'incomplétude",
        "%",
        "Incomplètes à la réception ÷ reçues.",
        OWN_LIST,
        additive=False,
        ratio=Ratio(("incomplete",), ("received",)),
    ),
    Indicator(
        "signal_precision",
        "Précision des signalements",
        "%",
        "Confirmés ÷ examinés.",
        OWN_LIST,
        additive=False,
        ratio=Ratio(("signals_confirmed",), ("signals_examined",)),
    ),
)

BY_CODE = {indicator.code: indicator for indicator in CATALOGUE}

MEANS = frozenset({"mean_instruction_days", "mean_decision_days"})
SUMS: dict[str, Callable[[Figures], Value]] = {
    "decisions": lambda figures: sum(int(figures[code] or 0) for code in ("granted", "refused", "lapsed")),
}
COUNTED = tuple(
    one.code for one in CATALOGUE if not one.breakdown and one.ratio is None and one.code not in MEANS | SUMS.keys()
)
"""The codes whose value is a count of the database: zero when nothing happened."""

STOCK_IDENTITY = (
    ("stock_start", 1),
    ("received", 1),
    ("transferred_in", 1),
    ("granted", -1),
    ("refused", -1),
    ("lapsed", -1),
    ("withdrawn", -1),
    ("transferred_out", -1),
    ("stock_end", -1),
)
"""With these signs the figures of any caisse, and of all, add up to zero."""


def imbalance(figures: Figures) -> int:
    """How far the figures are from the identity of the stock: 0."""
    return sum(sign * int(figures[code] or 0) for code, sign in STOCK_IDENTITY)
