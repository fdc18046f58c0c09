#pragma once
// The log: one JSON object a line on standard error. error = we failed someone; warning = they or
// the network failed; info = the life of the process; debug = the rest. Fields have stable names
// (id, topic, partition, offset, …) and never hold a body, a key, an order id or personal data.

#include <concepts>
#include <cstdint>
#include <cstdio>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string_view>
#include <variant>

namespace sinyal::observe {

enum class log_level : std::uint8_t { error, warning, info, debug };
std::string_view to_string(log_level level);
std::optional<log_level> parse_log_level(std::string_view name);

/// A name and a value of one line. Views: it lives as long as the call that it is handed to.
struct field {
  field(std::string_view name, std::string_view text) : key{name}, value{text} {}
  field(std::string_view name, const char* text) : key{name}, value{std::string_view{text}} {}
  field(std::string_view name, bool flag) : key{name}, value{flag} {}
  field(std::string_view name, double number) : key{name}, value{number} {}
  template <std::integral Integer>
  requires(!std::same_as<Integer, bool>) field(std::string_view name, Integer number)
      : key{name}, value{static_cast<std::int64_t>(number)} {}

  std::string_view key;
  std::variant<std::string_view, std::int64_t, double, bool> value;
};
using fields = std::initializer_list<field>;

struct log_settings {
  log_level level = log_level::info;
  std::FILE* out = stderr;  // not owned
  /// Errors and warnings of the same `msg` beyond this many a second are only counted; the next
  /// line of that `msg` says how many as `suppressed`.
  std::uint32_t repeats_per_second = 10;
  std::int64_t (*now_ms)() = nullptr;  // since 1970; the system's clock unless given
};

/// Any thread may log. A line that is not written costs one comparison.
class logger {
 public:
  explicit logger(log_settings settings = {});
  ~logger();
  logger(const logger&) = delete;
  logger& operator=(const logger&) = delete;

  void set_level(log_level level);
  bool enabled(log_level level) const;

  /// `message` is a constant text: what differs from line to line belongs into fields.
  void write(log_level level, std::string_view message, fields values = {}) {
    if (enabled(level)) put(level, message, values);
  }
  void error(std::string_view message, fields values = {}) {
    write(log_level::error, message, values);
  }
  void warning(std::string_view message, fields values = {}) {
    write(log_level::warning, message, values);
  }
  void info(std::string_view message, fields values = {}) {
    write(log_level::info, message, values);
  }
  void debug(std::string_view message, fields values = {}) {
    write(log_level::debug, message, values);
  }

 private:
  struct sink;
  void put(log_level level, std::string_view message, fields values);
  std::unique_ptr<sink> sink_;
};

}  // namespace sinyal::observe
