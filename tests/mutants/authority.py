"""Seeded faults in who may do what, what opens, what leaves and what is deleted for good."""

from tests.mutants.mutant import Mutant

MUTANTS = (
    Mutant(
        "Nobody approves an own request",
        "two names may be one person",
        "station/policy/authority.py",
        "return not asked.requested_by or len(set(hands)) < len(hands)",
        "return not asked.requested_by",
        "tests/test_authority.py::test_nobody_approves_an_own_request_and_the_reviewer_is_a_third",
    ),
    Mutant(
        "A delegate never decides what whoever gave the power asked for",
        "it is not asked whose power is used",
        "station/policy/authority.py",
        "if guarded and givers <= {asked.by, asked.requested_by, asked.reviewed_by} - {hand}:",
        "if False:",
        "tests/test_authority.py::test_a_delegate_decides_neither_the_own_nor_the_givers_request",
    ),
    Mutant(
        "Only the unit that keeps a recording decides on it",
        "a role counts in every unit",
        "station/policy/authority.py",
        'if role in ROLES and about not in {"", person.unit} and not authority.from_outside:',
        "if False:",
        "tests/test_authority.py::test_only_in_the_keeping_unit",
    ),
    Mutant(
        "What is marked secret opens for named persons alone",
        "any of those who may open it is enough",
        "station/policy/access.py",
        "unnamed = any(asked.by not in one.named for one in marked)",
        "unnamed = False",
        "tests/test_access.py::test_what_is_marked_opens_for_named_persons_alone",
    ),
    Mutant(
        "A state secret is never disclosed",
        "every mark may be, with consent",
        "station/policy/export.py",
        'return pack.text("secret.disclosure") == "approved" and _marks(asked) <= DISCLOSABLE',
        'return pack.text("secret.disclosure") == "approved"',
        "tests/test_export_rules.py::test_state_secrets_are_never_disclosed_by_whatever_paper",
    ),
    Mutant(
        "Nothing is purged while anything holds it",
        "what holds it is not looked at",
        "station/policy/purge.py",
        "if held else PERMITTED",
        "if held and not asked.blockers else PERMITTED",
        "tests/test_purge_rules.py::test_whatever_holds_it_holds_it",
    ),
)
