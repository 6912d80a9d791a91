"""Seeded faults in statements, receipts, certificates and packs, each with its promise and its test."""

from tests.mutants.mutant import Mutant

_COURT = "tests/test_evidence_court.py"
_CERTIFICATES = "tests/test_evidence_certificates.py"
_RECEIPTS = "tests/test_evidence_receipts.py"
_STATEMENTS = "tests/test_statements.py"
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
        "= subject=CN={name},OU={role}",
        "!= subject=CN={name}x,OU={role}",
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
        "A court is told to type our commands and no others",
        "the commands carried are not compared",
        "dockward/paper_verifier.py",
        'if paper.texts("commands") != list(expected_commands(paper.kind, owner, files)):',
        'if not paper.texts("commands"):',
        f"{_VERIFIER}::test_a_station_that_misguides_a_court_is_named",
    ),
    Mutant(
        "No statement with other words for a court is taken",
        "what stands there is believed",
        "station/signing/statements.py",
        '        raise RefusedError("STATEMENT_OF_OTHER_WORDS")',
        "        pass",
        f"{_STATEMENTS}::test_a_station_guides_a_court_by_our_words_alone",
    ),
    Mutant(
        "Genuine evidence is not lost to a clock that did not know the time, nor to a certificate that ended",
        "the time said is taken as it is",
        "station/signing/certificates.py",
        "return max(begins_s * 1000, min(at_ms, (ends_s - 1) * 1000))",
        "return at_ms",
        f"{_STATEMENTS}::test_genuine_evidence_is_taken_whatever_the_clock_said_and_after_the_certificate_ended",
    ),
    Mutant(
        "A court's openssl believes the CA from outside and none of its machine's own",
        "the machine's own store is asked too",
        "station/signing/court.py",
        'f"openssl verify -trusted ca.pem {certificate}",',
        'f"openssl verify -CAfile ca.pem {certificate}",',
        f"{_COURT}::test_no_certificate_of_the_machine_itself_is_believed",
    ),
    Mutant(
        "Exactly one certificate lies in a file, whoever reads it",
        "what the reader passes over is passed over",
        "station/signing/certificates.py",
        "_require(certificate.public_bytes(serialization.Encoding.PEM) == pem, code)",
        "_require(len(_read(pem, code)) == 1, code)",
        f"{_CERTIFICATES}::test_what_is_not_one_certificate_is_refused",
    ),
)
