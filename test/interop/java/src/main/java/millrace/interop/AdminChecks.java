package millrace.interop;

import static millrace.interop.Checks.check;
import static millrace.interop.Checks.equal;
import static millrace.interop.Checks.holds;
import static millrace.interop.Checks.refused;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.clients.admin.ListConsumerGroupsOptions;
import org.apache.kafka.clients.admin.ConsumerGroupListing;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicCollection;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.InvalidReplicaAssignmentException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** The Java admin client, as far as the broker goes. */
final class AdminChecks {
  private final Cluster cluster;

  AdminChecks(Cluster cluster) {
    this.cluster = cluster;
  }

  void run() {
    check("admin: describes the cluster", this::describeCluster);
    check("admin: creates, lists, describes and deletes topics, by name and by id", this::topics);
    check("admin: validates a topic without making it", this::validateOnly);
    check("admin: refuses what makes no sense, with the error Kafka has for it", this::refusals);
    check("admin: adds partitions", this::createPartitions);
    check("admin: describes the settings of a topic and of the broker", this::configs);
    check("admin: lists offsets", this::offsets);
    check("admin: lists and describes groups, reads and writes their offsets", this::groups);
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

  private void configs() throws Exception {
    String topic = cluster.topic("configs", 1, Map.of("retention.ms", "12345"));
    var ofTopic = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    String id = cluster.admin.describeCluster().nodes().get().iterator().next().idString();
    var ofBroker = new ConfigResource(ConfigResource.Type.BROKER, id);
    var found = cluster.admin.describeConfigs(List.of(ofTopic, ofBroker)).all().get();
    var retention = found.get(ofTopic).get("retention.ms");
    equal(retention.value(), "12345", "retention.ms");
    holds(!retention.isDefault(), "retention.ms was given");
    var cleanup = found.get(ofTopic).get("cleanup.policy");
    equal(cleanup.value(), "delete", "cleanup.policy");
    holds(cleanup.isDefault(), "cleanup.policy was not given");
    holds(found.get(ofBroker).get("log.dirs") != null || found.get(ofBroker).get("log.dir") != null, "the broker tells its directories");
    var nowhere = new ConfigResource(ConfigResource.Type.TOPIC, Cluster.unique("nowhere"));
    refused(UnknownTopicOrPartitionException.class, () -> cluster.admin.describeConfigs(List.of(nowhere)).all().get());
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

  private void groups() throws Exception {
    String topic = cluster.topic("groups", 2);
    String group = Cluster.unique("groups");
    var partition = new TopicPartition(topic, 1);
    try (var producer = cluster.producer(Map.of())) {
      producer.send(new ProducerRecord<>(topic, 1, null, "one")).get();
    }
    try (var consumer = cluster.consumer(Map.of("group.id", group))) {
      consumer.subscribe(List.of(topic));
      Cluster.poll(consumer, 1);
      consumer.commitSync();
      var listed = cluster.admin.listConsumerGroups(new ListConsumerGroupsOptions()).all().get();
      ConsumerGroupListing found = listed.stream().filter(each -> each.groupId().equals(group)).findFirst().orElseThrow();
      equal(found.isSimpleConsumerGroup(), false, "simple");
      var described = cluster.admin.describeConsumerGroups(List.of(group)).all().get().get(group);
      equal(described.state().toString(), "Stable", "state");
      equal(described.partitionAssignor(), "range", "assignor");
      equal(described.coordinator().port(), cluster.admin.describeCluster().nodes().get().iterator().next().port(), "coordinator");
      equal(described.members().size(), 1, "members");
      var member = described.members().iterator().next();
      equal(member.clientId(), "interop", "client id");
      equal(member.host(), "/127.0.0.1", "host");
      equal(member.assignment().topicPartitions(), Set.of(new TopicPartition(topic, 0), partition), "assignment");
    }
    equal(cluster.admin.describeConsumerGroups(List.of(group)).all().get().get(group).state().toString(), "Empty", "state afterwards");
    equal(cluster.admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get().get(partition).offset(), 1L, "offset");
    cluster.admin.alterConsumerGroupOffsets(group, Map.of(partition, new OffsetAndMetadata(0))).all().get();
    equal(cluster.admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get().get(partition).offset(), 0L, "offset set");
  }
}
