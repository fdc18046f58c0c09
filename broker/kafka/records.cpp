#include "broker/kafka/records.hpp"

#include <sys/types.h>
#include <utility>

namespace sinyal::kafka {

const codec::record_view* held_records::add(message_handle message) {
  if (used_ == slots_.size()) slots_.emplace_back();
  held& slot = slots_[used_++];
  slot.message = std::move(message);
  slot.view = view_of(*slot.message, slot.headers);
  return &slot.view;
}

void held_records::clear() {
  for (std::size_t i = 0; i < used_; ++i) slots_[i].message.reset();
  used_ = 0;
}

codec::record_view view_of(const rd_kafka_message_t& message,
                           std::vector<codec::header_view>& headers) {
  headers.clear();
  codec::record_view view;
  view.partition = message.partition;
  view.offset = message.offset;
  view.timestamp_ms = rd_kafka_message_timestamp(&message, nullptr);
  view.key = {static_cast<const char*>(message.key), message.key_len};
  if (message.payload != nullptr) {
    view.value = std::string_view{static_cast<const char*>(message.payload), message.len};
  }
  rd_kafka_headers_t* all = nullptr;
  if (rd_kafka_message_headers(&message, &all) == RD_KAFKA_RESP_ERR_NO_ERROR) {
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    for (std::size_t i = 0;
         rd_kafka_header_get_all(all, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
      headers.push_back({name, {static_cast<const char*>(value), size}});
    }
  }
  view.headers = headers;
  return view;
}

headers_handle make_headers(const codec::header_list& headers) {
  headers_handle made{rd_kafka_headers_new(headers.size())};
  for (std::size_t i = 0; i < headers.size(); ++i) {
    const codec::header_view each = headers[i];
    rd_kafka_header_add(made.get(), each.name.data(), static_cast<ssize_t>(each.name.size()),
                        each.value.data(), static_cast<ssize_t>(each.value.size()));
  }
  return made;
}

}  // namespace sinyal::kafka
