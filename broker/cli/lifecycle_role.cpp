#include "broker/cli/lifecycle_role.hpp"

#include "broker/kafka/lifecycle_log.hpp"
#include "broker/kafka/names.hpp"
#include "broker/lifecycle/processor.hpp"

#include <thread>
#include <utility>

namespace sinyal::cli {

namespace {

lifecycle::processor_settings settings_of(const config& all, bool embedded) {
  lifecycle::processor_settings out;
  out.lifecycle = all.lifecycle;
  out.partitions = all.kafka.partitions;
  out.in_memory = embedded;
  return out;
}

}  // namespace

lifecycle::transform_settings transform_settings_of(const config& all, codec::schema_marks marks) {
  return {all.lifecycle.event_format, all.lifecycle.redact,
          kafka::notifications_topic(all.kafka.raw_prefix()), std::move(marks)};
}

struct lifecycle_role::parts {
  parts(const config& all, codec::schema_marks marks, bool embedded, observe::metrics& metrics,
        observe::logger& logger, happenings& to)
      : events{to},
        log{kafka::make_lifecycle_log(all.kafka, all.lifecycle, embedded, logger)},
        processor{settings_of(all, embedded),
                  lifecycle::make_transformer(transform_settings_of(all, std::move(marks))), *log,
                  metrics, logger} {}

  happenings& events;
  std::unique_ptr<lifecycle_log> log;
  lifecycle::processor processor;
  std::thread thread;
};

lifecycle_role::lifecycle_role(const config& all, codec::schema_marks marks, bool embedded,
                               observe::metrics& metrics, observe::logger& logger,
                               happenings& events)
    : parts_{std::make_unique<parts>(all, std::move(marks), embedded, metrics, logger, events)} {}

lifecycle_role::~lifecycle_role() {
  request_stop();
  if (parts_->thread.joinable()) parts_->thread.join();
}

void lifecycle_role::start() {
  parts_->thread = std::thread{[&own = *parts_] {
    const bool stopped = own.processor.run() == lifecycle::processor::outcome::stopped;
    own.events.add(stopped ? happening::lifecycle_stopped : happening::lifecycle_failed);
  }};
}

void lifecycle_role::request_stop() {
  parts_->processor.request_stop();
}
bool lifecycle_role::ready() const {
  return parts_->processor.ready();
}
bool lifecycle_role::kafka_up() const {
  return parts_->log->up();
}

}  // namespace sinyal::cli
