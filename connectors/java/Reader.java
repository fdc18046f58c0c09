import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Ships an order when its payment settles, once, however often the event is delivered.
 *
 * <p>{@code Reader BOOTSTRAP_SERVERS GROUP TOPIC}. What has been handled is remembered by ce_id in
 * shop.sqlite3, in the transaction of the effect.
 */
public final class Reader {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Yours. Runs in the open transaction; whatever it throws undoes it. */
  static void handle(Connection database, JsonNode payment, String status, String anomaly)
      throws Exception {
    String order = payment.get("order_id").asText();
    String amount = payment.get("gross_amount").asText(); // for new BigDecimal(…), never a double
    // the order decides, not the attempt: two attempts may pay for one, or money may have gone back
    if ("paid".equals(status)
        && insert(database, "INSERT OR IGNORE INTO shipments VALUES (?, ?)", order, amount) == 1) {
      System.out.println("ship " + order + " " + amount + " " + status);
    } else {
      System.out.println("not shipped " + order + " " + status + " " + anomaly);
    }
  }

  static void handleOnce(Connection database, ConsumerRecord<byte[], byte[]> record)
      throws Exception {
    if (!"sinyal.payment.settled.v1".equals(header(record, "ce_type"))) {
      System.err.println("skipped " + header(record, "ce_type"));
      return;
    }
    try {
      String id = Objects.requireNonNull(header(record, "ce_id"), "ce_id is missing");
      if (insert(database, "INSERT OR IGNORE INTO seen VALUES (?)", id) == 1) {
        JsonNode payment = JSON.readTree(record.value()).get("payment");
        handle(database, payment, header(record, "ce_orderstatus"), header(record, "ce_anomaly"));
      }
      database.commit();
    } catch (Exception error) {
      database.rollback();
      throw error; // ends the reader: nothing of this record is committed
    }
  }

  static int insert(Connection database, String sql, String... values) throws Exception {
    try (PreparedStatement statement = database.prepareStatement(sql)) {
      for (int i = 0; i < values.length; ++i) statement.setString(i + 1, values[i]);
      return statement.executeUpdate();
    }
  }

  static String header(ConsumerRecord<byte[], byte[]> record, String name) {
    var header = record.headers().lastHeader(name);
    return header == null ? null : new String(header.value(), StandardCharsets.UTF_8);
  }

  static void closeOnSignal(KafkaConsumer<byte[], byte[]> consumer, CountDownLatch closed) {
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
      consumer.wakeup();
      try {
        closed.await();
      } catch (InterruptedException error) {
        Thread.currentThread().interrupt();
      }
    }));
  }

  public static void main(String[] args) throws Exception {
    if (args.length != 3) {
      System.err.println("usage: Reader BOOTSTRAP_SERVERS GROUP TOPIC");
      System.exit(2);
    }
    Connection database = DriverManager.getConnection("jdbc:sqlite:shop.sqlite3");
    try (var statement = database.createStatement()) {
      statement.executeUpdate("CREATE TABLE IF NOT EXISTS seen (ce_id TEXT PRIMARY KEY)");
      statement.executeUpdate("CREATE TABLE IF NOT EXISTS shipments"
          + " (order_id TEXT PRIMARY KEY, amount TEXT)");
    }
    database.setAutoCommit(false);
    Map<String, Object> settings = Map.of(
        "bootstrap.servers", args[0],
        "group.id", args[1],
        "auto.offset.reset", "earliest",
        "isolation.level", "read_committed", // Java's default shows what was taken back
        "enable.auto.commit", false);
    CountDownLatch closed = new CountDownLatch(1);
    try (var consumer = new KafkaConsumer<>(
        settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      // else it would wait without a word
      if (!consumer.listTopics(Duration.ofSeconds(10)).containsKey(args[2])) {
        System.err.println("the topic " + args[2] + " is not there, or may not be read");
        System.exit(1);
      }
      closeOnSignal(consumer, closed);
      consumer.subscribe(List.of(args[2]));
      while (true) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(500))) {
          handleOnce(database, record);
          consumer.commitSync(Map.of(new TopicPartition(record.topic(), record.partition()),
              new OffsetAndMetadata(record.offset() + 1)));
        }
      }
    } catch (WakeupException stop) {
      // SIGTERM or SIGINT
    } catch (KafkaException error) {
      System.err.println("Kafka at " + args[0] + ": "
          + (error.getCause() == null ? error : error.getCause()));
      Runtime.getRuntime().halt(1); // the consumer is closed already
    } finally {
      closed.countDown();
    }
  }
}
