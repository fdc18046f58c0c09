"""Who may include whom. Reads the #include lines, since a link error says less and comes later."""
import re

# A folder, and the folders of ours that it may reach into (its own always).
MAY_REACH = {
    "broker/core": [],
    "broker/codec": ["broker/core"],
    "connectors": ["broker/core", "broker/codec"],
    "connectors/subscriber": [],  # for outsiders: it stands alone
    "broker/config": ["broker/core"],
    "broker/ports": ["broker/core", "broker/codec"],
    "broker/observe": ["broker/core"],
    "broker/ingest": ["broker/core", "broker/codec", "connectors", "broker/config", "broker/ports",
                      "broker/observe"],
    "broker/lifecycle": ["broker/core", "broker/codec", "connectors", "broker/config",
                         "broker/ports", "broker/observe"],
    "broker/kafka": ["broker/core", "broker/codec", "broker/config", "broker/ports",
                     "broker/observe"],
    "broker/registry": ["broker/core", "broker/codec", "broker/config"],
    "broker/cli": ["broker/core", "broker/codec", "connectors", "broker/config", "broker/ports",
                   "broker/observe", "broker/ingest", "broker/lifecycle", "broker/kafka",
                   "broker/registry"],
    "broker/main": ["broker/cli"],
    "tests/bench": ["broker/core", "broker/codec", "broker/lifecycle", "broker/kafka"],
    "tests/fuzz": ["broker/core", "broker/codec", "connectors", "broker/ingest", "broker/lifecycle",
                   "broker/cli", "tests/bench"],
}

# A library, and the folders that may know of it. One that is not named may be included anywhere
# but in broker/core, which has the standard library and Boost's result and error types alone.
KNOWN_TO = {
    "rdkafka": ["broker/kafka", "connectors/subscriber"],
    "librdkafka/": ["broker/kafka", "connectors/subscriber"],
    "lz4": ["broker/lifecycle"],
    "sodium": ["broker/lifecycle"],
    "simdjson": ["broker/codec", "connectors", "connectors/subscriber", "broker/cli"],
    "boost/asio": ["broker/ingest", "broker/observe", "broker/cli"],
    "boost/beast": ["broker/ingest", "broker/observe", "broker/cli"],
    "prometheus/": ["broker/observe"],
    "spdlog/": ["broker/observe"],
    "fmt/": ["broker/observe"],
    "toml++/": ["broker/config"],
    "CLI/": ["broker/cli"],
    "openssl/": ["broker/codec", "connectors", "broker/ingest", "broker/observe",
                 "broker/cli"],
    "sqlite3": ["connectors/subscriber"],  # its example
}
# Whose tests are not where the broker's folder of that name says.
TESTED_BY = {"tests/connectors": "connectors", "tests/subscriber": "connectors/subscriber"}
# What outsiders compile against: the standard library and itself.
PUBLIC_HEADERS = "connectors/subscriber/include/"
# Slow to compile: a header that another folder includes must not bring them along.
HEAVY = ["rdkafka", "librdkafka/", "simdjson", "boost/asio", "boost/beast", "prometheus/", "CLI/",
         "spdlog/", "toml++/"]

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.M)


def folder_of(path):
    """broker/core/money.hpp -> broker/core; broker/config.hpp -> broker/config."""
    parts = path.split("/")
    if path.startswith("connectors/subscriber/"):
        return "connectors/subscriber"
    if parts[0] == "connectors":
        return "connectors"
    return "/".join([parts[0], parts[1].split(".")[0]])


def begins(name, prefixes):
    return next((prefix for prefix in prefixes if name.startswith(prefix)), None)


def is_ours(name):
    return name.split("/")[0] in ("broker", "connectors", "tests", "schemas", "deploy")


def check_ours(path, name):
    here, there = folder_of(path), folder_of(name)
    if path.startswith("tests/"):
        if here == there or there == "tests/support" or here == "tests/support":
            return []
        tested = TESTED_BY.get(here, here.replace("tests", "broker", 1))
        may = [tested] + MAY_REACH.get(tested, MAY_REACH.get(here, []))
    else:
        may = [here] + MAY_REACH.get(here, [])
    return [] if there in may else [f"{path}: {here} may not include {name}"]


def check_library(path, name):
    if path.startswith("tests/"):
        return []
    here = folder_of(path)
    if path.startswith(PUBLIC_HEADERS) and re.search(r"[/.]", name) and "sinyal/" not in name:
        return [f"{path}: outsiders include it, so it may not include {name}"]
    if here == "broker/core" and "/" in name and not begins(name, ["boost/system"]):
        return [f"{path}: broker/core knows the standard library alone, not {name}"]
    library = begins(name, KNOWN_TO)
    if library and here not in KNOWN_TO[library]:
        return [f"{path}: {name} belongs to {', '.join(KNOWN_TO[library])}"]
    return []


def check(sources):
    """`sources` maps paths to texts. Returns what is wrong, one sentence each."""
    wrong = []
    includes = {path: INCLUDE.findall(text) for path, text in sources.items()}
    for path, names in includes.items():
        for name in names:
            wrong += check_ours(path, name) if is_ours(name) else check_library(path, name)
    public = {name for path, names in includes.items() for name in names
              if is_ours(name) and folder_of(name) != folder_of(path)
              and not path.startswith("tests/")}
    for path in public & set(includes):
        wrong += [f"{path}: other folders include it, so {name} must move into a .cpp"
                  for name in includes[path] if not is_ours(name) and begins(name, HEAVY)]
    return wrong


def self_test():
    """What the check must catch, and one thing that it must let pass."""
    rows = [
        ("core reaches up", "broker/core/a.cpp", '"broker/codec/event.hpp"', 1),
        ("core includes a library", "broker/core/a.cpp", "<boost/json.hpp>", 1),
        ("ingest includes lifecycle", "broker/ingest/a.cpp", '"broker/lifecycle/x.hpp"', 1),
        ("lifecycle includes ingest", "broker/lifecycle/a.hpp", '"broker/ingest/x.hpp"', 1),
        ("lifecycle includes rdkafka", "broker/lifecycle/a.cpp", "<librdkafka/rdkafka.h>", 1),
        ("codec includes a connector", "broker/codec/a.cpp", '"connectors/connector.hpp"', 1),
        ("main knows only cli", "broker/main.cpp", '"broker/kafka/tail.hpp"', 1),
        ("a test of core reaches up", "tests/core/a.cpp", '"broker/kafka/tail.hpp"', 1),
        ("kafka may include rdkafka", "broker/kafka/a.cpp", "<librdkafka/rdkafka.h>", 0),
        ("the subscriber includes the broker", "connectors/subscriber/src/a.cpp",
         '"broker/core/money.hpp"', 1),
        ("the broker includes the subscriber", "broker/cli/a.cpp",
         '"connectors/subscriber/src/lane.hpp"', 1),
        ("a header of outsiders includes rdkafka", PUBLIC_HEADERS + "sinyal/a.hpp",
         "<librdkafka/rdkafka.h>", 1),
        ("a header of outsiders includes another", PUBLIC_HEADERS + "sinyal/a.hpp",
         "<sinyal/money.hpp>", 0),
        ("codec may include core", "broker/codec/a.cpp", '"broker/core/money.hpp"', 0),
    ]
    wrong = []
    for name, path, what, expected in rows:
        found = check({path: f"#pragma once\n#  include {what}\n"})
        if len(found) != expected:
            wrong.append(f"self-test: {name}: found {found}")
    shown = check({"broker/kafka/a.hpp": "#include <librdkafka/rdkafka.h>\n",
                   "broker/cli/b.cpp": '#include "broker/kafka/a.hpp"\n'})
    if len(shown) != 1:
        wrong.append(f"self-test: a heavy public header: found {shown}")
    return wrong
