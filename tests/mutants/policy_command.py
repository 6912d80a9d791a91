"""Seeded faults in what `dockward policy` checks, signs, explains and prints, each with its promise and its test."""

from tests.mutants.mutant import Mutant

_COMMAND = "tests/test_policy_command.py"
_SIGNING = "tests/test_policy_signing.py"

MUTANTS = (
    Mutant(
        "What a delivered pack stands on is signed as well",
        "only the pack itself is verified",
        "station/signing/policy_packs.py",
        "        require_signed(file, content, ca_pem, at_ms)\n        return",
        "        if file == path:\n            require_signed(file, content, ca_pem, at_ms)\n        return",
        f"{_SIGNING}::test_what_a_delivered_pack_stands_on_is_signed_as_well",
    ),
    Mutant(
        "A pack is signed by the key of its certificate, and that is one for policy",
        "the signature is written unverified",
        "station/signing/policy_packs.py",
        "    verify_evidence(require_role(certificate_pem, POLICY), signature, content)\n",
        "    _ = verify_evidence, require_role\n",
        f"{_SIGNING}::test_a_key_that_is_not_the_certificates_writes_nothing",
    ),
    Mutant(
        "A pack with a fault is not signed",
        "its faults are told and it is signed all the same",
        "dockward/policy_sign.py",
        "    if checked.effective is None or checked.problems:",
        "    if checked.effective is None:",
        f"{_COMMAND}::test_what_has_a_fault_is_not_signed",
    ),
    Mutant(
        "Every place where a pack is looser than its parent is named",
        "only the first is",
        "station/policy/checking.py",
        "return None, tuple(dict.fromkeys((str(error), *looser)))",
        "return None, (str(error), *list(looser)[:0])",
        f"{_COMMAND}::test_every_looser_place_is_named_and_not_the_first_alone",
    ),
    Mutant(
        "A finding cites no article that nobody quotes",
        "only the articles of values are looked up",
        "station/policy/checking.py",
        'cited |= {f"findings.{code}": words.articles for code, words in pack.findings.items()}',
        'cited |= {f"findings.{code}": words.articles[:0] for code, words in pack.findings.items()}',
        f"{_COMMAND}::test_each_fault_is_one_line_that_says_where",
    ),
    Mutant(
        "An article is quoted from the instrument it stands in",
        "YC-LR-17 is taken for an article of YC",
        "station/policy/articles.py",
        "return instruments[max(named, key=len)]",
        "return instruments[min(named, key=len)]",
        "tests/test_articles.py::test_an_article_is_of_the_instrument_with_the_longest_name",
    ),
    Mutant(
        "A printed default never looks like law",
        "a finding that rests on nothing says nothing",
        "station/policy/rows.py",
        'basis = "" if words.articles else SYSTEM_DEFAULT',
        'basis = ""',
        "tests/test_printing.py::test_a_default_says_so_and_quotes_nobody",
    ),
)
