package millrace.interop;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Latency at a fixed rate, from when a record was due, not from when the client got round to sending it: a broker that stalls is
 * charged for everything that queued up behind the stall (no coordinated omission). Kafka's own producer and consumer do the work; its perf
 * tool counts in whole milliseconds, from the send.
 *
 * <p>The warm-up runs at half the rate: what two fresh Java programs cannot keep up with in their first seconds would otherwise still
 * be queued up when measuring begins.
 *
 * <p>Arguments: bootstrap topic recordBytes recordsPerSecond seconds warmUpSeconds acks. Prints one line of JSON, times in milliseconds:
 * acknowledged (producer) and delivered (to a consumer in this process).
 */
public final class OpenLoop {
  private OpenLoop() {}

  public static void main(String[] args) throws Exception {
    String bootstrap = args[0];
    String topic = args[1];
    int recordBytes = Integer.parseInt(args[2]);
    double perSecond = Double.parseDouble(args[3]);
    int seconds = Integer.parseInt(args[4]);
    int warmUpSeconds = Integer.parseInt(args[5]);
    String acks = args[6];

    int warmUp = (int) (perSecond * warmUpSeconds / 2);
    int total = warmUp + (int) (perSecond * seconds);
    double nanosPerRecord = 1e9 / perSecond;
    long[] due = new long[total];
    long[] acknowledged = new long[total];
    long[] delivered = new long[total];

    AtomicInteger failures = new AtomicInteger();
    AtomicInteger settled = new AtomicInteger();
    try (KafkaProducer<byte[], byte[]> producer = producer(bootstrap, acks)) {
      Thread consumer = consumer(bootstrap, topic, total, delivered);
      consumer.start();
      byte[] filler = new byte[recordBytes];
      new Random(1).nextBytes(filler);
      long start = System.nanoTime() + 100_000_000L;
      for (int at = 0; at < total; at++) {
        due[at] = start + (long) ((at + Math.min(at, warmUp)) * nanosPerRecord);
        for (long left; (left = due[at] - System.nanoTime()) > 0; ) {
          // Waking takes about 50 microseconds; closer than that, several records are due at once anyway.
          LockSupport.parkNanos(left);
        }
        int number = at;
        byte[] value = filler.clone();
        ByteBuffer.wrap(value).putInt(number);
        producer.send(
            new ProducerRecord<>(topic, value),
            (metadata, error) -> {
              acknowledged[number] = System.nanoTime();
              if (error != null) failures.incrementAndGet();
              settled.incrementAndGet();
            });
      }
      producer.flush();
      consumer.join(60_000);
      double took = (System.nanoTime() - due[warmUp]) / 1e9;
      String json =
          String.format(
              Locale.ROOT,
              "{\"records\":%d,\"failures\":%d,\"achievedPerSecond\":%.0f,\"acknowledgedMs\":%s,\"deliveredMs\":%s}",
              total - warmUp,
              failures.get(),
              (total - warmUp) / took,
              quantiles(due, acknowledged, warmUp),
              quantiles(due, delivered, warmUp));
      System.out.println(json);
      if (settled.get() != total || failures.get() > 0 || consumer.isAlive()) System.exit(1);
    }
  }

  private static KafkaProducer<byte[], byte[]> producer(String bootstrap, String acks) {
    Map<String, Object> config = new HashMap<>();
    config.put("bootstrap.servers", bootstrap);
    config.put("acks", acks);
    // 3.x sends at once, 4.x waits 5 ms by default: the same for all.
    config.put("linger.ms", "0");
    config.put("enable.idempotence", acks.equals("all") ? "true" : "false");
    config.put("key.serializer", ByteArraySerializer.class.getName());
    config.put("value.serializer", ByteArraySerializer.class.getName());
    return new KafkaProducer<>(config);
  }

  /** Reads all partitions from their beginning, until it has seen all records. */
  private static Thread consumer(String bootstrap, String topic, int total, long[] delivered) {
    Map<String, Object> config = new HashMap<>();
    config.put("bootstrap.servers", bootstrap);
    config.put("enable.auto.commit", "false");
    config.put("auto.offset.reset", "earliest");
    config.put("key.deserializer", ByteArrayDeserializer.class.getName());
    config.put("value.deserializer", ByteArrayDeserializer.class.getName());
    KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(config);
    List<TopicPartition> partitions =
        consumer.partitionsFor(topic).stream()
            .map(each -> new TopicPartition(topic, each.partition()))
            .collect(Collectors.toList());
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
    partitions.forEach(consumer::position);
    return new Thread(
        () -> {
          int left = total;
          while (left > 0) {
            for (ConsumerRecord<byte[], byte[]> each : consumer.poll(Duration.ofSeconds(1))) {
              delivered[ByteBuffer.wrap(each.value()).getInt()] = System.nanoTime();
              left--;
            }
          }
          consumer.close();
        },
        "consumer");
  }

  private static String quantiles(long[] due, long[] done, int from) {
    long[] took = new long[due.length - from];
    for (int at = from; at < due.length; at++) took[at - from] = done[at] - due[at];
    Arrays.sort(took);
    StringBuilder text = new StringBuilder("{");
    for (double quantile : new double[] {0.5, 0.99, 0.999, 1}) {
      int at = (int) Math.min(took.length - 1, Math.ceil(quantile * took.length) - 1);
      String name = quantile == 1 ? "max" : "p" + String.format(Locale.ROOT, "%.1f", quantile * 100).replace(".0", "");
      text.append(String.format(Locale.ROOT, "%s\"%s\":%.3f", text.length() > 1 ? "," : "", name, took[at] / 1e6));
    }
    return text.append('}').toString();
  }
}
