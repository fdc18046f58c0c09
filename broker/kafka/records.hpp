#pragma once
// Records between librdkafka and the rest: views of messages read, headers of messages written.

#include "broker/codec/record.hpp"
#include "broker/kafka/handles.hpp"

#include <deque>
#include <vector>

namespace sinyal::kafka {

/// Messages in hand, each with its view; views live until clear().
class held_records {
 public:
  const codec::record_view* add(message_handle message);
  void clear();
  bool empty() const { return used_ == 0; }

 private:
  struct held {
    message_handle message;
    std::vector<codec::header_view> headers;
    codec::record_view view;
  };
  std::deque<held> slots_;  // kept with their memory for the next batch
  std::size_t used_ = 0;
};

/// The message seen as a record; `headers` is the memory that the view's headers live in.
codec::record_view view_of(const rd_kafka_message_t& message,
                           std::vector<codec::header_view>& headers);

headers_handle make_headers(const codec::header_list& headers);

}  // namespace sinyal::kafka
