package millrace.interop;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** The broker under test, and the few things that most checks do with it. */
final class Cluster implements AutoCloseable {
  final String bootstrap;
  final Admin admin;

  Cluster(String bootstrap) {
    this.bootstrap = bootstrap;
    this.admin = Admin.create(Map.of("bootstrap.servers", bootstrap, "client.id", "interop"));
  }

  @Override
  public void close() {
    admin.close();
  }

  static String unique(String label) {
    return label + "-" + UUID.randomUUID().toString().substring(0, 8);
  }

  String topic(String label, int partitions, Map<String, String> configs) throws Exception {
    String name = unique(label);
    admin.createTopics(List.of(new NewTopic(name, partitions, (short) 1).configs(configs))).all().get();
    return name;
  }

  String topic(String label, int partitions) throws Exception {
    return topic(label, partitions, Map.of());
  }

  KafkaProducer<String, String> producer(Map<String, ?> settings) {
    Properties properties = new Properties();
    properties.put("bootstrap.servers", bootstrap);
    properties.putAll(settings);
    return new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer());
  }

  KafkaConsumer<String, String> consumer(Map<String, ?> settings) {
    Properties properties = new Properties();
    properties.put("bootstrap.servers", bootstrap);
    properties.put("client.id", "interop");
    properties.put("auto.offset.reset", "earliest");
    properties.put("enable.auto.commit", "false");
    properties.put("session.timeout.ms", "6000");
    properties.put("heartbeat.interval.ms", "500");
    properties.putAll(settings);
    return new KafkaConsumer<>(properties, new StringDeserializer(), new StringDeserializer());
  }

  /** Polls until `count` records have come, or a minute has passed. */
  static List<ConsumerRecord<String, String>> poll(KafkaConsumer<String, String> consumer, int count) {
    List<ConsumerRecord<String, String>> records = new ArrayList<>();
    long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (records.size() < count && System.nanoTime() < deadline) {
      consumer.poll(Duration.ofMillis(200)).forEach(records::add);
    }
    Checks.equal(records.size(), count, "records read");
    return records;
  }

  /** All records of a topic from its beginning, without a group. */
  List<ConsumerRecord<String, String>> read(String topic, int partitions, int count) {
    try (KafkaConsumer<String, String> consumer = consumer(Map.of())) {
      List<TopicPartition> all = new ArrayList<>();
      for (int n = 0; n < partitions; n++) all.add(new TopicPartition(topic, n));
      consumer.assign(all);
      consumer.seekToBeginning(all);
      return poll(consumer, count);
    }
  }

  static Map<String, Object> with(Map<String, ?> settings, String name, Object value) {
    Map<String, Object> all = new HashMap<>(settings);
    all.put(name, value);
    return all;
  }
}
