"""Seeded faults in provisioning, units and broker configuration, each with its promise and its test."""

from tests.mutants.mutant import Mutant

_ACL = "tests/test_broker_acl.py"
_PROVISIONING = "tests/test_provisioning.py"
_RUNBOOKS = "tests/test_runbooks.py"
_SYSTEMD = "tests/test_systemd.py"

MUTANTS = (
    Mutant(
        "A station speaks for no other",
        "the broker lets every station write every station's topics",
        "systemd/mosquitto/acl",
        "pattern write dw/1/%u/state",
        "pattern write dw/1/+/state",
        f"{_ACL}::test_a_station_says_nothing_else",
    ),
    Mutant(
        "A station leaves nothing on topics it invents",
        "the broker lets it write below its name whatever it likes",
        "systemd/mosquitto/acl",
        "pattern write dw/1/%u/alarm",
        "pattern write dw/1/%u/#",
        f"{_ACL}::test_a_station_says_nothing_else",
    ),
    Mutant(
        "No private word stays on the broker's disk",
        "Debian's own setting stands",
        "systemd/mosquitto/dockward.conf",
        "persistence false\n",
        "",
        f"{_ACL}::test_the_broker_writes_no_private_word_to_the_disk",
    ),
    Mutant(
        "A flood ends before the broker does",
        "it takes as many connections as come",
        "systemd/mosquitto/dockward.conf",
        "max_connections 900",
        "max_connections 100000",
        f"{_ACL}::test_a_flood_ends_before_the_brokers_descriptors_and_memory_do",
    ),
    Mutant(
        "A station hears nothing that is for another",
        "the broker lets every station read every station's orders",
        "systemd/mosquitto/acl",
        "pattern read dc/1/%u/#",
        "pattern read dc/1/+/#",
        f"{_ACL}::test_a_station_hears_only_what_is_for_it",
    ),
    Mutant(
        "Who one is is what the certificate says",
        "the broker believes the user name that is sent along",
        "systemd/mosquitto/dockward.conf",
        "use_identity_as_username true",
        "use_identity_as_username false",
        f"{_ACL}::test_who_one_is_is_what_the_certificate_says",
    ),
    Mutant(
        "No station ends the connection of another",
        "a client may choose its id",
        "systemd/mosquitto/dockward.conf",
        "use_username_as_clientid true",
        "use_username_as_clientid false",
        f"{_ACL}::test_nobody_takes_over_the_connection_of_another",
    ),
    Mutant(
        "No station is called what the broker takes for the registry",
        "reserved names are not asked for",
        "provisioning/certificates.py",
        "if not fixed and name in _FIXED_NAMES.values():",
        "if False:",
        f"{_PROVISIONING}::test_no_station_gets_a_name_that_says_something_else",
    ),
    Mutant(
        "The minutes hold the commands of a statement, which its forger cannot change",
        "the authority is made without saying them",
        "dockward/provision.py",
        '"commands": commands_for_the_minutes()',
        '"commands": ()',
        f"{_PROVISIONING}::test_the_minutes_get_the_fingerprint_and_the_commands_that_check_a_statement",
    ),
    Mutant(
        "An enrolment number is given out once",
        "what was written down before is written over",
        "provisioning/new_folder.py",
        "os.O_CREAT | os.O_EXCL",
        "os.O_CREAT",
        f"{_PROVISIONING}::test_an_enrolment_number_is_given_out_once",
    ),
    Mutant(
        "A machine is provisioned whole or not at all",
        "what failed on the way stays",
        "provisioning/new_folder.py",
        "shutil.rmtree(growing, ignore_errors=True)",
        "growing.rename(out)",
        f"{_PROVISIONING}::test_what_fails_on_the_way_leaves_no_half_machine",
    ),
    Mutant(
        "No unit is exposed beyond 2.0",
        "the station keeps what powers it is given",
        "systemd/dockward-station.service",
        "NoNewPrivileges=yes\nCapabilityBoundingSet=\n",
        "",
        f"{_SYSTEMD}::test_no_unit_is_exposed_beyond_two",
    ),
    Mutant(
        "A confined station still knows whether it knows the time",
        "it may not ask the kernel",
        "systemd/dockward-station.service",
        "SystemCallFilter=adjtimex clock_adjtime clock_adjtime64",
        "ProtectClock=yes",
        f"{_SYSTEMD}::test_the_station_may_ask_whether_the_kernels_clock_is_true",
    ),
    Mutant(
        "Locks are the station's, whatever else is installed",
        "a later rule of the system takes them back",
        "systemd/udev/60-dockward.rules",
        'KERNEL=="gpiochip[0-9]*", GROUP:="dockward"',
        'KERNEL=="gpiochip[0-9]*", GROUP="dockward"',
        f"{_SYSTEMD}::test_locks_and_cameras_are_the_stations_whatever_rules_come_later",
    ),
    Mutant(
        "What the runbook says to type works on an empty machine",
        "folders are made after they are needed",
        "docs/runbooks/provisioning.md",
        "systemd-sysusers && systemd-tmpfiles --create &&",
        "systemd-sysusers &&",
        f"{_RUNBOOKS}::test_what_is_typed_on_an_empty_machine_finds_every_folder",
    ),
)
