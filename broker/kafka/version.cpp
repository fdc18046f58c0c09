#include "broker/kafka/version.hpp"

#include <librdkafka/rdkafka.h>

namespace sinyal::kafka {

std::string library_version() {
  return rd_kafka_version_str();
}

}  // namespace sinyal::kafka
