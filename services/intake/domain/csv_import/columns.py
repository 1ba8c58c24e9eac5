"""A file of an import: its columns, their French names and the compact forms of their cells. PURE.

One line per member; the lines of one application follow each other and share ``reference``; the first is the
applicant's. *File* columns are read on the first line of a reference and may be repeated or left empty below; *member*
columns are read on every line. One line is one row: no line breaks inside cells. Encodings UTF-8 (with or without
BOM), UTF-16 with BOM, Windows-1252; separators ``;`` ``,`` tab ``|``. Or a workbook, XLSX or ODS (``sheet_cells``).
Dates are ``YYYY-MM-DD`` or ``DD/MM/YYYY``; a birth date may have 00 for an unknown day or month. Yes is ``1 true yes
oui vrai x``. Amounts are euros, ``1234.50`` or ``1 234,50``.

=====================  ======  ========================================================================================
column                 level   meaning, accepted values
=====================  ======  ========================================================================================
reference (*)          both    the sender's own name of the application, up to 64 letters, digits, ``_ . : -``
caisse                 file    code of the caisse, 751; empty: the caisse of the sender's token
kind                   file    first (default), renewal
channel (*)            file    cpam, ccas, department, association, hospital, france_services, health_centre, post
deposit_body (*)       file    code of the body that received the application
deposited_on (*)       file    the day that body received it
received_on            file    the day the caisse received it; empty: deposited_on
route                  file    ordinary (default), humanitarian (sent on to the State's services), custody
first_body_on          file    the day a first body (CCAS, hospital) took the application, before it was sent on
first_body_by          file    who says so: declared (default), stamp (its deposit_receipt is among the papers)
first_body_channel     file    what kind of body it was, like channel; empty: that of channel, but for cpam and post
filed_by               file    applicant (default), household_adult, representative, third_party
representation         file    of a representative: spouse, partner, pacs_partner, ascendant, descendant, sibling,
                               hospital_director, curator, guardian, other
reduced_mobility       file    yes: the applicant cannot come
treated_there          file    yes or no: the hospital treats the applicant or someone of the household
body_agreed            file    yes or no: the association or health centre fulfils the conditions of its approval
language               file    two letters, language spoken; empty: fr
relation (*)           member  applicant, spouse, child, ascendant, collateral, third_person
family_name (*)        member  as written on the paper
given_names            member  as written on the paper
usage_name             member  as written on the paper
sex                    member  F, M, or empty
birth_date             member  YYYY-MM-DD, 1984-05-00, 1984-00-00, 1984
birth_place            member  town as written
birth_country          member  two letters (ISO 3166), DZ
nationality            member  two letters (ISO 3166)
social_number          member  13 or 15 characters, spaces allowed
in_education           member  yes or no
in_regular_stay        member  yes or no
living_together_since  member  of a third person: first day of life together
in_charge              member  of a third person: in charge effectively, totally and for good, yes or no
infirm                 member  yes or no: cannot work because of an infirmity
shared_custody         member  yes or no: a child who lives with each parent in turn
father_name            member  as written on the paper
mother_name            member  as written on the paper
entered_on             member  day of entry in France
stay_title             member  none (default), visa, visa_exempt, permit, receipt, procedure_pending, asylum_pending,
                               eu_national
title_from             member  first day of the visa or title
title_until            member  last day of the visa or title
irregular_since        member  first day of irregular stay
left_france            member  yes or no
insured_before         member  yes or no: insured by the general scheme under the title that ended
removal_on             member  day a removal measure became final
right_of_residence     member  of a European citizen: yes or no
absent_days            member  days out of France in the last twelve months
absences               member  times out of France, ``2007-07-01/2007-08-15`` or, not back yet, ``2007-12-20/``, joined
                               by ``;``
papers                 member  ``kind:use:dated:number!photo!illegible!posted=2007-09-03`` joined by ``;`` or ``|``;
                               use (identity, residence, means, other), date and number may be left out:
                               ``passport:identity:2007-05-01!photo;lease:residence:2007-09-01;means_statement``
care                   member  days of care before the deposit, ``2007-12-20`` or a stay ``2007-12-20/2007-12-28``,
                               joined by ``;``
earlier_application    member  reference or id of an earlier application; a reference is looked for at the same caisse,
                               and kept as it is told where earlier_caisse names another one
address_line           file    number and street
postcode               file    five digits
city                   file
lodging                file    own (default), hosted_free, shelter, hotel, homeless
domiciled              file    yes: the address is that of a domiciliation body
lodging_body           file    name of the shelter or of the domiciliation body
host_name              file    name of the person who lodges the household
telephone              file
protected_location     file    yes: the place may be told to nobody (violence, trafficking)
means_estimate_eur     file    estimate of the means of the last twelve months
incomes                file    ``source:month:euros`` joined by ``;``: ``work:2007-11:420;family_help:2007-12:80,50``;
                               sources work, family_help, association_help, abroad, benefit, savings, other
free_lodging_months    file    0 to 12
situation_changed      file    yes or no
recent_reason          file    code of the reason to prefer the last three months
earlier_caisse         file    caisse of an earlier right or refusal
earlier_granted        file    yes (default) or no
earlier_deposited_on   file    day that right was asked for
earlier_granted_on     file    day it was granted
earlier_starts_on      file    first day of that right
earlier_ends_on        file    last day of that right
=====================  ======  ========================================================================================

(*) required columns. The others may be missing. An unknown column is refused: a mistyped name must not lose facts;
the sender says once what it stands for (``column_names``).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal


@dataclass(frozen=True)
class Column:
    """One column: its name, the French names also accepted, where it is read and an example for the template."""

    name: str
    french: tuple[str, ...]
    level: Literal["file", "member", "both"]
    example: str = ""
    required: bool = False


COLUMNS: tuple[Column, ...] = (
    Column("reference", ("référence", "dossier"), "both", "2008-0001", required=True),
    Column("caisse", ("code_caisse",), "file", "751"),
    Column("kind", ("nature", "type_demande"), "file", "first"),
    Column("channel", ("canal",), "file", "ccas", required=True),
    Column("deposit_body", ("organisme_depot", "organisme"), "file", "ccas-751", required=True),
    Column("deposited_on", ("date_depot", "deposee_le"), "file", "2008-01-14", required=True),
    Column("received_on", ("date_reception", "recue_le"), "file", "2008-01-17"),
    Column("first_body_on", ("date_premier_depot", "premier_depot_le"), "file"),
    Column("first_body_by", ("source_premier_depot",), "file"),
    Column("first_body_channel", ("canal_premier_depot",), "file"),
    Column("route", ("voie",), "file", "ordinary"),
    Column("filed_by", ("deposant", "deposee_par"), "file", "applicant"),
    Column("representation", ("qualite_representant",), "file"),
    Column("reduced_mobility", ("mobilite_reduite",), "file", "no"),
    Column("treated_there", ("soigne_sur_place",), "file"),
    Column("body_agreed", ("organisme_agree",), "file"),
    Column("language", ("langue",), "file", "fr"),
    Column("relation", ("lien", "qualite"), "member", "applicant", required=True),
    Column("family_name", ("nom", "nom_naissance"), "member", "EXEMPLE", required=True),
    Column("given_names", ("prenoms", "prenom"), "member", "Camille"),
    Column("usage_name", ("nom_usage",), "member"),
    Column("sex", ("sexe",), "member", "F"),
    Column("birth_date", ("date_naissance", "nee_le"), "member", "1984-05-00"),
    Column("birth_place", ("lieu_naissance",), "member", "Oran"),
    Column("birth_country", ("pays_naissance",), "member", "DZ"),
    Column("nationality", ("nationalite",), "member", "DZ"),
    Column("social_number", ("numero_securite_sociale", "nir"), "member"),
    Column("in_education", ("scolarise", "etudes"), "member", "no"),
    Column("in_regular_stay", ("sejour_regulier",), "member", "no"),
    Column("living_together_since", ("vie_commune_depuis",), "member"),
    Column("in_charge", ("a_charge",), "member"),
    Column("infirm", ("infirme", "infirmite"), "member"),
    Column("shared_custody", ("garde_alternee",), "member"),
    Column("father_name", ("nom_pere", "pere"), "member"),
    Column("mother_name", ("nom_mere", "mere"), "member"),
    Column("entered_on", ("date_entree", "entree_le"), "member", "2007-03-02"),
    Column("stay_title", ("titre_sejour",), "member", "none"),
    Column("title_from", ("debut_titre",), "member"),
    Column("title_until", ("fin_titre", "titre_jusqu_au"), "member", "2007-06-01"),
    Column("irregular_since", ("irregulier_depuis",), "member", "2007-06-02"),
    Column("left_france", ("a_quitte_la_france",), "member", "no"),
    Column("insured_before", ("assure_avant",), "member"),
    Column("removal_on", ("eloignement_definitif",), "member"),
    Column("right_of_residence", ("droit_au_sejour",), "member"),
    Column("absent_days", ("jours_absence",), "member"),
    Column("absences", ("absences_datees", "sejours_hors_de_france"), "member"),
    Column(
        "papers", ("pieces",), "member", "passport:identity:2006-05-01!photo|lease:residence:2007-09-01|means_statement"
    ),
    Column("care", ("soins",), "member", "2007-12-20"),
    Column("earlier_application", ("demande_anterieure",), "member"),
    Column("address_line", ("adresse",), "file", "12 rue des Lilas"),
    Column("postcode", ("code_postal",), "file", "75018"),
    Column("city", ("ville", "commune"), "file", "PARIS"),
    Column("lodging", ("hebergement", "logement"), "file", "own"),
    Column("domiciled", ("domicilie",), "file", "no"),
    Column("lodging_body", ("organisme_hebergement", "organisme_domiciliation"), "file"),
    Column("host_name", ("hebergeant",), "file"),
    Column("telephone", ("tel",), "file", "0140000000"),
    Column("protected_location", ("lieu_protege", "adresse_protegee"), "file"),
    Column("means_estimate_eur", ("ressources_estimees",), "file", "3600"),
    Column("incomes", ("ressources",), "file"),
    Column("free_lodging_months", ("mois_hebergement_gratuit",), "file", "0"),
    Column("situation_changed", ("situation_changee",), "file", "no"),
    Column("recent_reason", ("motif_trois_mois",), "file"),
    Column("earlier_caisse", ("caisse_anterieure",), "file"),
    Column("earlier_granted", ("droit_anterieur_accorde",), "file"),
    Column("earlier_deposited_on", ("droit_anterieur_depose",), "file"),
    Column("earlier_granted_on", ("droit_anterieur_accorde_le",), "file"),
    Column("earlier_starts_on", ("droit_anterieur_debut",), "file"),
    Column("earlier_ends_on", ("droit_anterieur_fin",), "file"),
)
REQUIRED = tuple(column.name for column in COLUMNS if column.required)
DATES = frozenset(
    {
        "deposited_on",
        "received_on",
        "first_body_on",
        "birth_date",
        "living_together_since",
        "entered_on",
        "title_from",
        "title_until",
        "irregular_since",
        "removal_on",
        "care",
        "earlier_deposited_on",
        "earlier_granted_on",
        "earlier_starts_on",
        "earlier_ends_on",
    }
)
"""Columns in which a spreadsheet's date is what was meant."""
WRITTEN_NUMBERS = frozenset(
    {"reference", "caisse", "deposit_body", "social_number", "postcode", "telephone", "earlier_application"}
    | {"earlier_caisse", "address_line", "lodging_body"}
)
"""Columns of texts made of figures: a spreadsheet that keeps them as numbers drops the zeros in front."""

# French (and usual) spellings of coded values, after folding; an English code is always accepted as it is.
_CHANNELS = {
    "departement": "department",
    "hopital": "hospital",
    "centre_de_sante": "health_centre",
    "poste": "post",
    "courrier": "post",
    "msap": "france_services",
}
VALUES: dict[str, dict[str, str]] = {
    "kind": {"premiere": "first", "initiale": "first", "renouvellement": "renewal"},
    "channel": _CHANNELS,
    "first_body_channel": _CHANNELS,
    "first_body_by": {"declare": "declared", "tampon": "stamp", "cachet": "stamp"},
    "filed_by": {
        "demandeur": "applicant",
        "adulte_du_foyer": "household_adult",
        "representant": "representative",
        "tiers": "third_party",
    },
    "route": {"droit_commun": "ordinary", "humanitaire": "humanitarian", "garde_a_vue": "custody"},
    "representation": {
        "conjoint": "spouse",
        "concubin": "partner",
        "pacs": "pacs_partner",
        "descendant": "descendant",
        "frere_ou_soeur": "sibling",
        "directeur_hopital": "hospital_director",
        "curateur": "curator",
        "tuteur": "guardian",
        "autre": "other",
    },
    "relation": {
        "demandeur": "applicant",
        "demandeuse": "applicant",
        "conjoint": "spouse",
        "conjointe": "spouse",
        "enfant": "child",
        "collateral": "collateral",
        "tierce_personne": "third_person",
    },
    "sex": {"f": "F", "femme": "F", "feminin": "F", "m": "M", "h": "M", "homme": "M", "masculin": "M"},
    "stay_title": {
        "aucun": "none",
        "dispense_de_visa": "visa_exempt",
        "carte": "permit",
        "titre": "permit",
        "recepisse": "receipt",
        "procedure_en_cours": "procedure_pending",
        "asile_en_cours": "asylum_pending",
        "ue": "eu_national",
    },
    "lodging": {
        "personnel": "own",
        "heberge_gratuitement": "hosted_free",
        "heberge": "hosted_free",
        "foyer": "shelter",
        "chrs": "shelter",
        "hotel": "hotel",
        "sans_abri": "homeless",
    },
}
YES = {"1", "true", "yes", "oui", "vrai", "x", "o", "y"}
NO = {"0", "false", "no", "non", "faux", "n"}


@lru_cache(maxsize=4096)  # the same few codes on every line
def folded(text: str) -> str:
    """Lower case, no accents, runs of anything else as one underscore: how headers and coded values are compared."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")


NAMES: dict[str, str] = {
    folded(spelling): column.name for column in COLUMNS for spelling in (column.name, *column.french)
}


def template() -> str:
    """A CSV of the header and one example row, with ``;`` as spreadsheets in French expect."""
    header = ";".join(column.name for column in COLUMNS)
    return f"{header}\r\n{';'.join(column.example for column in COLUMNS)}\r\n"
