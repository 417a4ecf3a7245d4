package millrace.interop;

import static millrace.interop.Checks.check;
import static millrace.interop.Checks.equal;
import static millrace.interop.Checks.holds;
import static millrace.interop.Checks.refused;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.TopicCollection;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.ElectionNotNeededException;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.InvalidReplicaAssignmentException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.NoReassignmentInProgressException;
import org.apache.kafka.common.errors.OffsetOutOfRangeException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** The Java admin client: the cluster, its topics, their offsets. */
final class AdminChecks {
  private final Cluster cluster;

  AdminChecks(Cluster cluster) {
    this.cluster = cluster;
  }

  void run() {
    check("admin: describes the cluster", this::describeCluster, "cluster");
    check("admin: creates, lists, describes and deletes topics, by name and by id", this::topics, "topics");
    check("admin: validates a topic without making it", this::validateOnly, "topics");
    check("admin: refuses what makes no sense, with the error Kafka has for it", this::refusals, "topics");
    check("admin: adds partitions", this::createPartitions, "partitions");
    check("admin: lists offsets", this::offsets, "list-offsets");
    check("admin: lists the offset of the newest timestamp", this::maxTimestamp, "max-timestamp");
    check("admin: deletes records", this::deleteRecords, "delete-records");
    check("admin: describes log directories", this::logDirs, "log-dirs");
    check("admin: elects leaders", this::elections, "elections");
    check("admin: reassigns partitions to where they are, and lists no reassignment", this::reassignments, "reassignments");
    check("admin: describes producers", this::producers, "producers");
    check("admin: describes the broker's features", this::features, "broker-features");
  }

  private void describeCluster() throws Exception {
    var cluster = this.cluster.admin.describeCluster(new DescribeClusterOptions().includeAuthorizedOperations(true));
    equal(cluster.nodes().get().size(), 1, "brokers");
    var node = cluster.nodes().get().iterator().next();
    equal(node.host() + ":" + node.port(), this.cluster.bootstrap.replace("localhost", "127.0.0.1"), "address");
    equal(cluster.controller().get().id(), node.id(), "controller");
    holds(cluster.clusterId().get().length() > 0, "the cluster has an id");
  }

  private void topics() throws Exception {
    var admin = cluster.admin;
    String name = Cluster.unique("topics");
    var created = admin.createTopics(List.of(new NewTopic(name, 3, (short) 1).configs(Map.of("retention.ms", "12345"))));
    created.all().get();
    Uuid id = created.topicId(name).get();
    equal(created.numPartitions(name).get(), 3, "partitions answered");
    equal(created.replicationFactor(name).get(), 1, "replicas answered");
    equal(created.config(name).get().get("retention.ms").value(), "12345", "setting answered");
    holds(admin.listTopics().names().get().contains(name), "the topic is listed");
    TopicDescription byName = admin.describeTopics(List.of(name)).allTopicNames().get().get(name);
    equal(byName.topicId(), id, "id");
    equal(byName.partitions().size(), 3, "partitions");
    TopicDescription byId = admin.describeTopics(TopicCollection.ofTopicIds(List.of(id))).allTopicIds().get().get(id);
    equal(byId.name(), name, "name by id");
    admin.deleteTopics(TopicCollection.ofTopicIds(List.of(id))).all().get();
    gone(name);
    refused(UnknownTopicOrPartitionException.class, () -> admin.deleteTopics(List.of(name)).all().get());

    String again = cluster.topic("topics", 1);
    admin.deleteTopics(List.of(again)).all().get();
    gone(again);
    admin.createTopics(List.of(new NewTopic(again, 1, (short) 1))).all().get();
    holds(!admin.describeTopics(List.of(again)).allTopicNames().get().get(again).topicId().equals(id), "a new topic has a new id");
  }

  private void gone(String name) throws Exception {
    long deadline = System.nanoTime() + 30_000_000_000L;
    while (cluster.admin.listTopics().names().get().contains(name)) {
      holds(System.nanoTime() < deadline, "the topic should be gone");
      Thread.sleep(50);
    }
  }

  private void validateOnly() throws Exception {
    String name = Cluster.unique("validated");
    var options = new CreateTopicsOptions().validateOnly(true);
    cluster.admin.createTopics(List.of(new NewTopic(name, 1, (short) 1)), options).all().get();
    holds(!cluster.admin.listTopics().names().get().contains(name), "nothing is made");
  }

  private void refusals() throws Exception {
    String name = Cluster.unique("refused");
    String there = cluster.topic("there", 1);
    refused(TopicExistsException.class, () -> create(new NewTopic(there, 1, (short) 1)));
    refused(InvalidTopicException.class, () -> create(new NewTopic("no spaces", 1, (short) 1)));
    refused(InvalidTopicException.class, () -> create(new NewTopic("x".repeat(250), 1, (short) 1)));
    refused(InvalidTopicException.class, () -> create(new NewTopic("..", 1, (short) 1)));
    refused(InvalidPartitionsException.class, () -> create(new NewTopic(name, 0, (short) 1)));
    refused(InvalidReplicationFactorException.class, () -> create(new NewTopic(name, 1, (short) 2)));
    refused(InvalidReplicationFactorException.class, () -> create(new NewTopic(name, 1, (short) 0)));
    refused(InvalidReplicaAssignmentException.class, () -> create(new NewTopic(name, Map.of(0, List.of(99)))));
    refused(InvalidConfigurationException.class, () -> create(new NewTopic(name, 1, (short) 1).configs(Map.of("retention.ms", "soon"))));
    refused(InvalidConfigurationException.class, () -> create(new NewTopic(name, 1, (short) 1).configs(Map.of("no.such.setting", "1"))));
    holds(!cluster.admin.listTopics().names().get().contains(name), "nothing is made");
  }

  private void create(NewTopic topic) throws Exception {
    cluster.admin.createTopics(List.of(topic)).all().get();
  }

  private void createPartitions() throws Exception {
    String topic = cluster.topic("grow", 1);
    cluster.admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(3))).all().get();
    equal(cluster.admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic).partitions().size(), 3, "partitions");
    try (var producer = cluster.producer(Map.of())) {
      equal(producer.send(new ProducerRecord<>(topic, 2, null, "one")).get().offset(), 0L, "the new partition takes records");
    }
    refused(InvalidPartitionsException.class, () -> cluster.admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(2))).all().get());
    refused(UnknownTopicOrPartitionException.class,
        () -> cluster.admin.createPartitions(Map.of(Cluster.unique("nowhere"), NewPartitions.increaseTo(2))).all().get());
  }

  private void offsets() throws Exception {
    String topic = cluster.topic("offsets", 1);
    var partition = new TopicPartition(topic, 0);
    long start = System.currentTimeMillis() - 100_000;
    try (var producer = cluster.producer(Map.of())) {
      for (int n = 0; n < 10; n++) producer.send(new ProducerRecord<>(topic, 0, start + n * 1000, null, "x"));
    }
    equal(offset(partition, OffsetSpec.earliest()), 0L, "earliest");
    equal(offset(partition, OffsetSpec.latest()), 10L, "latest");
    equal(offset(partition, OffsetSpec.forTimestamp(start + 3000)), 3L, "by timestamp");
    equal(offset(partition, OffsetSpec.forTimestamp(start + 60_000)), -1L, "after the last");
  }

  private long offset(TopicPartition partition, OffsetSpec spec) throws Exception {
    return cluster.admin.listOffsets(Map.of(partition, spec)).partitionResult(partition).get().offset();
  }

  private void maxTimestamp() throws Exception {
    String topic = cluster.topic("newest", 1);
    var partition = new TopicPartition(topic, 0);
    long start = System.currentTimeMillis() - 100_000;
    equal(offset(partition, OffsetSpec.maxTimestamp()), -1L, "newest of an empty partition");
    try (var producer = cluster.producer(Map.of("linger.ms", "100"))) {
      for (long after : List.of(0L, 5000L, 3000L, 1000L)) producer.send(new ProducerRecord<>(topic, 0, start + after, null, "x"));
    }
    var found = cluster.admin.listOffsets(Map.of(partition, OffsetSpec.maxTimestamp())).partitionResult(partition).get();
    equal(found.offset(), 1L, "newest");
    equal(found.timestamp(), start + 5000, "its timestamp");
  }

  private void fill(String topic, int count) {
    try (var producer = cluster.producer(Map.of())) {
      for (int n = 0; n < count; n++) producer.send(new ProducerRecord<>(topic, 0, null, String.valueOf(n)));
    }
  }

  private void deleteRecords() throws Exception {
    String topic = cluster.topic("trimmed", 1);
    var partition = new TopicPartition(topic, 0);
    fill(topic, 20);
    var deleted = cluster.admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(12)));
    equal(deleted.lowWatermarks().get(partition).get().lowWatermark(), 12L, "low watermark");
    equal(offset(partition, OffsetSpec.earliest()), 12L, "earliest");
    equal(cluster.read(topic, 1, 8).get(0).value(), "12", "first record left");
    refused(OffsetOutOfRangeException.class,
        () -> cluster.admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(99))).all().get());
    cluster.admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(-1))).all().get();
    equal(offset(partition, OffsetSpec.earliest()), 20L, "earliest, when all is deleted");
  }

  private int broker() throws Exception {
    return cluster.admin.describeCluster().nodes().get().iterator().next().id();
  }

  private void logDirs() throws Exception {
    String topic = cluster.topic("sized", 2);
    try (var producer = cluster.producer(Map.of("compression.type", "none"))) {
      producer.send(new ProducerRecord<>(topic, 1, null, "x".repeat(5000))).get();
    }
    var directories = cluster.admin.describeLogDirs(List.of(broker())).allDescriptions().get().get(broker());
    equal(directories.size(), 1, "directories");
    var directory = directories.values().iterator().next();
    equal(directory.error(), null, "error");
    equal(directory.replicaInfos().get(new TopicPartition(topic, 0)).size(), 0L, "size of an empty partition");
    long size = directory.replicaInfos().get(new TopicPartition(topic, 1)).size();
    holds(size > 5000 && size < 6000, "size of a full one: " + size);
    holds(directory.usableBytes().getAsLong() > 0, "the volume's room is told");
    holds(directory.totalBytes().getAsLong() >= directory.usableBytes().getAsLong(), "the volume's size is told");
  }

  private void elections() throws Exception {
    String topic = cluster.topic("elected", 2);
    var led = new TopicPartition(topic, 0);
    var absent = new TopicPartition(topic, 7);
    for (ElectionType type : ElectionType.values()) {
      var answers = cluster.admin.electLeaders(type, Set.of(led, absent)).partitions().get();
      holds(answers.get(led).orElse(null) instanceof ElectionNotNeededException, type + ": " + answers.get(led));
      holds(answers.get(absent).orElse(null) instanceof UnknownTopicOrPartitionException, type + ": " + answers.get(absent));
    }
  }

  private void reassignments() throws Exception {
    var partition = new TopicPartition(cluster.topic("placed", 1), 0);
    assign(partition, Optional.of(new NewPartitionReassignment(List.of(broker()))));
    equal(cluster.admin.listPartitionReassignments().reassignments().get(), Map.of(), "reassignments under way");
    refused(InvalidReplicaAssignmentException.class,
        () -> assign(partition, Optional.of(new NewPartitionReassignment(List.of(broker() + 17)))));
    refused(NoReassignmentInProgressException.class, () -> assign(partition, Optional.empty()));
    refused(UnknownTopicOrPartitionException.class,
        () -> assign(new TopicPartition(Cluster.unique("nowhere"), 0), Optional.of(new NewPartitionReassignment(List.of(broker())))));
  }

  private void assign(TopicPartition partition, Optional<NewPartitionReassignment> to) throws Exception {
    cluster.admin.alterPartitionReassignments(Map.of(partition, to)).all().get();
  }

  private void producers() throws Exception {
    String topic = cluster.topic("produced", 1);
    var partition = new TopicPartition(topic, 0);
    fill(topic, 5);
    var active = cluster.admin.describeProducers(List.of(partition)).partitionResult(partition).get().activeProducers();
    equal(active.size(), 1, "producers");
    var producer = active.get(0);
    holds(producer.producerId() >= 0, "it has an id");
    equal(producer.producerEpoch(), 0, "epoch");
    equal(producer.lastSequence(), 4, "last sequence");
    equal(producer.currentTransactionStartOffset().isPresent(), false, "in a transaction");
  }

  private void features() throws Exception {
    var features = cluster.admin.describeFeatures().featureMetadata().get();
    for (var each : features.finalizedFeatures().entrySet()) {
      var supported = features.supportedFeatures().get(each.getKey());
      holds(supported != null && each.getValue().maxVersionLevel() <= supported.maxVersion(), each.getKey() + " is supported as finalized");
    }
  }
}
