"""What a paper is usually handed in for, when the person who hands it in does not say."""

from collections.abc import Mapping

from shared.contract.facts import PaperKind, PaperUse

_IDENTITY = (
    PaperKind.PASSPORT,
    PaperKind.NATIONAL_ID_CARD,
    PaperKind.BIRTH_CERTIFICATE_TRANSLATION,
    PaperKind.BIRTH_CERTIFICATE_EXTRACT,
    PaperKind.FAMILY_BOOK_TRANSLATION,
    PaperKind.FAMILY_BOOK_COPY,
    PaperKind.FORMER_RESIDENCE_PERMIT,
    PaperKind.DRIVING_LICENCE,
    PaperKind.STUDENT_CARD,
    PaperKind.OTHER_IDENTITY,
    PaperKind.IDENTITY_VOUCHED,
)
# A statement proves no residence by itself, whoever signs it: `never` in services/decision/rules/papers.yaml.
_OTHER = (
    PaperKind.THIRD_PERSON_STATEMENT,
    PaperKind.PRIORITY_CERTIFICATE,
    PaperKind.STAMP_DUTY_RECEIPT,
    PaperKind.PHOTO,
    PaperKind.HOST_STATEMENT,
    PaperKind.SWORN_STATEMENT,
    PaperKind.DEPOSIT_RECEIPT,
    PaperKind.RIGHT_ATTESTATION,
)
_USES: Mapping[PaperKind, PaperUse] = {
    **dict.fromkeys(_IDENTITY, PaperUse.IDENTITY),
    PaperKind.MEANS_STATEMENT: PaperUse.MEANS,
    **dict.fromkeys(_OTHER, PaperUse.OTHER),
}


def usual_use(kind: PaperKind) -> PaperUse:
    """What a paper of this kind usually proves: residence, unless listed otherwise. A passport proves the identity
    unless it is said to prove the entry."""
    return _USES.get(kind, PaperUse.RESIDENCE)
