#include "broker/kafka/last_answer.hpp"

#include "broker/kafka/errors.hpp"

#include <cstdint>

namespace sinyal::kafka {

namespace {

constexpr const char* name = "last_answer";

rd_kafka_resp_err_t on_response(rd_kafka_t*, int, const char*, std::int32_t, std::int16_t,
                                std::int16_t, std::int32_t, std::size_t, std::int64_t,
                                rd_kafka_resp_err_t error, void* heard) {
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
    static_cast<last_answer*>(heard)->note(last_answer::clock::now());
  }
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

rd_kafka_resp_err_t on_new(rd_kafka_t* client, const rd_kafka_conf_t*, void* heard, char*,
                           std::size_t) {
  return rd_kafka_interceptor_add_on_response_received(client, name, on_response, heard);
}

}  // namespace

log_result<void> note_answers(rd_kafka_conf_t* conf, last_answer* heard) {
  if (heard == nullptr) return {};
  const auto code = rd_kafka_conf_interceptor_add_on_new(conf, name, on_new, heard);
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return failure_of(nullptr, code, "note answers");
  return {};
}

}  // namespace sinyal::kafka
