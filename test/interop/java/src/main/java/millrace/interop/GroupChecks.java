package millrace.interop;

import static millrace.interop.Checks.check;
import static millrace.interop.Checks.equal;
import static millrace.interop.Checks.holds;
import static millrace.interop.Checks.refused;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.ConsumerGroupListing;
import org.apache.kafka.clients.admin.ListConsumerGroupsOptions;
import org.apache.kafka.clients.admin.MemberToRemove;
import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.ConsumerGroupState;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.GroupNotEmptyException;
import org.apache.kafka.common.errors.GroupSubscribedToTopicException;
import org.apache.kafka.common.errors.UnknownMemberIdException;

/** The Java admin client: groups, their members and offsets. */
final class GroupChecks {
  private final Cluster cluster;

  GroupChecks(Cluster cluster) {
    this.cluster = cluster;
  }

  void run() {
    check("groups: listed, also by state, and described", this::describe, "groups");
    check("groups: offsets are read and set, not under a living member", this::offsets, "group-offsets");
    check("groups: offsets are deleted, not those that a member reads", this::deleteOffsets, "delete-group-offsets");
    check("groups: are deleted, not with members in them", this::delete, "delete-groups");
    check("groups: a static member is removed by its instance id", this::removeMember, "static");
  }

  private interface WithMember {
    void run(String topic, String group, KafkaConsumer<String, String> member) throws Exception;
  }

  /** A group whose one member has read a record of a topic's partition 1 and committed, and is still there. */
  private void inGroup(String label, Map<String, String> settings, WithMember body) throws Exception {
    String topic = cluster.topic(label, 2);
    String group = Cluster.unique(label);
    try (var producer = cluster.producer(Map.of())) {
      producer.send(new ProducerRecord<>(topic, 1, null, "one")).get();
    }
    try (var member = cluster.consumer(Cluster.with(settings, "group.id", group))) {
      member.subscribe(List.of(topic));
      Cluster.poll(member, 1);
      member.commitSync();
      body.run(topic, group, member);
    }
  }

  private Optional<ConsumerGroupListing> listed(String group, ListConsumerGroupsOptions options) throws Exception {
    return cluster.admin.listConsumerGroups(options).all().get().stream().filter(each -> each.groupId().equals(group)).findFirst();
  }

  private ConsumerGroupDescription described(String group) throws Exception {
    return cluster.admin.describeConsumerGroups(List.of(group)).all().get().get(group);
  }

  private OffsetAndMetadata committed(String group, TopicPartition partition) throws Exception {
    return cluster.admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get().get(partition);
  }

  private void describe() throws Exception {
    inGroup("described", Map.of(), (topic, group, consumer) -> {
      var found = listed(group, new ListConsumerGroupsOptions()).orElseThrow();
      equal(found.isSimpleConsumerGroup(), false, "simple");
      holds(listed(group, new ListConsumerGroupsOptions().inStates(Set.of(ConsumerGroupState.STABLE))).isPresent(), "listed as stable");
      holds(listed(group, new ListConsumerGroupsOptions().inStates(Set.of(ConsumerGroupState.EMPTY))).isEmpty(), "not listed as empty");
      var description = described(group);
      equal(description.state().toString(), "Stable", "state");
      equal(description.partitionAssignor(), "range", "assignor");
      equal(description.coordinator().port(), cluster.admin.describeCluster().nodes().get().iterator().next().port(), "coordinator");
      equal(description.members().size(), 1, "members");
      var member = description.members().iterator().next();
      equal(member.clientId(), "interop", "client id");
      equal(member.host(), "/127.0.0.1", "host");
      equal(member.assignment().topicPartitions(), Set.of(new TopicPartition(topic, 0), new TopicPartition(topic, 1)), "assignment");
      consumer.unsubscribe();
      equal(described(group).state().toString(), "Empty", "state afterwards");
    });
  }

  private void offsets() throws Exception {
    inGroup("offsets", Map.of(), (topic, group, consumer) -> {
      var partition = new TopicPartition(topic, 1);
      equal(committed(group, partition).offset(), 1L, "offset");
      var zero = Map.of(partition, new OffsetAndMetadata(0, Optional.empty(), "again"));
      // By Kafka's words: the group must have no active member, else the commit is of an unknown one.
      refused(UnknownMemberIdException.class,
          () -> cluster.admin.alterConsumerGroupOffsets(group, zero).all().get());
      consumer.unsubscribe();
      cluster.admin.alterConsumerGroupOffsets(group, zero).all().get();
      equal(committed(group, partition), new OffsetAndMetadata(0, Optional.empty(), "again"), "offset set");
    });
  }

  private void deleteOffsets() throws Exception {
    inGroup("dropped", Map.of(), (topic, group, consumer) -> {
      var partition = new TopicPartition(topic, 1);
      refused(GroupSubscribedToTopicException.class,
          () -> cluster.admin.deleteConsumerGroupOffsets(group, Set.of(partition)).partitionResult(partition).get());
      consumer.unsubscribe();
      cluster.admin.deleteConsumerGroupOffsets(group, Set.of(partition)).all().get();
      equal(committed(group, partition), null, "offset left");
    });
    String nowhere = Cluster.unique("nowhere");
    refused(GroupIdNotFoundException.class,
        () -> cluster.admin.deleteConsumerGroupOffsets(nowhere, Set.of(new TopicPartition("t", 0))).all().get());
  }

  private void delete() throws Exception {
    inGroup("forgotten", Map.of(), (topic, group, consumer) -> {
      refused(GroupNotEmptyException.class, () -> cluster.admin.deleteConsumerGroups(List.of(group)).all().get());
      consumer.unsubscribe();
      cluster.admin.deleteConsumerGroups(List.of(group)).all().get();
      holds(listed(group, new ListConsumerGroupsOptions()).isEmpty(), "the group is gone");
      equal(committed(group, new TopicPartition(topic, 1)), null, "offset left");
      refused(GroupIdNotFoundException.class, () -> cluster.admin.deleteConsumerGroups(List.of(group)).all().get());
    });
  }

  private void removeMember() throws Exception {
    inGroup("removed", Map.of("group.instance.id", "one"), (topic, group, consumer) -> {
      equal(described(group).members().iterator().next().groupInstanceId(), Optional.of("one"), "instance id");
      var removal = new RemoveMembersFromConsumerGroupOptions(Set.of(new MemberToRemove("one")));
      cluster.admin.removeMembersFromConsumerGroup(group, removal).all().get();
      equal(described(group).members().size(), 0, "members left");
    });
  }
}
