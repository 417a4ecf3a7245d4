/**
 * The code under test in testing-kit/: a small service of someone's, on kafkajs. It is what a user of `millrace/testing` has;
 * the tests around it are what a user would write, once for Jest and once for node:test.
 */
const { Kafka, logLevel } = require('kafkajs');

function client(brokers) {
  return new Kafka({ clientId: 'shop', brokers, logLevel: logLevel.NOTHING });
}

async function placeOrders(brokers, orders) {
  const producer = client(brokers).producer();
  await producer.connect();
  await producer.send({
    topic: 'orders',
    messages: orders.map(({ customer, amount }) => ({ key: customer, value: String(amount) })),
  });
  await producer.disconnect();
}

/** Adds up the amounts by customer over the first `count` orders. */
async function totals(brokers, count) {
  const consumer = client(brokers).consumer({ groupId: 'totals', maxWaitTimeInMs: 100 });
  const sums = {};
  await consumer.connect();
  await consumer.subscribe({ topic: 'orders', fromBeginning: true });
  await new Promise((resolve, reject) => {
    let read = 0;
    consumer
      .run({
        eachMessage: async ({ message }) => {
          const customer = message.key.toString();
          sums[customer] = (sums[customer] ?? 0) + Number(message.value.toString());
          read++;
          if (read === count) resolve();
        },
      })
      .catch(reject);
  });
  await consumer.disconnect();
  return sums;
}

module.exports = { placeOrders, totals };

// As a process of its own, whose timers no test can fake: node orders.cjs BROKER CUSTOMER AMOUNT
if (require.main === module) {
  const [broker, customer, amount] = process.argv.slice(2);
  placeOrders([broker], [{ customer, amount: Number(amount) }]).catch((error) => {
    console.error(error);
    process.exitCode = 1;
  });
}
