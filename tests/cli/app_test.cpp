#include "broker/cli/app.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <unistd.h>
#include <vector>

using namespace sinyal;

namespace {

struct outcome {
  int status = -1;
  std::string out;
  std::string err;
};

/// Runs a command line in this process, with what it says caught.
outcome run(std::vector<std::string> words) {
  words.insert(words.begin(), "sinyal");
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const std::ostringstream out;
  const std::ostringstream err;
  auto* const cout_before = std::cout.rdbuf(out.rdbuf());
  auto* const cerr_before = std::cerr.rdbuf(err.rdbuf());
  const int status = cli::run(static_cast<int>(words.size()), argv.data());
  std::cout.rdbuf(cout_before);
  std::cerr.rdbuf(cerr_before);
  return {status, out.str(), err.str()};
}

std::string joined(const std::vector<std::string>& words) {
  std::string out = "sinyal";
  for (const std::string& word : words) out += ' ' + word;
  return out;
}

const std::vector<std::string> commands{"serve",  "check",   "topics",    "explain",
                                        "notify", "tail",    "trace",     "quarantine",
                                        "verify", "rebuild", "lifecycle", "version"};

}  // namespace

TEST_CASE("every command explains itself on standard output, with its exit status") {
  for (const std::string& command : commands) {
    CAPTURE(command);
    const outcome help = run({command, "--help"});
    CHECK(help.status == 0);
    CHECK(help.err.empty());
    CHECK(help.out.find("Usage: sinyal " + command) != std::string::npos);
    if (command != "topics" && command != "quarantine") {
      CHECK(help.out.find("Example") != std::string::npos);
      CHECK(help.out.find("Exit status: 0") != std::string::npos);
    }
  }
  for (const char* verb : {"plan", "apply"}) {
    CHECK(run({"topics", verb, "--help"}).out.find("Exit status: 0") != std::string::npos);
  }
  const outcome help = run({"--help"});
  CHECK(help.status == 0);
  for (const std::string& command : commands) {
    CHECK(help.out.find("\n  " + command + ' ') != std::string::npos);
  }
}

TEST_CASE("wrong use is exit 2, says what is wrong on standard error, and prints no result") {
  struct row {
    std::vector<std::string> words;
    std::string said;
  };
  for (const row& one : std::vector<row>{
           {{}, "Usage: sinyal"},
           {{"serv"}, "sinyal: unknown command serv. Did you mean serve?"},
           {{"frobnicate"}, "sinyal: unknown command frobnicate. See sinyal --help."},
           {{"topics"}, "sinyal topics: A subcommand is required"},
           {{"topics", "paln"}, "sinyal topics: unknown command paln. Did you mean plan?"},
           {{"--unknown"}, "See sinyal --help."},
           {{"serve", "--embeded"}, "See sinyal serve --help."},
           {{"serve", "--role", "both"}, "--role: both is none of all, ingest, lifecycle."},
           {{"serve", "extra"}, "See sinyal serve --help."},
           {{"serve", "--role", "ingst"}, "Did you mean ingest?"},
           {{"check", "--format", "xml"}, "--format: xml is none of json, text."},
           {{"check", "--set"}, "See sinyal check --help."},
           {{"explain"}, "See sinyal explain --help."},
           {{"explain", "--endpoint", "payment", "-"}, "Did you mean payments?"},
           {{"lifecycle", "--format", "svg"}, "svg is none of dot, json, mermaid, text."},
           {{"notify", "file.json"}, "--url is required"},
           {{"notify", "--url", "http://127.0.0.1:1"}, "give files, or --scenario"},
           {{"notify", "--url", "http://127.0.0.1:1", "--scenario", "va", "a.json"},
            "but not both"},
           {{"notify", "--repeat", "0", "--list"}, "See sinyal notify --help."},
           {{"notify", "--shuffle", "-1", "--list"}, "-1 is no whole number from 0"},
           {{"notify", "--shuffle", "18446744073709551616", "--list"}, "is no whole number from 0"},
           {{"notify", "--shuffle", "1x", "--list"}, "1x is no whole number from 0"},
           {{"notify", "--merchant", "a:b", "--list"}, "a:b is no merchant's id"},
           {{"explain", "--merchant", "a:b", "-"}, "--merchant: a:b is no merchant's id: 1 to 64"},
           {{"explain", "--merchant", "", "-"}, "is no merchant's id"},
           {{"tail", "--merchant", "a:b"}, "--merchant: a:b is no merchant's id: 1 to 64"},
           {{"tail", "--signal", "payment_setled"},
            "unknown signal payment_setled. Did you mean payment_settled?"},
           {{"tail", "--subject", "SHOP-1001"}, "--subject must be MERCHANT:KIND:ID"},
           {{"trace"}, "See sinyal trace --help."},
           {{"trace", "payment:A", "payment:B"}, "See sinyal trace --help."},
           {{"trace", "SHOP-1001"}, "sinyal trace: SUBJECT must be MERCHANT:KIND:ID or KIND:ID"},
           {{"tail", "--merchant", "G1", "--subject", "G2:payment:A"},
            "of the merchant that --merchant names"},
       }) {
    CAPTURE(joined(one.words));
    const outcome wrong = run(one.words);
    CHECK(wrong.status == 2);
    CHECK(wrong.out.empty());
    CAPTURE(wrong.err);
    CHECK(wrong.err.find(one.said) != std::string::npos);
  }
}

TEST_CASE("a wrong configuration is exit 78, with all of its errors") {
  const std::vector<std::string> wrong{"--set", "http.deadline_ms=0", "--set", "http.lsten=x"};
  for (std::vector<std::string> words :
       std::vector<std::vector<std::string>>{{"serve"},
                                             {"topics", "plan"},
                                             {"topics", "apply"},
                                             {"tail"},
                                             {"explain", "-"},
                                             {"verify"},
                                             {"trace", "payment:A"}}) {
    words.insert(words.end(), wrong.begin(), wrong.end());
    CAPTURE(joined(words));
    const outcome refused = run(words);
    CHECK(refused.status == 78);
    CHECK(refused.out.empty());
    CHECK(refused.err.find("http.deadline_ms must be") != std::string::npos);
    CHECK(refused.err.find("Did you mean http.listen?") != std::string::npos);
  }
}

TEST_CASE("what librdkafka says against kafka.properties is exit 78") {
  struct row {
    std::string properties;
    std::string said;
  };
  for (const row& one : std::vector<row>{
           {"{\"no.such.property\"=\"1\"}", "no.such.property is unknown to librdkafka"},
           {"{\"security.protocol\"=\"carrier pigeon\"}", "security.protocol has a value"},
           {"{\"security.protocol\"=\"SSL\",\"ssl.ca.location\"=\"/nonexistent/ca\"}",
            "ssl.ca.location"},
           {"{\"queuing.strategy\"=\"lifo\"}", "queuing.strategy"},  // of the producers alone
           {"{\"fetch.max.bytes\"=100000}", "fetch.max.bytes"},      // of the consumers alone
       }) {
    CAPTURE(one.properties);
    const outcome refused = run({"check", "--set", "kafka.properties=" + one.properties});
    CHECK(refused.status == 78);
    CHECK(refused.out.find(one.said) != std::string::npos);
    CHECK(refused.out.find("pigeon") == std::string::npos);
    CHECK(refused.out.find("skipped kafka") != std::string::npos);
  }
}

TEST_CASE("serve without a merchant is exit 78, but for lifecycle and the embedded broker") {
  const outcome refused = run({"serve"});
  CHECK(refused.status == 78);
  CHECK(refused.err.find("no merchant is configured") != std::string::npos);
  CHECK(run({"serve", "--role", "ingest"}).status == 78);
}

TEST_CASE("notify for a merchant without keys is exit 78") {
  const outcome refused =
      run({"notify", "--url", "http://127.0.0.1:1", "--merchant", "G1", "--scenario", "all"});
  CHECK(refused.status == 78);
  CHECK(refused.err.find("merchant G1 is not configured") != std::string::npos);
}

TEST_CASE("check tells of configuration and Kafka at once") {
  const std::vector<std::string> unreachable{"check", "--set",
                                             "kafka.bootstrap_servers=127.0.0.1:1", "--set",
                                             "kafka.start_timeout_ms=300"};
  SUBCASE("a merchant's secret is missing and nobody answers: 78") {
    auto words = unreachable;
    words.insert(words.end(), {"--set", "merchants.all=[{id=\"G1\",server_keys=[\"env:NO_K\"]}]"});
    const outcome checked = run(words);
    CHECK(checked.status == 78);
    CHECK(checked.out.find("error   configuration  --set merchants.all: merchant G1: "
                           "server_keys[0]: the environment variable NO_K is not set.") !=
          std::string::npos);
    CHECK(checked.out.find("error   kafka") != std::string::npos);
  }
  SUBCASE("only Kafka is wrong: 1, as JSON a line each") {
    auto words = unreachable;
    words.insert(words.end(), {"--role", "lifecycle", "--format", "json"});
    const outcome checked = run(words);
    CHECK(checked.status == 1);
    CHECK(checked.out.starts_with("{\"check\":\"configuration\",\"result\":\"ok\","));
    CHECK(checked.out.find("\n{\"check\":\"kafka\",\"result\":\"error\",") != std::string::npos);
  }
  SUBCASE("Kafka's own settings are wrong: it is not asked") {
    const outcome checked = run({"check", "--set", "kafka.partitions=0"});
    CHECK(checked.status == 78);
    CHECK(checked.out.find("skipped kafka") != std::string::npos);
  }
}

TEST_CASE("topics against nobody is exit 1 and says whom it could not reach") {
  for (const char* verb : {"plan", "apply"}) {
    CAPTURE(std::string{verb});
    const outcome failed = run({"topics", verb, "--set", "kafka.bootstrap_servers=127.0.0.1:1",
                                "--set", "kafka.start_timeout_ms=300"});
    CHECK(failed.status == 1);
    CHECK(failed.out.empty());
    CHECK(failed.err.find("127.0.0.1:1") != std::string::npos);
  }
}

TEST_CASE("what cannot be read is exit 1 and it is said who could not be reached") {
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"trace", "payment:A"}, {"verify"}}) {
    std::vector<std::string> line = words;
    line.insert(line.end(), {"--set", "kafka.bootstrap_servers=127.0.0.1:1", "--set",
                             "kafka.start_timeout_ms=300"});
    CAPTURE(joined(line));
    const outcome failed = run(line);
    CHECK(failed.status == 1);
    CHECK(failed.out.empty());
    CHECK(failed.err.starts_with("sinyal " + words[0] + ": "));
    CHECK(failed.err.find("Kafka at 127.0.0.1:1 did not answer: ") != std::string::npos);
  }
}

TEST_CASE("versions are shown in one line, in five, and as JSON") {
  CHECK(run({"--version"}).out.starts_with("sinyal "));
  CHECK(run({"version"}).out.find("librdkafka 2.") != std::string::npos);
  CHECK(run({"version", "--format", "json"}).out.starts_with("{\"version\":\""));
}

TEST_CASE("the state machine is printed in every format") {
  for (const char* format : {"text", "dot", "mermaid", "json"}) {
    CAPTURE(std::string{format});
    const outcome shown = run({"lifecycle", "--format", format});
    CHECK(shown.status == 0);
    CHECK(shown.out.find("payment_settled") != std::string::npos);
  }
}

TEST_CASE("a result that cannot be written is a failure, and said") {
  if (::access("/dev/full", W_OK) != 0) return;  // not a Linux
  for (std::string command : {"lifecycle", "--help", "--version"}) {
    CAPTURE(command);
    std::ofstream full{"/dev/full"};
    const std::ostringstream err;
    auto* const cout_before = std::cout.rdbuf(full.rdbuf());
    auto* const cerr_before = std::cerr.rdbuf(err.rdbuf());
    char program[] = "sinyal";
    char* argv[] = {program, command.data(), nullptr};
    const int status = cli::run(2, argv);
    std::cout.rdbuf(cout_before);
    std::cerr.rdbuf(cerr_before);
    std::cout.clear();
    CHECK(status == 1);
    CHECK(err.str().find("standard output could not be written") != std::string::npos);
  }
}
