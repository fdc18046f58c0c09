import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** What a user would write in Java: verify, append with acks=all, answer 200 after the ack. */
public class Ingest {
  static final String TOPIC = System.getenv("TOPIC"), KEY = System.getenv("SERVER_KEY");
  static KafkaProducer<String, byte[]> producer;

  public static void main(String[] arguments) {
    // Idempotent and acks=all are its defaults, murmur2 by key too.
    producer = new KafkaProducer<>(
        Map.of("bootstrap.servers", System.getenv("KAFKA"), "linger.ms", 1),
        new StringSerializer(), new ByteArraySerializer());
    Vertx.vertx().createHttpServer()
        .requestHandler(request -> request.body().onSuccess(
            body -> handle(request, body.getBytes())))
        .listen(Integer.parseInt(System.getenv("PORT")), "127.0.0.1");
  }

  static void handle(HttpServerRequest request, byte[] body) {
    var response = request.response();
    try {
      var notification = new JsonObject(new String(body, StandardCharsets.UTF_8));
      String order = notification.getString("order_id");
      String signed = order + notification.getString("status_code")
          + notification.getString("gross_amount") + KEY;
      byte[] digest = MessageDigest.getInstance("SHA-512").digest(signed.getBytes("UTF-8"));
      byte[] wanted = HexFormat.of().formatHex(digest).getBytes();
      if (!MessageDigest.isEqual(wanted, notification.getString("signature_key").getBytes())) {
        response.setStatusCode(401).end();
        return;
      }
      var context = Vertx.currentContext();
      var record = new ProducerRecord<>(TOPIC, "G141532850:payment:" + order, body);
      producer.send(record, (metadata, error) -> context.runOnContext(ignored -> {
        if (error != null) response.setStatusCode(504).end();
        else response.putHeader("Content-Type", "application/json").end("{\"status\":\"ok\"}");
      }));
    } catch (Exception malformed) {
      response.setStatusCode(400).end();
    }
  }
}
