#include "broker/observe/log.hpp"

#include "tests/support/count.hpp"

#include <doctest/doctest.h>

#include <cstdio>
#include <limits>
#include <string>
#include <thread>
#include <vector>

using namespace sinyal::observe;
using sinyal::test::count;

namespace {

std::int64_t now_ms = 0;

/// A logger whose lines can be read back, with a clock that stands still.
class written {
 public:
  explicit written(log_level level = log_level::debug, std::uint32_t repeats = 3)
      : file_{::open_memstream(&text_, &size_)}, log{{level, file_, repeats, [] {
                                                        return now_ms;
                                                      }}} {
    now_ms = 1795400134120;  // 2026-11-23T02:15:34.120Z
  }
  ~written() {
    std::fclose(file_);
    std::free(text_);
  }
  std::string lines() {
    std::fflush(file_);
    return {text_, size_};
  }

 private:
  char* text_ = nullptr;
  std::size_t size_ = 0;
  std::FILE* file_;

 public:
  logger log;
};

}  // namespace

TEST_CASE("a line is one JSON object: when, how grave, what, and the fields in their order") {
  written out;
  out.log.info("listening", {{"http", "127.0.0.1:8080"},
                             {"partition", 3},
                             {"offset", std::int64_t{9007199254740993}},
                             {"seconds", 0.25},
                             {"embedded", true}});
  CHECK(out.lines() ==
        "{\"ts\":\"2026-11-23T02:15:34.120Z\",\"level\":\"info\",\"msg\":\"listening\","
        "\"http\":\"127.0.0.1:8080\",\"partition\":3,\"offset\":9007199254740993,"
        "\"seconds\":0.25,\"embedded\":true}\n");
}

TEST_CASE("whatever a text holds, its line stays one line of JSON in UTF-8") {
  struct row {
    const char* name;
    std::string given;
    std::string shown;
  };
  const std::vector<row> rows{
      {"quotes and backslashes", "a\"b\\c", R"(a\"b\\c)"},
      {"a line break", "a\nb", R"(a\u000ab)"},
      {"a NUL", std::string("a\0b", 3), R"(a\u0000b)"},
      {"an escape sequence of a terminal", "\x1b[31m", R"(\u001b[31m)"},
      {"delete", "\x7f", R"(\u007f)"},
      {"letters beyond ASCII", "é€😀", "é€😀"},
      {"a lone continuation byte", "a\x80", R"(a\ufffd)"},
      {"a sequence cut short", "\xe2\x82", R"(\ufffd\ufffd)"},
      {"an overlong slash", "\xc0\xaf", R"(\ufffd\ufffd)"},
      {"an overlong sequence of three", "\xe0\x80\xaf", R"(\ufffd\ufffd\ufffd)"},
      {"a surrogate", "\xed\xa0\x80", R"(\ufffd\ufffd\ufffd)"},
      {"beyond Unicode", "\xf4\x90\x80\x80", R"(\ufffd\ufffd\ufffd\ufffd)"},
      {"no first byte at all", "\xff", R"(\ufffd)"},
  };
  for (const row& one : rows) {
    CAPTURE(one.name);
    written out;
    out.log.info("text", {{"value", one.given}});
    CHECK(out.lines().find("\"value\":\"" + one.shown + "\"}\n") != std::string::npos);
  }
}

TEST_CASE("what is no number is null") {
  written out;
  out.log.info("numbers", {{"a", std::numeric_limits<double>::quiet_NaN()},
                           {"b", std::numeric_limits<double>::infinity()}});
  CHECK(out.lines().ends_with("\"a\":null,\"b\":null}\n"));
}

TEST_CASE("a level lets through itself and what is graver") {
  struct row {
    log_level level;
    std::size_t lines;
  };
  for (const row& one : {row{log_level::error, 1}, row{log_level::warning, 2},
                         row{log_level::info, 3}, row{log_level::debug, 4}}) {
    CAPTURE(to_string(one.level));
    written out{one.level};
    out.log.error("e");
    out.log.warning("w");
    out.log.info("i");
    out.log.debug("d");
    CHECK(count(out.lines(), "\n") == one.lines);
    CHECK(out.log.enabled(one.level));
  }
}

TEST_CASE("the level can be changed while the program runs") {
  written out{log_level::error};
  out.log.info("unseen");
  out.log.set_level(log_level::info);
  out.log.info("seen");
  CHECK(count(out.lines(), "unseen") == 0);
  CHECK(count(out.lines(), "seen") == 1);
}

TEST_CASE("levels are read by the names of the configuration alone") {
  CHECK(parse_log_level("warning") == log_level::warning);
  for (const char* unknown : {"", "warn", "INFO", "trace", "info "}) {
    CAPTURE(unknown);
    CHECK_FALSE(parse_log_level(unknown));
  }
}

TEST_CASE("a repeated warning is counted after the first few of a second") {
  written out;
  for (int i = 0; i < 10; ++i) out.log.warning("kafka: no broker", {{"i", i}});
  CHECK(count(out.lines(), "\n") == 3);
  out.log.warning("another");
  CHECK(count(out.lines(), "another") == 1);
  now_ms += 1000;
  out.log.warning("kafka: no broker", {{"i", 10}});
  CHECK(out.lines().ends_with("\"msg\":\"kafka: no broker\",\"i\":10,\"suppressed\":7}\n"));
  out.log.warning("kafka: no broker", {{"i", 11}});
  CHECK(out.lines().ends_with("\"i\":11}\n"));
}

TEST_CASE("a clock that is set back does not silence a warning for good") {
  written out;
  for (int i = 0; i < 10; ++i) out.log.warning("w");
  now_ms -= 3'600'000;
  out.log.warning("w");
  CHECK(out.lines().ends_with("\"suppressed\":7}\n"));
}

TEST_CASE("info is never held back") {
  written out;
  for (int i = 0; i < 10; ++i) out.log.info("i");
  CHECK(count(out.lines(), "\n") == 10);
}

TEST_CASE("lines of several threads never mix") {
  written out{log_level::info, 1'000'000};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 200; ++i) out.log.warning("from a thread", {{"i", i}});
      });
    }
  }
  const std::string lines = out.lines();
  CHECK(count(lines, "\n") == 800);
  CHECK(count(lines, "}\n") == 800);
  CHECK(count(lines, "{\"ts\":") == 800);
}
