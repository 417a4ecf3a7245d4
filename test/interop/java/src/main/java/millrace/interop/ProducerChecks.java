package millrace.interop;

import static millrace.interop.Checks.check;
import static millrace.interop.Checks.equal;
import static millrace.interop.Checks.holds;
import static millrace.interop.Checks.refused;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.utils.AppInfoParser;

/** The Java producer, whose default is idempotence with acks=all and five requests in flight. */
final class ProducerChecks {
  private final Cluster cluster;

  ProducerChecks(Cluster cluster) {
    this.cluster = cluster;
  }

  void run() {
    for (String codec : List.of("none", "gzip", "snappy", "lz4", "zstd")) {
      String[] shown = codec.equals("none") ? new String[0] : new String[] {codec};
      check("producer: 5,000 records, idempotent, " + codec, () -> codec(codec, Map.of()), shown);
      check("producer: 5,000 records, not idempotent, " + codec, () -> codec(codec, Map.of("enable.idempotence", "false")), shown);
    }
    for (String acks : List.of("all", "1", "0")) {
      check("producer: acks=" + acks, () -> acks(acks), "acks");
    }
    check("producer: 20,000 records over three partitions, five requests in flight, each partition in order", this::order, "idempotence");
    check("producer: keys, null keys, null values, headers, timestamps", this::fields, "fields");
    check("producer: batches of a megabyte over three partitions, five in flight", this::largeBatches, "large-batches");
    check("producer: a record too large for the topic is refused, and the next one taken", this::recordTooLarge, "too-large");
    // Kafka's 3.x producer splits a batch by its own batch.size only, and sends what is still too large again and again.
    if (!AppInfoParser.getVersion().startsWith("3.")) {
      check("producer: a batch too large for the topic is split", this::batchTooLarge);
    }
    check("producer: LogAppendTime is the broker's own", this::logAppendTime);
    check("producer: creates a topic by writing to it", this::autoCreate, "auto-create");
    check("producer: a topic with a bad name is refused", this::badName);
    check("producer: two in turn, each with an id of its own, in one partition", this::twoProducers, "idempotence");
  }

  private void codec(String codec, Map<String, ?> settings) throws Exception {
    String topic = cluster.topic("codec", 1);
    List<String> values = new ArrayList<>();
    for (int n = 0; n < 5000; n++) values.add(n + "-" + "abcdefghij".repeat(n % 10));
    try (var producer = cluster.producer(Cluster.with(Cluster.with(settings, "compression.type", codec), "linger.ms", "5"))) {
      List<Future<RecordMetadata>> sent = new ArrayList<>();
      for (String value : values) sent.add(producer.send(new ProducerRecord<>(topic, 0, null, value)));
      for (int n = 0; n < sent.size(); n++) equal(sent.get(n).get().offset(), (long) n, "offset answered");
    }
    List<ConsumerRecord<String, String>> read = cluster.read(topic, 1, values.size());
    for (int n = 0; n < values.size(); n++) {
      equal(read.get(n).value(), values.get(n), "value");
      equal(read.get(n).offset(), (long) n, "offset read");
    }
  }

  private void acks(String acks) throws Exception {
    String topic = cluster.topic("acks", 1);
    try (var producer = cluster.producer(Map.of("acks", acks, "enable.idempotence", "false"))) {
      RecordMetadata answer = producer.send(new ProducerRecord<>(topic, "one")).get();
      equal(answer.hasOffset(), !acks.equals("0"), "an offset is answered");
    }
    equal(cluster.read(topic, 1, 1).get(0).value(), "one", "value");
  }

  /**
   * Waits for the first record of a partition just made. On a busy machine the partition may still be opening when the first
   * batch comes and be open when the second does; Kafka takes that one, since it knows nothing of the producer, and then
   * refuses the first for two minutes.
   */
  private static void opened(Future<RecordMetadata> first) throws Exception {
    first.get();
  }

  private void order() throws Exception {
    String topic = cluster.topic("order", 3);
    int count = 20_000;
    try (var producer = cluster.producer(Map.of("batch.size", "2000", "linger.ms", "0"))) {
      List<Future<RecordMetadata>> sent = new ArrayList<>();
      for (int n = 0; n < count; n++) {
        sent.add(producer.send(new ProducerRecord<>(topic, n % 3, null, String.valueOf(n))));
        if (n < 3) opened(sent.get(n));
      }
      for (var each : sent) each.get();
    }
    int[] next = {0, 1, 2};
    for (var record : cluster.read(topic, 3, count)) {
      equal(Integer.valueOf(record.value()), next[record.partition()], "value in partition " + record.partition());
      next[record.partition()] += 3;
    }
  }

  private void fields() throws Exception {
    String topic = cluster.topic("fields", 1);
    try (var producer = cluster.producer(Map.of())) {
      var first = new ProducerRecord<>(topic, 0, 1_700_000_000_000L, "k1", "v1");
      first.headers().add("colour", "blue".getBytes(StandardCharsets.UTF_8)).add("none", null).add("colour", new byte[0]);
      producer.send(first);
      producer.send(new ProducerRecord<>(topic, 0, 1_700_000_000_005L, "k2", (String) null));
      producer.send(new ProducerRecord<>(topic, 0, 1_700_000_000_003L, (String) null, "v3"));
    }
    var read = cluster.read(topic, 1, 3);
    equal(read.get(0).key() + read.get(0).value(), "k1v1", "first");
    equal(read.get(0).timestamp(), 1_700_000_000_000L, "timestamp");
    equal(read.get(0).timestampType(), TimestampType.CREATE_TIME, "timestamp type");
    Header[] headers = read.get(0).headers().toArray();
    equal(headers.length, 3, "headers");
    equal(new String(headers[0].value(), StandardCharsets.UTF_8), "blue", "first header");
    equal(headers[1].value(), null, "null header");
    equal(headers[2].value().length, 0, "empty header");
    equal(read.get(1).value(), null, "null value");
    equal(read.get(2).key(), null, "null key");
    equal(read.get(2).timestamp(), 1_700_000_000_003L, "timestamp that goes back");
  }

  private void largeBatches() throws Exception {
    String topic = cluster.topic("large", 3);
    String value = "x".repeat(10_000);
    var settings = Map.of("batch.size", "1000000", "linger.ms", "100", "compression.type", "none");
    try (var producer = cluster.producer(settings)) {
      List<Future<RecordMetadata>> sent = new ArrayList<>();
      for (int n = 0; n < 1500; n++) {
        sent.add(producer.send(new ProducerRecord<>(topic, n % 3, null, value)));
        if (n < 3) opened(sent.get(n));
      }
      for (int n = 0; n < sent.size(); n++) equal(sent.get(n).get().offset(), (long) (n / 3), "offset answered");
    }
    for (var record : cluster.read(topic, 3, 1500)) equal(record.value(), value, "value");
  }

  private void recordTooLarge() throws Exception {
    String topic = cluster.topic("large", 1, Map.of("max.message.bytes", "20000"));
    try (var producer = cluster.producer(Map.of())) {
      refused(RecordTooLargeException.class, () -> producer.send(new ProducerRecord<>(topic, "x".repeat(50_000))).get());
      equal(producer.send(new ProducerRecord<>(topic, "small")).get().offset(), 0L, "offset of the next one");
    }
    equal(cluster.read(topic, 1, 1).get(0).value(), "small", "value");
  }

  private void batchTooLarge() throws Exception {
    String topic = cluster.topic("split", 1, Map.of("max.message.bytes", "20000"));
    try (var producer = cluster.producer(Map.of("batch.size", "100000", "linger.ms", "1000"))) {
      List<Future<RecordMetadata>> sent = new ArrayList<>();
      for (int n = 0; n < 20; n++) sent.add(producer.send(new ProducerRecord<>(topic, n + "-" + "x".repeat(4000))));
      producer.flush();
      for (var each : sent) each.get();
    }
    var read = cluster.read(topic, 1, 20);
    for (int n = 0; n < 20; n++) equal(read.get(n).value().split("-")[0], String.valueOf(n), "order after the split");
  }

  private void logAppendTime() throws Exception {
    String topic = cluster.topic("appended", 1, Map.of("message.timestamp.type", "LogAppendTime"));
    long before = System.currentTimeMillis();
    try (var producer = cluster.producer(Map.of("compression.type", "lz4"))) {
      var answer = producer.send(new ProducerRecord<>(topic, 0, 5L, null, "one")).get();
      holds(answer.timestamp() >= before, "the answer tells the broker's time");
    }
    var record = cluster.read(topic, 1, 1).get(0);
    equal(record.timestampType(), TimestampType.LOG_APPEND_TIME, "timestamp type");
    holds(record.timestamp() >= before && record.timestamp() <= System.currentTimeMillis(), "the record has the broker's time");
  }

  private void autoCreate() throws Exception {
    String topic = Cluster.unique("auto");
    try (var producer = cluster.producer(Map.of())) {
      equal(producer.send(new ProducerRecord<>(topic, "one")).get().offset(), 0L, "offset");
    }
  }

  private void badName() throws Exception {
    try (KafkaProducer<String, String> producer = cluster.producer(Map.of("max.block.ms", "5000"))) {
      refused(InvalidTopicException.class, () -> producer.send(new ProducerRecord<>("no spaces", "one")).get());
    }
  }

  private void twoProducers() throws Exception {
    String topic = cluster.topic("two", 1);
    try (var first = cluster.producer(Map.of()); var second = cluster.producer(Map.of())) {
      for (int n = 0; n < 20; n++) {
        var producer = n % 2 == 0 ? first : second;
        equal(producer.send(new ProducerRecord<>(topic, String.valueOf(n))).get().offset(), (long) n, "offset");
      }
    }
    equal(cluster.read(topic, 1, 20).get(19).value(), "19", "last value");
  }
}
