"""A seal says what its document prints, and nothing that was changed passes for it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import orjson
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from joserfc import jws
from joserfc.jwk import OctKey

from services.letters.domain.catalogue import KINDS
from services.letters.domain.examples import DAYS, example_letter
from services.letters.domain.seal_check import (
    FRESH_DAYS,
    KeyList,
    Verdict,
    VerificationKey,
    check_seal,
    read_voided,
    signed_by,
)
from services.letters.domain.seals import canonical, claims_of, mark
from services.letters.store.seal_keys import FileSigner, make_key, private_file, public_document, public_keys
from services.letters.store.seals import UNSEALED, sealed, sealed_again
from shared.contract.letter_kinds import LetterKind
from tests.letters.sealing import (
    IN_FORCE,
    SEALED_KINDS,
    forged,
    nothing_voided,
    part,
    sealed_example,
    sealer,
    token_of,
    url_of,
    voided_token,
    with_part,
)

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def verdict(text: str, keys: KeyList, folder: Path, today: dt.date = IN_FORCE) -> Verdict:
    return check_seal(text, keys, nothing_voided(folder, today), today).verdict


def test_three_kinds_are_sealed_and_no_refusal_is() -> None:
    assert {kind for kind in KINDS if KINDS[kind].sealing} == set(SEALED_KINDS)


@pytest.mark.parametrize("kind", SEALED_KINDS)
def test_a_seal_says_what_is_printed_and_a_salt(tmp_path: Path, kind: LetterKind) -> None:
    letter = sealed_example(tmp_path, kind)
    claims = claims_of(url_of(letter))
    printed = str(letter.content)
    assert list(claims) == ["k", "n", "p", "f", "t", "c", "d", "s"]
    for person in claims["p"]:
        assert all(said in printed for said in person[:2])
    assert claims["n"] in printed
    assert claims["c"] == letter.content["office"]["name"]
    assert len(url_of(letter)) < 500
    assert verdict(url_of(letter), public_keys(tmp_path, IN_FORCE), tmp_path, dt.date(2026, 3, 5)) is Verdict.IN_FORCE


def test_two_seals_of_the_same_words_have_two_salts(tmp_path: Path) -> None:
    first, second = (claims_of(url_of(sealed_example(tmp_path))) for _ in range(2))
    assert first["s"] != second["s"]
    assert first | {"s": ""} == second | {"s": ""}


def test_nothing_that_was_changed_is_authentic(tmp_path: Path) -> None:
    token, keys = token_of(sealed_example(tmp_path)), public_keys(tmp_path, IN_FORCE)
    assert verdict(token, keys, tmp_path) is Verdict.IN_FORCE
    answers = {name: verdict(text, keys, tmp_path) for name, text in forged(token).items()}
    assert {name for name, found in answers.items() if found is not Verdict.NOT_AUTHENTIC} == set()


def test_a_secret_made_of_our_public_key_signs_nothing(tmp_path: Path) -> None:
    """The confusion of algorithms: HS256 under the public key as if it were a shared secret."""
    token, keys = token_of(sealed_example(tmp_path)), public_keys(tmp_path, IN_FORCE)
    secret = OctKey.import_key(orjson.dumps(dict(keys.keys[0].jwk)))
    header = {"alg": "HS256", "kid": keys.keys[0].kid}
    made = jws.serialize_compact(header, part(token, 1), secret, algorithms=["HS256"])
    assert verdict(made, keys, tmp_path) is Verdict.NOT_AUTHENTIC
    assert not signed_by(made, keys.keys[0])


def test_a_strangers_key_is_not_ours_even_under_our_name(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    token, keys = token_of(sealed_example(theirs)), KeyList(IN_FORCE, [])
    make_key(ours, 2026)
    keys = public_keys(ours, IN_FORCE)
    assert verdict(token, keys, ours) is Verdict.NOT_AUTHENTIC
    under_our_name = with_part(token, 0, orjson.dumps({"alg": "ES256", "kid": keys.keys[0].kid}))
    assert verdict(under_our_name, keys, ours) is Verdict.NOT_AUTHENTIC


def test_a_key_signs_in_its_year_and_counts_for_ever(tmp_path: Path) -> None:
    """A seal of 2008 is read in 2026 with the key of 2008; that key makes none of another year."""
    letter = sealed_example(tmp_path, day=DAYS["2000-2015"])
    keys = public_keys(tmp_path, IN_FORCE)
    make_key(tmp_path, 2026)
    assert verdict(url_of(letter), keys, tmp_path, dt.date(2008, 3, 5)) is Verdict.IN_FORCE
    assert check_seal(url_of(letter), keys, None, IN_FORCE).verdict is Verdict.PERIOD_OVER
    late = claims_of(url_of(letter)) | {"d": "2009-01-01"}
    made = FileSigner(tmp_path).sign(canonical(late), dt.date(2008, 12, 31))
    assert made is not None
    assert verdict(made, keys, tmp_path, dt.date(2008, 12, 31)) is Verdict.NOT_AUTHENTIC


def test_a_key_that_is_distrusted_counts_for_what_it_signed_before(tmp_path: Path) -> None:
    token, known = token_of(sealed_example(tmp_path)), public_keys(tmp_path, IN_FORCE)
    signed = DAYS["2019-"]
    for since, expected in ((signed, Verdict.NOT_AUTHENTIC), (signed + dt.timedelta(1), Verdict.IN_FORCE)):
        (key,) = known.keys
        told = VerificationKey(key.kid, key.jwk, key.sign_from, key.sign_until, since)
        keys = KeyList(IN_FORCE, [told])
        found = check_seal(token, keys, nothing_voided(tmp_path), IN_FORCE)
        assert found.verdict is expected


def test_a_voided_document_is_told_whatever_its_signature_looks_like(tmp_path: Path) -> None:
    """ECDSA is malleable: a second good signature of the same words escapes no list."""
    token, keys = token_of(sealed_example(tmp_path)), public_keys(tmp_path, IN_FORCE)
    claims = claims_of(f"#{token}")
    voided = read_voided(voided_token(tmp_path, IN_FORCE, claims), keys)
    signature = part(token, 2)
    flipped = signature[:32] + (ORDER - int.from_bytes(signature[32:], "big")).to_bytes(32, "big")
    twin = with_part(token, 2, flipped)
    assert twin != token
    for text in (token, twin):
        assert check_seal(text, keys, voided, IN_FORCE).verdict is Verdict.VOIDED
    assert mark(claims["n"], "another") not in (voided.marks if voided else ())


def test_old_lists_say_neither_in_force_nor_forged(tmp_path: Path) -> None:
    token = token_of(sealed_example(tmp_path))
    old = IN_FORCE - dt.timedelta(FRESH_DAYS + 1)
    fresh_keys, old_keys = public_keys(tmp_path, IN_FORCE), public_keys(tmp_path, old)
    unchecked = [
        check_seal(token, None, None, IN_FORCE),
        check_seal(token, fresh_keys, None, IN_FORCE),
        check_seal(token, fresh_keys, nothing_voided(tmp_path, old), IN_FORCE),
        check_seal(token, old_keys, nothing_voided(tmp_path), IN_FORCE),
        check_seal(token_of(sealed_example(tmp_path / "other")), old_keys, None, IN_FORCE),
    ]
    assert {found.verdict for found in unchecked} == {Verdict.UNCHECKED}


def test_a_period_to_come_is_not_in_force(tmp_path: Path) -> None:
    token, keys = token_of(sealed_example(tmp_path)), public_keys(tmp_path, IN_FORCE)
    assert verdict(token, keys, tmp_path, DAYS["2019-"] - dt.timedelta(1)) is Verdict.NOT_BEGUN


def test_a_list_of_voided_ones_is_believed_only_under_our_signature(tmp_path: Path) -> None:
    token = voided_token(tmp_path / "theirs", IN_FORCE) if make_key(tmp_path / "theirs", 2026) else ""
    make_key(tmp_path / "ours", 2026)
    keys = public_keys(tmp_path / "ours", IN_FORCE)
    assert read_voided(token, keys) is None
    seal = token_of(sealed_example(tmp_path / "ours"))
    assert read_voided(seal, keys) is None, "a seal is no list"
    good = voided_token(tmp_path / "ours", IN_FORCE)
    assert read_voided(good, keys) is not None
    assert verdict(good, keys, tmp_path / "ours") is Verdict.NOT_AUTHENTIC, "and a list no seal"


def test_another_library_finds_the_same_signature_good(tmp_path: Path) -> None:
    """Cross-check of the JWS with the plain arithmetic of ``cryptography``."""
    token = token_of(sealed_example(tmp_path))
    (told,) = public_document(tmp_path, IN_FORCE)["keys"]
    x, y = (int.from_bytes(part(f"{told[name]}..", 0), "big") for name in ("x", "y"))
    key = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    signature = part(token, 2)
    r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
    message = token.rpartition(".")[0].encode()
    key.verify(encode_dss_signature(r, s), message, ec.ECDSA(SHA256()))
    with pytest.raises(InvalidSignature):
        key.verify(encode_dss_signature(r, s), message + b"a", ec.ECDSA(SHA256()))
    assert "d" not in told


def test_without_a_key_the_letter_leaves_unsealed_and_is_listed(tmp_path: Path) -> None:
    plain = example_letter(LetterKind.ADMISSION, DAYS["2019-"])
    letter = sealed(plain, sealer(tmp_path, makes_keys=False))
    assert "seal" not in letter.content
    assert letter.problems == [*plain.problems, UNSEALED]
    refusal = sealed(example_letter(LetterKind.REFUSAL, DAYS["2019-"]), sealer(tmp_path, makes_keys=False))
    assert UNSEALED not in refusal.problems


def test_a_letter_written_once_more_is_another_document(tmp_path: Path) -> None:
    first = sealed_example(tmp_path)
    number = first.content["number"]
    again = sealed_again(
        type(first)({**first.content, "number": "1" * 20}, "", first.template, []), number, sealer(tmp_path)
    )
    old, new = claims_of(url_of(first)), claims_of(url_of(again))
    assert (new["n"], old["n"]) == ("1" * 20, number)
    assert new["s"] != old["s"]
    assert new["p"] == old["p"]
    title = sealed_example(tmp_path, LetterKind.TITLE)
    copy = sealed_again(title, title.content["number"], sealer(tmp_path))
    assert claims_of(url_of(copy))["n"] == claims_of(url_of(title))["n"], "a title keeps its own serial"


def test_processes_that_race_for_the_key_of_a_year_agree(tmp_path: Path) -> None:
    assert make_key(tmp_path, 2026) == make_key(tmp_path, 2026)
    assert private_file(tmp_path, 2026).stat().st_mode & 0o777 == 0o600
    assert len(public_document(tmp_path, IN_FORCE)["keys"]) == 1
