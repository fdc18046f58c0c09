#pragma once
// Bodies on their way from ingest's door to the raw log, whatever they are.
//
//   history = line *( LF line )
//   line    = letter of the endpoint (n r p i s; none of them: n), body

#include "broker/codec/raw_record.hpp"
#include "broker/codec/record.hpp"
#include "broker/core/secret.hpp"
#include "broker/core/subject.hpp"
#include "connectors/connector.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sinyal::fuzz {

inline constexpr std::string_view merchant = "G141532850";
inline constexpr std::string_view server_key = "SB-Mid-server-sinyal-test";
inline constexpr std::string_view endpoint_letters = "nrpis";

struct posted {
  codec::endpoint endpoint = codec::endpoint::notifications;
  std::string_view body;
};

inline std::vector<posted> posts_of(std::string_view history) {
  std::vector<posted> all;
  while (!history.empty()) {
    const std::string_view line = history.substr(0, history.find('\n'));
    history.remove_prefix(std::min(line.size() + 1, history.size()));
    const auto letter = line.empty() ? line.npos : endpoint_letters.find(line.front());
    if (letter == line.npos) {
      all.push_back({codec::endpoint::notifications, line});
    } else {
      all.push_back({static_cast<codec::endpoint>(letter), line.substr(1)});
    }
  }
  return all;
}

inline connectors::admission admit(connectors::connector& by, const posted& what, bool verify) {
  const std::array keys{core::secret{std::string{server_key}}};
  return by.admit({.endpoint = what.endpoint,
                   .body = what.body,
                   .server_keys = keys,
                   .check_signature = verify});
}

/// One record of the raw log.
class raw_record {
 public:
  raw_record(const posted& what, const core::subject& subject, std::int64_t offset)
      : key_{core::format_key(merchant, subject)}, body_{what.body}, offset_{offset} {
    codec::raw_headers headers;
    headers.id = "019ab3f2-7a55-7b0e-9d53-0d2c8f6f8f11";
    headers.connector = "midtrans";
    headers.endpoint = what.endpoint;
    headers.merchant = merchant;
    headers.kind = subject.kind;
    headers.subject = subject.id;
    headers.received_at = core::instant{received_ms()};
    headers.peer = "10.0.0.7";
    headers.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    headers.content_type = "application/json";
    headers_ = codec::encode_raw_headers(headers);
    for (std::size_t i = 0; i < headers_.size(); ++i) views_.push_back(headers_[i]);
  }
  raw_record(const raw_record&) = delete;
  raw_record& operator=(const raw_record&) = delete;

  codec::record_view view() const {
    codec::record_view made;
    made.partition = 3;
    made.offset = offset_;
    made.timestamp_ms = received_ms();
    made.key = key_;
    made.value = body_;
    made.headers = views_;
    return made;
  }

 private:
  std::int64_t received_ms() const { return 1795400134120 + offset_ * 1000; }

  std::string key_;
  std::string body_;
  codec::header_list headers_;
  std::vector<codec::header_view> views_;
  std::int64_t offset_;
};

}  // namespace sinyal::fuzz
