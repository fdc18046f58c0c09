import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.cloudevents.CloudEvent;
import io.cloudevents.kafka.CloudEventDeserializer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * Reads events with the CloudEvents SDK for Java: BOOTSTRAP COUNT TOPIC… Prints each as one line of
 * JSON, and ends when it has read COUNT of them.
 */
final class Reader {
  private static final Duration DEADLINE = Duration.ofSeconds(60);
  private static final ObjectMapper JSON = new ObjectMapper();

  private static String line(ConsumerRecord<String, CloudEvent> record) throws Exception {
    CloudEvent event = record.value();
    ObjectNode out = JSON.createObjectNode();
    out.put("topic", record.topic()).put("partition", record.partition());
    out.put("offset", record.offset()).put("id", event.getId());
    out.put("source", event.getSource().toString()).put("type", event.getType());
    out.put("subject", event.getSubject());
    out.put("time_ms", event.getTime().toInstant().toEpochMilli());
    out.put("dataschema", event.getDataSchema().toString());
    ObjectNode extensions = out.putObject("extensions");
    for (String name : event.getExtensionNames()) {
      extensions.put(name, event.getExtension(name).toString());
    }
    out.set("data", JSON.readTree(event.getData().toBytes()));
    return JSON.writeValueAsString(out);
  }

  private static List<TopicPartition> partitions(KafkaConsumer<?, ?> consumer, String[] topics) {
    List<TopicPartition> all = new ArrayList<>();
    for (String topic : topics) {
      consumer.partitionsFor(topic).forEach(
          each -> all.add(new TopicPartition(each.topic(), each.partition())));
    }
    return all;
  }

  public static void main(String[] arguments) throws Exception {
    int count = Integer.parseInt(arguments[1]);
    Properties properties = new Properties();
    properties.put("bootstrap.servers", arguments[0]);
    properties.put("isolation.level", "read_committed");
    properties.put("enable.auto.commit", "false");
    StringBuilder lines = new StringBuilder();
    int seen = 0;
    try (var consumer = new KafkaConsumer<>(
             properties, new StringDeserializer(), new CloudEventDeserializer())) {
      var assigned = partitions(consumer, Arrays.copyOfRange(arguments, 2, arguments.length));
      consumer.assign(assigned);
      consumer.seekToBeginning(assigned);
      Instant end = Instant.now().plus(DEADLINE);
      while (seen < count && Instant.now().isBefore(end)) {
        for (var record : consumer.poll(Duration.ofMillis(500))) {
          lines.append(line(record)).append('\n');
          ++seen;
        }
      }
    }
    System.out.print(lines);
    if (seen < count) {
      System.err.println("only " + seen + " of " + count + " events came within " + DEADLINE);
      System.exit(1);
    }
  }
}
