#include "broker/observe/log.hpp"

#include "broker/core/time.hpp"
#include "broker/observe/clock.hpp"
#include "broker/observe/repeats.hpp"

#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <array>
#include <cmath>
#include <iterator>

namespace sinyal::observe {

namespace {

constexpr std::array<std::string_view, 4> level_names{"error", "warning", "info", "debug"};

spdlog::level::level_enum spdlog_level(log_level level) {
  constexpr std::array levels{spdlog::level::err, spdlog::level::warn, spdlog::level::info,
                              spdlog::level::debug};
  return levels[static_cast<std::size_t>(level)];
}

std::int64_t system_now_ms() {
  return now().ms_since_epoch;
}

using line_buffer = fmt::memory_buffer;

void append(line_buffer& line, std::string_view text) {
  line.append(text.data(), text.data() + text.size());
}

/// Length of the well-formed UTF-8 sequence that `text` begins with (RFC 3629); 0 for none.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first < 0xc2   ? 0
                             : first < 0xe0 ? 2
                             : first < 0xf0 ? 3
                             : first < 0xf5 ? 4
                                            : 0;
  if (length == 0 || length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  const bool overlong = (first == 0xe0 && byte(1) < 0xa0) || (first == 0xf0 && byte(1) < 0x90);
  const bool surrogate = first == 0xed && byte(1) >= 0xa0;
  const bool too_high = first == 0xf4 && byte(1) >= 0x90;
  return overlong || surrogate || too_high ? 0 : length;
}

/// A line must be JSON whatever a peer sent: what is not UTF-8 shows as U+FFFD.
void append_string(line_buffer& line, std::string_view text) {
  line.push_back('"');
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const auto byte = static_cast<unsigned char>(text.front());
    if (length == 0) {
      append(line, "\\ufffd");
    } else if (byte == '"' || byte == '\\') {
      line.push_back('\\');
      line.push_back(text.front());
    } else if (byte < 0x20 || byte == 0x7f) {
      fmt::format_to(std::back_inserter(line), "\\u{:04x}", byte);
    } else {
      append(line, text.substr(0, length));
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  line.push_back('"');
}

struct append_value {
  line_buffer& line;
  void operator()(std::string_view text) const { append_string(line, text); }
  void operator()(std::int64_t number) const {
    fmt::format_to(std::back_inserter(line), "{}", number);
  }
  void operator()(double number) const {
    // JSON has no word for what is no number
    if (!std::isfinite(number)) return append(line, "null");
    fmt::format_to(std::back_inserter(line), "{}", number);
  }
  void operator()(bool flag) const { append(line, flag ? "true" : "false"); }
};

void append_field(line_buffer& line, const field& one) {
  line.push_back(',');
  append_string(line, one.key);
  line.push_back(':');
  std::visit(append_value{line}, one.value);
}

}  // namespace

std::string_view to_string(log_level level) {
  return level_names[static_cast<std::size_t>(level)];
}

std::optional<log_level> parse_log_level(std::string_view name) {
  for (std::size_t i = 0; i < level_names.size(); ++i) {
    if (level_names[i] == name) return static_cast<log_level>(i);
  }
  return std::nullopt;
}

struct logger::sink {
  explicit sink(const log_settings& settings)
      : now_ms{settings.now_ms != nullptr ? settings.now_ms : system_now_ms},
        said{settings.repeats_per_second},
        out{"sinyal", std::make_shared<plain_sink>(settings.out)} {
    using spdlog::pattern_time_type;
    out.set_formatter(
        std::make_unique<spdlog::pattern_formatter>("%v", pattern_time_type::utc, "\n"));
    out.set_level(spdlog_level(settings.level));
  }

  using plain_sink = spdlog::sinks::stdout_sink_base<spdlog::details::console_mutex>;
  std::int64_t (*now_ms)();
  repeats said;
  spdlog::logger out;
};

logger::logger(log_settings settings) : sink_{std::make_unique<sink>(settings)} {}
logger::~logger() = default;

void logger::set_level(log_level level) {
  sink_->out.set_level(spdlog_level(level));
}
bool logger::enabled(log_level level) const {
  return sink_->out.should_log(spdlog_level(level));
}

void logger::put(log_level level, std::string_view message, fields values) {
  const std::int64_t now_ms = sink_->now_ms();
  std::uint64_t unsaid = 0;
  if (level <= log_level::warning) {
    const auto admitted = sink_->said.admit(message, now_ms);
    if (!admitted) return;
    unsaid = *admitted;
  }
  line_buffer line;
  append(line, "{\"ts\":\"");
  append(line, core::format_time({now_ms}));
  append(line, "\",\"level\":\"");
  append(line, to_string(level));
  append(line, "\",\"msg\":");
  append_string(line, message);
  for (const field& one : values) append_field(line, one);
  if (unsaid > 0) append_field(line, {"suppressed", unsaid});
  line.push_back('}');
  sink_->out.log(spdlog_level(level), spdlog::string_view_t{line.data(), line.size()});
}

}  // namespace sinyal::observe
