package millrace.interop;

import static millrace.interop.Checks.check;
import static millrace.interop.Checks.equal;
import static millrace.interop.Checks.holds;
import static millrace.interop.Checks.refused;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.NoOffsetForPartitionException;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.FencedInstanceIdException;
import org.apache.kafka.common.errors.OffsetMetadataTooLarge;

/** The Java consumer: positions, commits, and the corners of a classic group. Groups whose members die are the suite's. */
final class ConsumerChecks {
  private final Cluster cluster;

  ConsumerChecks(Cluster cluster) {
    this.cluster = cluster;
  }

  void run() {
    check("consumer: seeks, positions, ends", this::positions, "positions", "pause");
    check("consumer: finds offsets by timestamp", this::timestamps, "offsets-by-time");
    check("consumer: commits with metadata, and goes on from there", this::commits, "commits");
    check("consumer: commits without a group's membership", this::simpleCommits, "commits");
    check("consumer: without a reset, a missing offset and one out of range are errors", this::noReset);
    check("consumer: a pattern finds topics, and those made later", this::pattern, "pattern");
    check("consumer: large records, small fetches", this::smallFetches);
    check("consumer: waits for bytes, and is woken by them", this::longPoll);
    check("consumer: fifty partitions, of which few gain records", this::manyPartitions, "fetch-sessions");
    check("goes on over a restart of the broker", this::restart, "restart");
    check("consumer: read_committed sees what was never in a transaction", this::readCommitted);
    check("consumer: a second one with the same instance id fences the first", this::fencing, "static");
    check("consumer: a commit after being thrown out of the group is refused", this::thrownOut);
  }

  private void fill(String topic, int from, int to) throws Exception {
    try (var producer = cluster.producer(Map.of())) {
      for (int n = from; n < to; n++) producer.send(new ProducerRecord<>(topic, 0, null, String.valueOf(n)));
    }
  }

  private void positions() throws Exception {
    String topic = cluster.topic("seek", 1);
    fill(topic, 0, 50);
    var partition = new TopicPartition(topic, 0);
    try (var consumer = cluster.consumer(Map.of())) {
      consumer.assign(List.of(partition));
      equal(consumer.beginningOffsets(List.of(partition)).get(partition), 0L, "beginning");
      equal(consumer.endOffsets(List.of(partition)).get(partition), 50L, "end");
      consumer.seek(partition, 45);
      equal(Cluster.poll(consumer, 5).get(0).offset(), 45L, "first after the seek");
      equal(consumer.position(partition), 50L, "position");
      consumer.seekToBeginning(List.of(partition));
      equal(Cluster.poll(consumer, 50).get(0).offset(), 0L, "first of all");
      consumer.seekToEnd(List.of(partition));
      equal(consumer.position(partition), 50L, "position at the end");
      consumer.pause(List.of(partition));
      consumer.seek(partition, 10);
      holds(consumer.poll(Duration.ofMillis(300)).isEmpty(), "a paused partition is not read");
      consumer.resume(List.of(partition));
      equal(Cluster.poll(consumer, 40).get(0).offset(), 10L, "first after the pause");
    }
  }

  private void timestamps() throws Exception {
    String topic = cluster.topic("times", 1);
    var partition = new TopicPartition(topic, 0);
    long start = System.currentTimeMillis() - 100_000;
    try (var producer = cluster.producer(Map.of("compression.type", "gzip", "linger.ms", "100"))) {
      for (int n = 0; n < 10; n++) producer.send(new ProducerRecord<>(topic, 0, start + n * 1000, null, String.valueOf(n)));
    }
    try (var consumer = cluster.consumer(Map.of())) {
      for (int n = 0; n < 10; n++) {
        var at = consumer.offsetsForTimes(Map.of(partition, start + n * 1000)).get(partition);
        equal(at.offset(), (long) n, "offset at the time of " + n);
        equal(at.timestamp(), start + n * 1000, "timestamp found");
      }
      equal(consumer.offsetsForTimes(Map.of(partition, start + 4001)).get(partition).offset(), 5L, "between two");
      equal(consumer.offsetsForTimes(Map.of(partition, start + 60_000)).get(partition), null, "after the last");
    }
  }

  private void commits() throws Exception {
    String topic = cluster.topic("commits", 2);
    String group = Cluster.unique("commits");
    fill(topic, 0, 20);
    var partition = new TopicPartition(topic, 0);
    try (var consumer = cluster.consumer(Map.of("group.id", group, "max.poll.records", "12"))) {
      consumer.subscribe(List.of(topic));
      Cluster.poll(consumer, 12);
      consumer.commitSync(Map.of(partition, new OffsetAndMetadata(12, java.util.Optional.of(0), "twelve")));
      refused(OffsetMetadataTooLarge.class, () -> consumer.commitSync(Map.of(partition, new OffsetAndMetadata(12, "x".repeat(10_000)))));
    }
    try (var consumer = cluster.consumer(Map.of("group.id", group))) {
      var committed = consumer.committed(Set.of(partition, new TopicPartition(topic, 1)));
      equal(committed.get(partition).offset(), 12L, "committed");
      equal(committed.get(partition).metadata(), "twelve", "metadata");
      equal(committed.get(new TopicPartition(topic, 1)), null, "nothing committed");
      consumer.subscribe(List.of(topic));
      equal(Cluster.poll(consumer, 8).get(0).offset(), 12L, "goes on");
    }
  }

  private void simpleCommits() throws Exception {
    String topic = cluster.topic("simple", 1);
    String group = Cluster.unique("simple");
    fill(topic, 0, 5);
    var partition = new TopicPartition(topic, 0);
    try (var consumer = cluster.consumer(Map.of("group.id", group))) {
      consumer.assign(List.of(partition));
      Cluster.poll(consumer, 5);
      consumer.commitSync();
    }
    equal(cluster.admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get().get(partition).offset(), 5L, "committed");
  }

  private void noReset() throws Exception {
    String topic = cluster.topic("reset", 1);
    fill(topic, 0, 5);
    var partition = new TopicPartition(topic, 0);
    try (var consumer = cluster.consumer(Map.of("group.id", Cluster.unique("reset"), "auto.offset.reset", "none"))) {
      consumer.assign(List.of(partition));
      refused(NoOffsetForPartitionException.class, () -> consumer.poll(Duration.ofSeconds(30)));
      consumer.seek(partition, 1000);
      refused(OffsetOutOfRangeException.class, () -> consumer.poll(Duration.ofSeconds(30)));
    }
  }

  private void pattern() throws Exception {
    String prefix = Cluster.unique("pattern");
    String first = cluster.topic(prefix, 1);
    fill(first, 0, 1);
    try (var consumer = cluster.consumer(Map.of("group.id", Cluster.unique("pattern"), "metadata.max.age.ms", "500"))) {
      consumer.subscribe(Pattern.compile(prefix + ".*"));
      equal(Cluster.poll(consumer, 1).get(0).topic(), first, "first topic");
      // Or it would be read again when the second topic brings a rebalance.
      consumer.commitSync();
      String second = cluster.topic(prefix, 1);
      fill(second, 0, 1);
      equal(Cluster.poll(consumer, 1).get(0).topic(), second, "second topic");
    }
  }

  private void smallFetches() throws Exception {
    String topic = cluster.topic("fetches", 3);
    try (var producer = cluster.producer(Map.of("batch.size", "0"))) {
      for (int n = 0; n < 30; n++) producer.send(new ProducerRecord<>(topic, n % 3, null, n + "-" + "x".repeat(100_000)));
    }
    // A record larger than either bound still comes, or the consumer would stand still.
    Map<String, String> small = Map.of("max.partition.fetch.bytes", "50000", "fetch.max.bytes", "150000", "group.id", Cluster.unique("small"));
    try (var consumer = cluster.consumer(small)) {
      consumer.subscribe(List.of(topic));
      int[] next = {0, 1, 2};
      for (var record : Cluster.poll(consumer, 30)) {
        equal(record.value().split("-")[0], String.valueOf(next[record.partition()]), "in order");
        next[record.partition()] += 3;
      }
    }
  }

  private void manyPartitions() throws Exception {
    int partitions = 50;
    String topic = cluster.topic("many", partitions);
    long[] next = new long[partitions];
    try (var producer = cluster.producer(Map.of()); var consumer = cluster.consumer(Map.of())) {
      List<TopicPartition> all = new ArrayList<>();
      for (int n = 0; n < partitions; n++) all.add(new TopicPartition(topic, n));
      consumer.assign(all);
      consumer.seekToBeginning(all);
      for (int round = 0; round < 20; round++) {
        int partition = round * 7 % partitions;
        producer.send(new ProducerRecord<>(topic, partition, null, String.valueOf(round))).get();
        var record = Cluster.poll(consumer, 1).get(0);
        equal(record.partition(), partition, "partition");
        equal(record.offset(), next[partition]++, "offset");
        equal(record.value(), String.valueOf(round), "value");
      }
    }
  }

  private void restart() throws Exception {
    String topic = cluster.topic("restart", 1);
    String group = Cluster.unique("restart");
    var partition = new TopicPartition(topic, 0);
    try (var producer = cluster.producer(Map.of()); var consumer = cluster.consumer(Map.of("group.id", group))) {
      consumer.subscribe(List.of(topic));
      for (int part = 0; part < 2; part++) {
        if (part == 1) Checks.restartBroker();
        List<Future<RecordMetadata>> sent = new ArrayList<>();
        for (int n = 0; n < 100; n++) sent.add(producer.send(new ProducerRecord<>(topic, String.valueOf(part * 100 + n))));
        for (int n = 0; n < 100; n++) equal(sent.get(n).get().offset(), (long) (part * 100 + n), "offset answered");
        var records = Cluster.poll(consumer, 100);
        for (int n = 0; n < 100; n++) equal(records.get(n).value(), String.valueOf(part * 100 + n), "value, once and in order");
        consumer.commitSync();
      }
      equal(consumer.committed(Set.of(partition)).get(partition).offset(), 200L, "committed");
    }
  }

  private void longPoll() throws Exception {
    String topic = cluster.topic("waits", 1);
    var partition = new TopicPartition(topic, 0);
    var consumer = cluster.consumer(Map.of("fetch.max.wait.ms", "20000"));
    try (var producer = cluster.producer(Map.of())) {
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      holds(consumer.poll(Duration.ofMillis(500)).isEmpty(), "nothing is there yet");
      long startedAt = System.nanoTime();
      producer.send(new ProducerRecord<>(topic, "one")).get();
      Cluster.poll(consumer, 1);
      long ms = (System.nanoTime() - startedAt) / 1_000_000;
      holds(ms < 10_000, "the record should have ended the wait of 20 s, but came after " + ms + " ms");
    } finally {
      // Without a limit it would wait for the fetch that is under way.
      consumer.close(Duration.ofMillis(100));
    }
  }

  private void readCommitted() throws Exception {
    String topic = cluster.topic("committed", 1);
    fill(topic, 0, 10);
    var partition = new TopicPartition(topic, 0);
    try (var consumer = cluster.consumer(Map.of("isolation.level", "read_committed"))) {
      consumer.assign(List.of(partition));
      equal(consumer.endOffsets(List.of(partition)).get(partition), 10L, "last stable offset");
      Cluster.poll(consumer, 10);
    }
  }

  private void fencing() throws Exception {
    String topic = cluster.topic("fenced", 1);
    Map<String, String> same = Map.of("group.id", Cluster.unique("fenced"), "group.instance.id", "one");
    fill(topic, 0, 3);
    try (var first = cluster.consumer(same); var second = cluster.consumer(same)) {
      first.subscribe(List.of(topic));
      Cluster.poll(first, 3);
      second.subscribe(List.of(topic));
      Cluster.poll(second, 3);
      refused(FencedInstanceIdException.class, () -> {
        try {
          first.commitSync();
        } catch (CommitFailedException outOfTheGroup) {
          // Its heartbeat was quicker, and the consumer says so with its next poll.
          first.poll(Duration.ofMillis(100));
        }
      });
    }
  }

  private void thrownOut() throws Exception {
    String topic = cluster.topic("thrown", 1);
    String group = Cluster.unique("thrown");
    fill(topic, 0, 3);
    try (var consumer = cluster.consumer(Map.of("group.id", group))) {
      consumer.subscribe(List.of(topic));
      Cluster.poll(consumer, 3);
      var everyone = new org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions();
      cluster.admin.removeMembersFromConsumerGroup(group, everyone).all().get();
      refused(CommitFailedException.class, consumer::commitSync);
    }
  }
}
