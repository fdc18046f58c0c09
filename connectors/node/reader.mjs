// Ships an order when its payment settles, once, however often the event is delivered.
//
//   node reader.mjs BOOTSTRAP_SERVERS GROUP TOPIC
//
// What has been handled is remembered by ce_id in shop.sqlite3, in the transaction of the effect.
import kafkajs from 'kafkajs';

function fail(status, message) {
  console.error(message);
  process.exit(status);
}

const { DatabaseSync } = await import('node:sqlite').catch(
  () => fail(1, `Node 22.13 or later is needed, for its SQLite; this is ${process.version}`));
const [servers, groupId, topic] = process.argv.slice(2);
if (!topic) fail(2, 'usage: node reader.mjs BOOTSTRAP_SERVERS GROUP TOPIC');
const database = new DatabaseSync('shop.sqlite3');
database.exec(`CREATE TABLE IF NOT EXISTS seen (ce_id TEXT PRIMARY KEY);
               CREATE TABLE IF NOT EXISTS shipments
                 (order_id TEXT PRIMARY KEY, amount TEXT);`);

// Yours. Runs in the open transaction; whatever it throws undoes it. Amounts are decimal strings:
// Number() would make floats of them.
function handle(payment, headers) {
  const { order_id: order, gross_amount: amount } = payment;
  const { ce_orderstatus: status, ce_anomaly: anomaly = '' } = headers;
  const insert = database.prepare('INSERT OR IGNORE INTO shipments VALUES (?, ?)');
  // the order decides, not the attempt: two attempts may pay for one, or money may have gone back
  if (status === 'paid' && insert.run(order, amount).changes === 1) {
    console.log('ship', order, amount, status);
  } else {
    console.log('not shipped', order, status, anomaly);
  }
}

function handleOnce(message) {
  const headers = Object.fromEntries(
    Object.entries(message.headers).map(([name, value]) => [name, value.toString()]));
  if (headers.ce_type !== 'sinyal.payment.settled.v1') {
    console.error('skipped', headers.ce_type);
    return;
  }
  database.exec('BEGIN IMMEDIATE');
  try {
    const seen = database.prepare('INSERT OR IGNORE INTO seen VALUES (?)').run(headers.ce_id);
    if (seen.changes === 1) handle(JSON.parse(message.value.toString()).payment, headers);
    database.exec('COMMIT');
  } catch (error) {
    database.exec('ROLLBACK');
    throw error; // nothing of this message is committed
  }
}

const kafka = new kafkajs.Kafka({
  brokers: servers.split(','), logLevel: kafkajs.logLevel.NOTHING, // errors come as exceptions
});
// readUncommitted is false by default, which is isolation.level=read_committed; said all the same
const consumer = kafka.consumer({
  groupId, readUncommitted: false,
  retry: { retries: 3, restartOnFailure: async () => false }, // else it starts itself for ever
});
const stop = async (status) => {
  await consumer.disconnect();
  process.exit(status);
};
process.once('SIGTERM', () => stop(0));
process.once('SIGINT', () => stop(0));
// a handler that goes on throwing ends the reader; its supervisor starts it again
consumer.on(consumer.events.CRASH, ({ payload }) => {
  console.error(payload.error.message);
  stop(1);
});

await consumer.connect().catch(
  (error) => fail(1, `no Kafka answers at ${servers}: ${error.message}`));
await consumer.subscribe({ topics: [topic], fromBeginning: true }).catch((error) => {
  console.error(`the topic ${topic} cannot be read: ${error.message}`);
  return stop(1);
});
await consumer.run({
  autoCommit: false,
  eachMessage: async ({ topic, partition, message }) => {
    handleOnce(message);
    const next = (BigInt(message.offset) + 1n).toString();
    await consumer.commitOffsets([{ topic, partition, offset: next }]);
  },
});
