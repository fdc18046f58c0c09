// Reads events with the CloudEvents SDK for JavaScript: BOOTSTRAP COUNT TOPIC…
// Prints each as one line of JSON, and ends when it has read COUNT of them.
import { Kafka as Binding } from "cloudevents";
import { Kafka, logLevel } from "kafkajs";

const DEADLINE_MS = 60_000;
const ATTRIBUTES = new Set(["id", "source", "type", "subject", "time", "specversion", "dataschema",
  "datacontenttype", "data", "data_base64"]);
const [bootstrap, count, ...topics] = process.argv.slice(2);

/** The SDK wants headers as texts; clients hand them over as buffers. */
function eventOf({ topic, partition, message }) {
  const headers = Object.fromEntries(
    Object.entries(message.headers).map(([name, value]) => [name, value.toString()]));
  const event = Binding.toEvent({ headers, key: message.key.toString(),
    value: message.value.toString() });
  if (!event.validate()) throw new Error(`${topic} ${partition}:${message.offset}: not valid`);
  const extensions = Object.fromEntries(
    Object.entries(event).filter(([name]) => !ATTRIBUTES.has(name)));
  return { topic, partition, offset: Number(message.offset), id: event.id, source: event.source,
    type: event.type, subject: event.subject, time_ms: Date.parse(event.time),
    dataschema: event.dataschema, extensions, data: event.data };
}

const kafka = new Kafka({ clientId: "sdk-javascript", brokers: [bootstrap],
  logLevel: logLevel.NOTHING });
const consumer = kafka.consumer({ groupId: `sdk-javascript-${process.pid}-${Date.now()}` });
const lines = [];
const late = setTimeout(() => {
  console.error(`only ${lines.length} of ${count} events came within ${DEADLINE_MS} ms`);
  process.exit(1);
}, DEADLINE_MS);

await consumer.connect();
await consumer.subscribe({ topics, fromBeginning: true });
await new Promise((done, failed) => {
  consumer.on(consumer.events.CRASH, ({ payload }) => failed(payload.error));
  consumer.run({ eachMessage: async (each) => {
    try {
      lines.push(JSON.stringify(eventOf(each)));
    } catch (error) {
      failed(error);
    }
    if (lines.length === Number(count)) done();
  } }).catch(failed);
});
clearTimeout(late);
await consumer.disconnect();
console.log(lines.join("\n"));
