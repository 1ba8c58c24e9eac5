"""Codes of countries (ISO 3166, two letters) with their French names, to help who wrote the name in place of the code.

Not a reference of all countries: a code that is not here is no error.
"""

from __future__ import annotations

import unicodedata
from typing import Final

_NAMES: Final = """
AF Afghanistan/AL Albanie/DZ Algérie/DE Allemagne/AO Angola/AR Argentine/AM Arménie/AZ Azerbaïdjan/BD Bangladesh
BY Biélorussie/BY Bélarus/BJ Bénin/BO Bolivie/BA Bosnie/BA Bosnie-Herzégovine/BR Brésil/BG Bulgarie/BF Burkina Faso
BI Burundi/KH Cambodge/CM Cameroun/CA Canada/CV Cap-Vert/CV Cabo Verde/CF Centrafrique/CF République centrafricaine
CL Chili/CN Chine/CO Colombie/KM Comores/CG Congo/CG Congo-Brazzaville/CD République démocratique du Congo/CD RDC
CD Congo-Kinshasa/KR Corée du Sud/CI Côte d'Ivoire/HR Croatie/CU Cuba/DJ Djibouti/DM Dominique/EG Égypte
SV Salvador/AE Émirats arabes unis/EC Équateur/ER Érythrée/ES Espagne/ET Éthiopie/US États-Unis/GA Gabon/GM Gambie
GE Géorgie/GH Ghana/GR Grèce/GT Guatemala/GN Guinée/GN Guinée-Conakry/GW Guinée-Bissau/GQ Guinée équatoriale/GY Guyana
HT Haïti/HN Honduras/HU Hongrie/MU Maurice/MU Île Maurice/IN Inde/ID Indonésie/IQ Irak/IQ Iraq/IR Iran/IL Israël
IT Italie/JM Jamaïque/JO Jordanie/KZ Kazakhstan/KE Kenya/KG Kirghizistan/XK Kosovo/KW Koweït/LA Laos/LB Liban/LR Libéria
LY Libye/MK Macédoine/MK Macédoine du Nord/MG Madagascar/MY Malaisie/ML Mali/MA Maroc/MR Mauritanie/MX Mexique
MD Moldavie/MN Mongolie/ME Monténégro/MZ Mozambique/MM Birmanie/MM Myanmar/NP Népal/NE Niger/NG Nigéria/NG Nigeria
UG Ouganda/UZ Ouzbékistan/PK Pakistan/PS Palestine/PY Paraguay/PE Pérou/PH Philippines/PL Pologne/PT Portugal
DO République dominicaine/RO Roumanie/GB Royaume-Uni/RU Russie/RW Rwanda/LC Sainte-Lucie/ST Sao Tomé-et-Principe
SN Sénégal/RS Serbie/SL Sierra Leone/SK Slovaquie/SO Somalie/SD Soudan/SS Soudan du Sud/LK Sri Lanka/SR Suriname
SY Syrie/TJ Tadjikistan/TZ Tanzanie/TD Tchad/CZ Tchéquie/TH Thaïlande/TG Togo/TN Tunisie/TM Turkménistan/TR Turquie
UA Ukraine/UY Uruguay/VE Venezuela/VN Vietnam/VN Viêt Nam/YE Yémen/ZM Zambie/ZW Zimbabwe/FR France/ZA Afrique du Sud
"""


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(character for character in plain if character.isalnum())


_CODES: Final = {
    _folded(name): code
    for line in _NAMES.split("\n")
    for code, _, name in (one.partition(" ") for one in line.split("/"))
}


def country_code(text: str) -> str | None:
    """The code that somebody meant who wrote a French name, or two small letters; None when it cannot be said."""
    if len(text) == 2 and text.isascii() and text.isalpha():
        return text.upper()
    return _CODES.get(_folded(text)) or None
