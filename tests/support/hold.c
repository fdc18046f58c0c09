// A plugin of librdkafka (plugin.library.paths) that holds whoever is about to write a record for
// as long as the file $TEST_HOLD exists, and makes $TEST_HOLD.held to say so. All else goes on.

#include <librdkafka/rdkafka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static rd_kafka_resp_err_t on_send(rd_kafka_t* client, rd_kafka_message_t* message, void* opaque) {
  (void)client, (void)message, (void)opaque;
  const char* const hold = getenv("TEST_HOLD");
  if (hold == NULL || access(hold, F_OK) != 0) return RD_KAFKA_RESP_ERR_NO_ERROR;
  char held[4096];
  snprintf(held, sizeof held, "%s.held", hold);
  close(open(held, O_CREAT | O_WRONLY, 0600));
  while (access(hold, F_OK) == 0) usleep(10000);
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

static rd_kafka_resp_err_t on_new(rd_kafka_t* client, const rd_kafka_conf_t* conf, void* opaque,
                                  char* why, size_t size) {
  (void)conf, (void)opaque, (void)why, (void)size;
  return rd_kafka_interceptor_add_on_send(client, "hold", on_send, NULL);
}

// The name by which librdkafka calls a plugin.
rd_kafka_resp_err_t conf_init(rd_kafka_conf_t* conf, void** opaque, char* why, size_t size) {
  (void)opaque, (void)why, (void)size;
  return rd_kafka_conf_interceptor_add_on_new(conf, "hold", on_new, NULL);
}
