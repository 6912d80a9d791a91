"""Seeded faults in statements, receipts, certificates and packs, each with its promise and its test."""

from tests.mutants.mutant import Mutant

_COURT = "tests/test_evidence_court.py"
_CERTIFICATES = "tests/test_evidence_certificates.py"
_RECEIPTS = "tests/test_evidence_receipts.py"
_VERIFIER = "tests/test_evidence_verifier.py"

MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "A court with coreutils and openssl alone notices any changed byte of evidence",
        "the certificate's own digest is not among the commands",
        "station/signing/court.py",
        "for line in files),",
        "for line in files[:1]),",
        f"{_COURT}::test_any_changed_byte_fails",
    ),
    Mutant(
        "A court sees whose certificate signed",
        "any certificate of the CA will do",
        "station/signing/court.py",
        "cut -d , -f 1,2) = {named}",
        "cut -d , -f 1,2) != {named}x",
        f"{_COURT}::test_another_certificate_of_the_same_ca_fails",
    ),
    Mutant(
        "No name that a camera gives itself passes for a line of digests",
        "blanks and brackets stay as they are",
        "station/signing/plain_text.py",
        r'\x00-\x20"%()\\=\x7f-\xa0',
        r'\x00-\x1f"%\\\x7f-\xa0',
        "tests/test_statements.py::test_sha256sum_believes_only_our_lines",
    ),
    Mutant(
        "Nothing is stated of a file that is not what was held",
        "only its size is compared",
        "station/signing/statements.py",
        "if (digests.size_bytes, digests.sha256) != (body.size_bytes, body.sha256):",
        "if digests.size_bytes != body.size_bytes:",
        "tests/test_statements.py::test_nothing_is_stated_of_a_file_that_is_not_what_was_held",
    ),
    Mutant(
        "Only a certificate that our CA issued is believed",
        "the issuer's signature is not checked",
        "station/signing/certificates.py",
        "        leaf.verify_directly_issued_by(authority)\n",
        "",
        f"{_CERTIFICATES}::test_another_ca_is_refused_even_under_our_cas_name",
    ),
    Mutant(
        "A certificate counts for its own role alone",
        "the role is not compared",
        "station/signing/certificates.py",
        "_require(_subject(leaf, NameOID.ORGANIZATIONAL_UNIT_NAME) == role,",
        "_require(True,",
        f"{_CERTIFICATES}::test_each_role_is_believed_as_itself_alone",
    ),
    Mutant(
        "A receipt counts only once our journal's entries are witnessed",
        "the witness's cosignature is not asked for",
        "station/signing/receipts.py",
        "if not _signed(note, trust.witness_key):",
        "if False:",
        f"{_RECEIPTS}::test_an_answer_without_a_witnessed_checkpoint_is_refused",
    ),
    Mutant(
        "A receipt counts only for the recording whose digest it names",
        "the digest is not compared",
        "station/signing/receipts.py",
        '"DIGEST": receipt.sha256 == expected.sha256,',
        '"DIGEST": True,',
        f"{_RECEIPTS}::test_an_answer_about_something_else_is_refused",
    ),
    Mutant(
        "The verifier believes no certificate that the CA given did not issue",
        "the CA is not asked",
        "dockward/paper_verifier.py",
        "        if report.ca is not None:\n",
        "        if False:\n",
        f"{_VERIFIER}::test_signatures_of_another_agency_do_not_hold",
    ),
    Mutant(
        "Nothing can be slipped into a pack",
        "files that no manifest lists are passed over",
        "dockward/evidence_verifier.py",
        "for file in sorted(present - digests.keys()))",
        "for file in sorted(set[str]()))",
        f"{_VERIFIER}::test_nothing_can_be_added_to_a_pack",
    ),
)
