#include "tests/bench/raw_record.hpp"

#include "broker/core/subject.hpp"

#include <array>
#include <chrono>
#include <cstdio>

namespace sinyal::bench {

namespace {

std::int64_t unix_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

}  // namespace

raw_record::raw_record(const notification& from, std::int32_t partitions, std::int64_t offset)
    : body_{from.body},
      key_{core::format_key(merchant, {core::subject_kind::payment, from.order_id})},
      partition_{core::partition_of(key_, partitions)},
      offset_{offset},
      received_ms_{unix_ms()} {
  std::array<char, 40> id;
  std::snprintf(id.data(), id.size(), "019ab2c4-0000-7000-8000-%012llx",
                static_cast<unsigned long long>(offset));
  codec::raw_headers headers;
  headers.id = id.data();
  headers.connector = "midtrans";
  headers.merchant = merchant;
  headers.subject = from.order_id;
  headers.received_at = core::instant{received_ms_};
  headers.key_index = 0;
  headers.peer = "127.0.0.1";
  headers.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  headers.content_type = "application/json";
  headers_ = codec::encode_raw_headers(headers);
  for (std::size_t i = 0; i < headers_.size(); ++i) header_views_.push_back(headers_[i]);
}

codec::record_view raw_record::view() const {
  codec::record_view made;
  made.partition = partition_;
  made.offset = offset_;
  made.timestamp_ms = received_ms_;
  made.key = key_;
  made.value = body_;
  made.headers = header_views_;
  return made;
}

}  // namespace sinyal::bench
