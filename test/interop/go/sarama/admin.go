package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"millrace/interop/checks"

	"github.com/IBM/sarama"
)

func (c *cluster) adminChecks() {
	for _, each := range []struct {
		name, feature string
		body          func()
	}{
		{"describes the cluster", "cluster", c.cluster},
		{"creates, lists, describes, deletes topics, and refuses what makes no sense", "topics", c.topics},
		{"adds partitions", "partitions", c.partitions},
		{"describes settings", "describe-configs", c.describeConfigs},
		{"replaces settings", "alter-configs", c.alterConfigs},
		{"changes settings one by one", "incremental-configs", c.incrementalConfigs},
		{"lists offsets", "list-offsets", c.listOffsets},
		{"deletes records", "delete-records", c.deleteRecords},
		{"lists and describes groups", "groups", c.groups},
		{"sets a group's offsets", "group-offsets", c.groupOffsets},
		{"deletes a group's offsets", "delete-group-offsets", c.deleteGroupOffsets},
		{"deletes groups, and not one with members", "delete-groups", c.deleteGroups},
		{"describes log directories", "log-dirs", c.logDirs},
		{"elects leaders", "elections", c.elections},
		{"reassigns partitions to where they are, and lists no reassignment", "reassignments", c.reassignments},
	} {
		checks.Check("admin: "+each.name, []string{each.feature}, each.body)
	}
}

func (c *cluster) broker() *sarama.Broker {
	brokers, _, err := c.admin.DescribeCluster()
	checks.Done(err)
	checks.Equal(len(brokers), 1, "brokers")
	return brokers[0]
}

func (c *cluster) cluster() {
	brokers, controller, err := c.admin.DescribeCluster()
	checks.Done(err)
	checks.Equal(len(brokers), 1, "brokers")
	checks.Equal(brokers[0].Addr(), strings.Replace(c.bootstrap, "localhost", "127.0.0.1", 1), "address")
	checks.Equal(controller, brokers[0].ID(), "controller")
}

func (c *cluster) has(topic string) bool {
	_, has := checks.Got(c.admin.ListTopics())[topic]
	return has
}

func (c *cluster) topics() {
	name := c.topic("topics", 3, setting("retention.ms", "12345"))
	listed := checks.Got(c.admin.ListTopics())[name]
	checks.Equal([]any{listed.NumPartitions, listed.ReplicationFactor}, []any{int32(3), int16(1)}, "listing")
	checks.Equal(*listed.ConfigEntries["retention.ms"], "12345", "its setting")
	described := checks.Got(c.admin.DescribeTopics([]string{name}))
	checks.Equal(len(described[0].Partitions), 3, "partitions")
	create := func(name string, partitions int32, replicas int16, configs map[string]*string) error {
		detail := &sarama.TopicDetail{NumPartitions: partitions, ReplicationFactor: replicas, ConfigEntries: configs}
		return c.admin.CreateTopic(name, detail, false)
	}
	checks.Refused(create(name, 1, 1, nil), sarama.ErrTopicAlreadyExists)
	checks.Refused(create("no spaces", 1, 1, nil), sarama.ErrInvalidTopic)
	checks.Refused(create(checks.Unique("none"), 0, 1, nil), sarama.ErrInvalidPartitions)
	checks.Refused(create(checks.Unique("many"), 1, 3, nil), sarama.ErrInvalidReplicationFactor)
	checks.Refused(create(checks.Unique("odd"), 1, 1, setting("retention.ms", "soon")), sarama.ErrInvalidConfig)
	checks.Done(c.admin.DeleteTopic(name))
	checks.Until("the topic to be gone", func() bool { return !c.has(name) })
	checks.Refused(c.admin.DeleteTopic(name), sarama.ErrUnknownTopicOrPartition)
}

func (c *cluster) partitions() {
	topic := c.topic("grow", 1, nil)
	checks.Done(c.admin.CreatePartitions(topic, 3, nil, false))
	checks.Equal(c.produce(topic, 2, []string{"one"}), []int64{0}, "the new partition takes records")
	checks.Refused(c.admin.CreatePartitions(topic, 2, nil, false), sarama.ErrInvalidPartitions)
}

// A resource's settings, by name.
func (c *cluster) settings(kind sarama.ConfigResourceType, name string) map[string]sarama.ConfigEntry {
	found := map[string]sarama.ConfigEntry{}
	for _, entry := range checks.Got(c.admin.DescribeConfig(sarama.ConfigResource{Type: kind, Name: name})) {
		found[entry.Name] = entry
	}
	return found
}

func (c *cluster) describeConfigs() {
	topic := c.topic("configs", 1, setting("retention.ms", "12345"))
	found := c.settings(sarama.TopicResource, topic)
	checks.Equal([]any{found["retention.ms"].Value, found["retention.ms"].Source}, []any{"12345", sarama.SourceTopic}, "given")
	checks.Equal([]any{found["cleanup.policy"].Value, found["cleanup.policy"].Source}, []any{"delete", sarama.SourceDefault}, "default")
	ofBroker := c.settings(sarama.BrokerResource, fmt.Sprint(c.broker().ID()))
	_, one := ofBroker["log.dir"]
	_, many := ofBroker["log.dirs"]
	checks.Holds(one || many, "the broker tells its directories")
	_, err := c.admin.DescribeConfig(sarama.ConfigResource{Type: sarama.TopicResource, Name: checks.Unique("nowhere")})
	checks.Refused(err, sarama.ErrUnknownTopicOrPartition)
}

func (c *cluster) alterConfigs() {
	topic := c.topic("replaced", 1, setting("retention.ms", "12345"))
	checks.Done(c.admin.AlterConfig(sarama.TopicResource, topic, setting("segment.bytes", "2000000"), false))
	checks.Until("the change", func() bool { return c.settings(sarama.TopicResource, topic)["segment.bytes"].Value == "2000000" })
	checks.Equal(c.settings(sarama.TopicResource, topic)["retention.ms"].Value, "604800000", "what is not named is as by default")
}

func (c *cluster) incrementalConfigs() {
	topic := c.topic("changed", 1, setting("retention.ms", "12345"))
	change := func(name string, operation sarama.IncrementalAlterConfigsOperation, value string) error {
		entry := sarama.IncrementalAlterConfigsEntry{Operation: operation}
		if operation != sarama.IncrementalAlterConfigsOperationDelete {
			entry.Value = &value
		}
		return c.admin.IncrementalAlterConfig(sarama.TopicResource, topic, map[string]sarama.IncrementalAlterConfigsEntry{name: entry}, false)
	}
	value := func(name string) string { return c.settings(sarama.TopicResource, topic)[name].Value }
	checks.Done(change("segment.bytes", sarama.IncrementalAlterConfigsOperationSet, "2000000"))
	checks.Done(change("cleanup.policy", sarama.IncrementalAlterConfigsOperationAppend, "compact"))
	checks.Until("the change", func() bool { return value("cleanup.policy") == "delete,compact" })
	checks.Equal([]string{value("segment.bytes"), value("retention.ms")}, []string{"2000000", "12345"}, "set and kept")
	checks.Done(change("cleanup.policy", sarama.IncrementalAlterConfigsOperationSubtract, "compact"))
	checks.Done(change("retention.ms", sarama.IncrementalAlterConfigsOperationDelete, ""))
	checks.Until("the change", func() bool { return value("retention.ms") == "604800000" })
	checks.Equal(value("cleanup.policy"), "delete", "subtracted")
	checks.Refused(change("retention.ms", sarama.IncrementalAlterConfigsOperationSet, "soon"), sarama.ErrInvalidConfig)
}

func (c *cluster) listOffsets() {
	topic := c.topic("offsets", 1, nil)
	first := time.Now().Add(-100 * time.Second).UnixMilli()
	c.produceAt(topic, first, 0, 1000, 2000, 3000)
	offset := func(when int64) int64 {
		found := checks.Got(c.admin.ListOffsets(map[string]map[int32]int64{topic: {0: when}}, nil))[topic][0]
		checks.Equal(found.Err, sarama.ErrNoError, "error")
		return found.Offset
	}
	checks.Equal(offset(sarama.OffsetOldest), int64(0), "earliest")
	checks.Equal(offset(sarama.OffsetNewest), int64(4), "latest")
	checks.Equal(offset(first+1001), int64(2), "by time")
	checks.Equal(offset(first+60_000), int64(-1), "after the last")
}

func (c *cluster) deleteRecords() {
	topic := c.topic("trimmed", 1, nil)
	c.produce(topic, 0, checks.Numbers(0, 20))
	checks.Done(c.admin.DeleteRecords(topic, map[int32]int64{0: 12}))
	checks.Equal(c.read(topic, 0, 8, sarama.OffsetOldest)[0].Offset, int64(12), "first record left")
	err := c.admin.DeleteRecords(topic, map[int32]int64{0: 99})
	checks.Refused(err, sarama.ErrOffsetOutOfRange)
}

// A group that has read the topic's first record, and committed; the member is still in it.
func (c *cluster) readingGroup(label, topic string) (string, *groupMember) {
	group := checks.Unique(label)
	member := c.join(group, topic)
	member.mark(member.poll(1)[0], "")
	checks.Until("the commit", func() bool { return c.committed(group, topic).Offset == 1 })
	return group, member
}

func (c *cluster) describeGroup(group string) *sarama.GroupDescription {
	found := checks.Got(c.admin.DescribeConsumerGroups([]string{group}))
	checks.Equal(len(found), 1, "groups")
	checks.Equal(found[0].Err, sarama.ErrNoError, "error")
	return found[0]
}

func (c *cluster) groups() {
	topic := c.topic("described", 2, nil)
	c.produce(topic, 0, []string{"one"})
	group, member := c.readingGroup("described", topic)
	checks.Equal(checks.Got(c.admin.ListConsumerGroups())[group], "consumer", "listing")
	found := c.describeGroup(group)
	checks.Equal([]string{found.State, found.ProtocolType, found.Protocol}, []string{"Stable", "consumer", "range"}, "description")
	checks.Equal(len(found.Members), 1, "members")
	for _, described := range found.Members {
		checks.Equal([]string{described.ClientId, described.ClientHost}, []string{"interop", "/127.0.0.1"}, "member")
		assignment := checks.Got(described.GetMemberAssignment())
		checks.Equal(assignment.Topics, map[string][]int32{topic: {0, 1}}, "assignment")
	}
	member.leave()
	checks.Equal(c.describeGroup(group).State, "Empty", "state afterwards")
}

func (c *cluster) groupOffsets() {
	topic := c.topic("set", 1, nil)
	group := checks.Unique("set")
	c.produce(topic, 0, checks.Numbers(0, 10))
	offsets := map[string]map[int32]sarama.OffsetAndMetadata{topic: {0: {Offset: 7, Metadata: "seven", LeaderEpoch: -1}}}
	answer := checks.Got(c.admin.AlterConsumerGroupOffsets(group, offsets, nil))
	checks.Equal(answer.Errors[topic][0], sarama.ErrNoError, "answer")
	block := c.committed(group, topic)
	checks.Equal([]any{block.Offset, block.Metadata}, []any{int64(7), "seven"}, "offset set")
	member := c.join(group, topic)
	defer member.leave()
	checks.Equal(member.poll(3)[0].Offset, int64(7), "goes on from there")
}

func (c *cluster) deleteGroupOffsets() {
	topic := c.topic("dropped", 1, nil)
	c.produce(topic, 0, []string{"one"})
	group, member := c.readingGroup("dropped", topic)
	checks.Refused(c.admin.DeleteConsumerGroupOffset(group, topic, 0), sarama.ErrGroupSubscribedToTopic)
	member.leave()
	checks.Done(c.admin.DeleteConsumerGroupOffset(group, topic, 0))
	checks.Equal(c.committed(group, topic).Offset, int64(-1), "offset left")
}

func (c *cluster) deleteGroups() {
	topic := c.topic("forgotten", 1, nil)
	c.produce(topic, 0, []string{"one"})
	group, member := c.readingGroup("forgotten", topic)
	checks.Refused(c.admin.DeleteConsumerGroup(group), sarama.ErrNonEmptyGroup)
	member.leave()
	checks.Done(c.admin.DeleteConsumerGroup(group))
	_, listed := checks.Got(c.admin.ListConsumerGroups())[group]
	checks.Holds(!listed, "the group is gone")
	err := c.admin.DeleteConsumerGroup(group)
	checks.Holds(errors.Is(err, sarama.ErrGroupIDNotFound), fmt.Sprintf("a second deletion: %v", err))
}

func (c *cluster) logDirs() {
	topic := c.topic("sized", 1, nil)
	c.produce(topic, 0, []string{strings.Repeat("x", 5000)})
	id := c.broker().ID()
	size := int64(-1)
	for _, directory := range checks.Got(c.admin.DescribeLogDirs([]int32{id}))[id] {
		checks.Equal(directory.ErrorCode, sarama.ErrNoError, "error")
		for _, found := range directory.Topics {
			if found.Topic == topic {
				size = found.Partitions[0].Size
			}
		}
	}
	checks.Holds(size > 5000 && size < 6000, fmt.Sprintf("size: %d", size))
}

func (c *cluster) elections() {
	topic := c.topic("elected", 2, nil)
	found := checks.Got(c.admin.ElectLeaders(sarama.PreferredElection, map[string][]int32{topic: {0, 7}}))[topic]
	checks.Equal(found[0].ErrorCode, sarama.ErrElectionNotNeeded, "of a partition that is led as preferred")
	checks.Equal(found[7].ErrorCode, sarama.ErrUnknownTopicOrPartition, "of one that is not there")
}

func (c *cluster) reassignments() {
	topic := c.topic("placed", 1, nil)
	id := c.broker().ID()
	checks.Done(c.admin.AlterPartitionReassignments(topic, [][]int32{{id}}))
	err := c.admin.AlterPartitionReassignments(topic, [][]int32{{id + 17}})
	checks.Holds(err != nil && strings.Contains(err.Error(), sarama.ErrInvalidReplicaAssignment.Error()), fmt.Sprintf("to a broker that is not there: %v", err))
	found := checks.Got(c.admin.ListPartitionReassignments(topic, []int32{0}))
	checks.Equal(len(found[topic]), 0, "reassignments under way")
}
