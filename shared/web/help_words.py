"""The words that pages use, explained to whoever is new: data for the help page, in the order of the alphabet."""

from __future__ import annotations

from typing import Final

WORDS: Final = (
    ("À apprécier", "La règle ne peut pas conclure : une personne regarde et dit pourquoi."),
    ("À prouver", "La condition peut être remplie, mais rien ne le montre encore au dossier."),
    ("Accusé de réception", "Le courrier qui dit le jour de la demande et le jour où le silence vaudrait refus."),
    ("Base commune", "Les demandes de toutes les caisses : qui a déjà demandé, où, et ce qu'il en est advenu."),
    ("Constat", "Un fait qu'un agent a vu lui-même, avec la pièce qui le prouve."),
    ("Consultation", "Toute lecture d'un dossier. Elle est notée avec son motif, et un auditeur peut la relire."),
    ("Doublon", "Deux dossiers qui pourraient être de la même personne. Jamais un motif de refus."),
    ("Échéance", "Le dernier jour d'un délai : après lui, la loi fait naître un effet, parfois un refus."),
    ("Refus implicite", "Ce que vaut le silence de la caisse à la fin du délai."),
    ("Règle", "Une valeur ou une liste de la loi, avec ses dates. Elle propose ; une personne décide."),
    ("Rapprochement", "Deux dossiers qu'une personne a jugés de la même personne. Il peut être défait."),
    ("Second regard", "Une autre personne relit la décision avant qu'elle parte."),
    ("Signalement", "La base commune a vu une ressemblance ; une personne doit la lire."),
    ("Silence", "Le temps pendant lequel la caisse n'a pas répondu."),
)
