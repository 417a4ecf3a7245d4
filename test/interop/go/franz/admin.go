package main

import (
	"fmt"
	"strings"
	"time"

	"millrace/interop/checks"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
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
		{"lists the offset of the newest timestamp", "max-timestamp", c.maxTimestamp},
		{"deletes records", "delete-records", c.deleteRecords},
		{"lists and describes groups", "groups", c.groups},
		{"sets a group's offsets", "group-offsets", c.groupOffsets},
		{"deletes a group's offsets", "delete-group-offsets", c.deleteGroupOffsets},
		{"deletes groups, and not one with members", "delete-groups", c.deleteGroups},
		{"describes log directories", "log-dirs", c.logDirs},
		{"elects leaders", "elections", c.elections},
		{"reassigns partitions to where they are, and lists no reassignment", "reassignments", c.reassignments},
		{"describes producers", "producers", c.producers},
		{"lists the resources that have settings", "config-resources", c.configResources},
		{"describes the broker's features and versions", "broker-features", c.features},
	} {
		checks.Check("admin: "+each.name, []string{each.feature}, each.body)
	}
}

func (c *cluster) cluster() {
	metadata := checks.Got(c.admin.BrokerMetadata(background))
	broker := only(metadata.Brokers, "brokers")
	checks.Equal(fmt.Sprintf("%s:%d", broker.Host, broker.Port), strings.Replace(c.bootstrap, "localhost", "127.0.0.1", 1), "address")
	checks.Equal(metadata.Controller, broker.NodeID, "controller")
	checks.Holds(metadata.Cluster != "", "the cluster has an id")
}

func (c *cluster) topics() {
	name := c.topic("topics", 3, setting("retention.ms", "12345"))
	described := checks.Got(c.admin.ListTopics(background))[name]
	checks.Equal(len(described.Partitions), 3, "partitions")
	checks.Holds(described.ID != kadm.TopicID{}, "the topic has an id")
	create := func(name string, partitions int32, replicas int16, configs map[string]*string) error {
		_, err := c.admin.CreateTopic(background, partitions, replicas, configs, name)
		return err
	}
	checks.Refused(create(name, 1, 1, nil), kerr.TopicAlreadyExists)
	checks.Refused(create("no spaces", 1, 1, nil), kerr.InvalidTopicException)
	checks.Refused(create(checks.Unique("none"), 0, 1, nil), kerr.InvalidPartitions)
	checks.Refused(create(checks.Unique("many"), 1, 3, nil), kerr.InvalidReplicationFactor)
	checks.Refused(create(checks.Unique("odd"), 1, 1, setting("retention.ms", "soon")), kerr.InvalidConfig)
	validated := checks.Unique("validated")
	checks.Got(c.admin.ValidateCreateTopics(background, 1, 1, nil, validated))
	checks.Got(c.admin.DeleteTopic(background, name))
	checks.Until("the topic to be gone", func() bool { return !checks.Got(c.admin.ListTopics(background)).Has(name) })
	checks.Holds(!checks.Got(c.admin.ListTopics(background)).Has(validated), "a topic that is validated is not made")
	_, err := c.admin.DeleteTopic(background, name)
	checks.Refused(err, kerr.UnknownTopicOrPartition)
	checks.Done(create(name, 1, 1, nil))
	checks.Holds(checks.Got(c.admin.ListTopics(background))[name].ID != described.ID, "a new topic has a new id")
}

func (c *cluster) partitions() {
	topic := c.topic("grow", 1, nil)
	checks.Done(checks.Got(c.admin.UpdatePartitions(background, 3, topic)).Error())
	checks.Equal(c.produce(topic, 2, []string{"one"}), []int64{0}, "the new partition takes records")
	checks.Refused(checks.Got(c.admin.UpdatePartitions(background, 2, topic)).Error(), kerr.InvalidPartitions)
}

// A topic's settings, by name.
func (c *cluster) settings(topic string) map[string]*kadm.Config {
	found := only(checks.Got(c.admin.DescribeTopicConfigs(background, topic)), "resources")
	checks.Done(found.Err)
	return byName(found)
}

func byName(resource kadm.ResourceConfig) map[string]*kadm.Config {
	configs := map[string]*kadm.Config{}
	for n := range resource.Configs {
		configs[resource.Configs[n].Key] = &resource.Configs[n]
	}
	return configs
}

func (c *cluster) describeConfigs() {
	topic := c.topic("configs", 1, setting("retention.ms", "12345"))
	found := c.settings(topic)
	checks.Equal([]string{found["retention.ms"].MaybeValue(), found["retention.ms"].Source.String()}, []string{"12345", "DYNAMIC_TOPIC_CONFIG"}, "given")
	checks.Equal([]string{found["cleanup.policy"].MaybeValue(), found["cleanup.policy"].Source.String()}, []string{"delete", "DEFAULT_CONFIG"}, "default")
	broker := checks.Got(c.admin.BrokerMetadata(background)).Brokers[0].NodeID
	ofBroker := byName(only(checks.Got(c.admin.DescribeBrokerConfigs(background, broker)), "resources"))
	_, one := ofBroker["log.dir"]
	_, many := ofBroker["log.dirs"]
	checks.Holds(one || many, "the broker tells its directories")
	nowhere := only(checks.Got(c.admin.DescribeTopicConfigs(background, checks.Unique("nowhere"))), "resources")
	checks.Refused(nowhere.Err, kerr.UnknownTopicOrPartition)
}

func (c *cluster) alterConfigs() {
	topic := c.topic("replaced", 1, setting("retention.ms", "12345"))
	change := []kadm.AlterConfig{{Name: "segment.bytes", Value: kadm.StringPtr("2000000")}}
	checks.Done(only(checks.Got(c.admin.AlterTopicConfigsState(background, change, topic)), "answers").Err)
	checks.Until("the change", func() bool { return value(c.settings(topic), "segment.bytes") == "2000000" })
	checks.Equal(value(c.settings(topic), "retention.ms"), "604800000", "what is not named is as by default")
}

func value(configs map[string]*kadm.Config, name string) string {
	return configs[name].MaybeValue()
}

func (c *cluster) incrementalConfigs() {
	topic := c.topic("changed", 1, setting("retention.ms", "12345"))
	change := func(op kadm.IncrementalOp, name string, value *string) error {
		changes := []kadm.AlterConfig{{Op: op, Name: name, Value: value}}
		return only(checks.Got(c.admin.AlterTopicConfigs(background, changes, topic)), "answers").Err
	}
	checks.Done(change(kadm.SetConfig, "segment.bytes", kadm.StringPtr("2000000")))
	checks.Done(change(kadm.AppendConfig, "cleanup.policy", kadm.StringPtr("compact")))
	checks.Until("the change", func() bool { return value(c.settings(topic), "cleanup.policy") == "delete,compact" })
	checks.Equal(value(c.settings(topic), "segment.bytes"), "2000000", "set")
	checks.Equal(value(c.settings(topic), "retention.ms"), "12345", "kept")
	checks.Done(change(kadm.SubtractConfig, "cleanup.policy", kadm.StringPtr("compact")))
	checks.Done(change(kadm.DeleteConfig, "retention.ms", nil))
	checks.Until("the change", func() bool { return value(c.settings(topic), "retention.ms") == "604800000" })
	checks.Equal(value(c.settings(topic), "cleanup.policy"), "delete", "subtracted")
	checks.Refused(change(kadm.SetConfig, "retention.ms", kadm.StringPtr("soon")), kerr.InvalidConfig)
}

func offsetOf(found kadm.ListedOffsets, topic string) int64 {
	offset, _ := found.Lookup(topic, 0)
	checks.Done(offset.Err)
	return offset.Offset
}

func (c *cluster) listOffsets() {
	topic := c.topic("offsets", 1, nil)
	first := time.Now().Add(-100 * time.Second).UnixMilli()
	c.produceAt(topic, first, 0, 1000, 2000, 3000)
	checks.Equal(offsetOf(checks.Got(c.admin.ListStartOffsets(background, topic)), topic), int64(0), "earliest")
	checks.Equal(offsetOf(checks.Got(c.admin.ListEndOffsets(background, topic)), topic), int64(4), "latest")
	checks.Equal(offsetOf(checks.Got(c.admin.ListCommittedOffsets(background, topic)), topic), int64(4), "last stable")
	checks.Equal(offsetOf(checks.Got(c.admin.ListOffsetsAfterMilli(background, first+1001, topic)), topic), int64(2), "by time")
	checks.Equal(offsetOf(checks.Got(c.admin.ListLocalLogStartOffsets(background, topic)), topic), int64(0), "earliest that is local")
}

func (c *cluster) maxTimestamp() {
	topic := c.topic("newest", 1, nil)
	first := time.Now().Add(-100 * time.Second).UnixMilli()
	c.produceAt(topic, first, 0, 5000, 3000, 1000)
	found, _ := checks.Got(c.admin.ListMaxTimestampOffsets(background, topic)).Lookup(topic, 0)
	checks.Done(found.Err)
	checks.Equal([]int64{found.Offset, found.Timestamp}, []int64{1, first + 5000}, "newest")
}

func (c *cluster) deleteRecords() {
	topic := c.topic("trimmed", 1, nil)
	c.produce(topic, 0, checks.Numbers(0, 20))
	before := func(offset int64) kadm.DeleteRecordsResponse {
		offsets := kadm.Offsets{}
		offsets.Add(kadm.Offset{Topic: topic, At: offset, LeaderEpoch: -1})
		answer, _ := checks.Got(c.admin.DeleteRecords(background, offsets)).Lookup(topic, 0)
		return answer
	}
	checks.Equal(before(12), kadm.DeleteRecordsResponse{Topic: topic, LowWatermark: 12}, "answer")
	checks.Equal(c.read(topic, 0, 8, start())[0].Offset, int64(12), "first record left")
	checks.Refused(before(99).Err, kerr.OffsetOutOfRange)
}

// A group that has read the topic, and committed; the member is still in it.
func (c *cluster) readingGroup(label, topic string, records int) (string, *kgo.Client) {
	group := checks.Unique(label)
	member := c.client(inGroup(group, topic)...)
	poll(member, records)
	checks.Done(member.CommitUncommittedOffsets(background))
	return group, member
}

func (c *cluster) describeGroup(group string) kadm.DescribedGroup {
	found := checks.Got(c.admin.DescribeGroups(background, group))[group]
	checks.Done(found.Err)
	return found
}

func (c *cluster) groups() {
	topic := c.topic("described", 2, nil)
	c.produce(topic, 0, []string{"one"})
	group, member := c.readingGroup("described", topic, 1)
	listed := checks.Got(c.admin.ListGroups(background))[group]
	checks.Equal([]string{listed.ProtocolType, listed.State}, []string{"consumer", "Stable"}, "listing")
	_, other := checks.Got(c.admin.ListGroups(background, "Empty"))[group]
	checks.Holds(!other, "a listing by state leaves it out")
	found := c.describeGroup(group)
	checks.Equal([]string{found.State, found.ProtocolType, found.Protocol}, []string{"Stable", "consumer", "cooperative-sticky"}, "description")
	described := only(found.Members, "members")
	checks.Equal([]string{described.ClientID, described.ClientHost}, []string{"interop", "/127.0.0.1"}, "member")
	assigned := found.AssignedPartitions()
	checks.Holds(assigned.Lookup(topic, 0) && assigned.Lookup(topic, 1), "it has both partitions")
	member.Close()
	checks.Equal(c.describeGroup(group).State, "Empty", "state afterwards")
}

func (c *cluster) committed(group, topic string) (int64, bool) {
	offset, ok := checks.Got(c.admin.FetchOffsets(background, group)).Lookup(topic, 0)
	return offset.At, ok
}

func (c *cluster) groupOffsets() {
	topic := c.topic("set", 1, nil)
	group := checks.Unique("set")
	c.produce(topic, 0, checks.Numbers(0, 10))
	offsets := kadm.Offsets{}
	offsets.Add(kadm.Offset{Topic: topic, At: 7, LeaderEpoch: -1})
	checks.Done(c.admin.CommitAllOffsets(background, group, offsets))
	offset, _ := c.committed(group, topic)
	checks.Equal(offset, int64(7), "offset set")
	member := c.client(inGroup(group, topic)...)
	defer member.Close()
	checks.Equal(poll(member, 3)[0].Offset, int64(7), "goes on from there")
}

func (c *cluster) deleteGroupOffsets() {
	topic := c.topic("dropped", 1, nil)
	c.produce(topic, 0, []string{"one"})
	group, member := c.readingGroup("dropped", topic, 1)
	partitions := kadm.TopicsSet{}
	partitions.Add(topic, 0)
	busy := checks.Got(c.admin.DeleteOffsets(background, group, partitions))
	checks.Refused(busy.Error(), kerr.GroupSubscribedToTopic)
	member.Close()
	checks.Done(checks.Got(c.admin.DeleteOffsets(background, group, partitions)).Error())
	_, still := c.committed(group, topic)
	checks.Holds(!still, "no offset is left")
}

func (c *cluster) deleteGroups() {
	topic := c.topic("forgotten", 1, nil)
	c.produce(topic, 0, []string{"one"})
	group, member := c.readingGroup("forgotten", topic, 1)
	_, err := c.admin.DeleteGroup(background, group)
	checks.Refused(err, kerr.NonEmptyGroup)
	member.Close()
	checks.Got(c.admin.DeleteGroup(background, group))
	_, listed := checks.Got(c.admin.ListGroups(background))[group]
	checks.Holds(!listed, "the group is gone")
	_, err = c.admin.DeleteGroup(background, group)
	checks.Refused(err, kerr.GroupIDNotFound)
}

func (c *cluster) logDirs() {
	topic := c.topic("sized", 2, nil)
	c.produce(topic, 1, []string{strings.Repeat("x", 5000)}, kgo.ProducerBatchCompression(kgo.NoCompression()))
	partitions := kadm.TopicsSet{}
	partitions.Add(topic, 0, 1)
	for _, directories := range checks.Got(c.admin.DescribeAllLogDirs(background, partitions)) {
		checks.Done(directories.Error())
		empty, _ := directories.LookupPartition(topic, 0)
		full, _ := directories.LookupPartition(topic, 1)
		checks.Equal(empty.Size, int64(0), "size of an empty partition")
		checks.Holds(full.Size > 5000 && full.Size < 6000, fmt.Sprintf("size of a full one: %d", full.Size))
		for _, directory := range directories {
			checks.Holds(directory.UsableBytes > 0 && directory.TotalBytes >= directory.UsableBytes, "the volume's size is told")
		}
	}
}

func (c *cluster) elections() {
	topic := c.topic("elected", 2, nil)
	partitions := kadm.TopicsSet{}
	partitions.Add(topic, 0, 7)
	found := checks.Got(c.admin.ElectLeaders(background, kadm.ElectPreferredReplica, partitions))[topic]
	checks.Refused(found[0].Err, kerr.ElectionNotNeeded)
	checks.Refused(found[7].Err, kerr.UnknownTopicOrPartition)
}

func (c *cluster) reassignments() {
	topic := c.topic("placed", 1, nil)
	broker := checks.Got(c.admin.BrokerMetadata(background)).Brokers[0].NodeID
	assign := func(brokers ...int32) error {
		request := kadm.AlterPartitionAssignmentsReq{}
		request.Assign(topic, 0, brokers)
		return only(checks.Got(c.admin.AlterPartitionAssignments(background, request)).Sorted(), "answers").Err
	}
	checks.Done(assign(broker))
	checks.Refused(assign(broker+17), kerr.InvalidReplicaAssignment)
	cancel := kadm.AlterPartitionAssignmentsReq{}
	cancel.CancelAssign(topic, 0)
	answer := only(checks.Got(c.admin.AlterPartitionAssignments(background, cancel)).Sorted(), "answers")
	checks.Refused(answer.Err, kerr.NoReassignmentInProgress)
	partitions := kadm.TopicsSet{}
	partitions.Add(topic, 0)
	checks.Equal(len(checks.Got(c.admin.ListPartitionReassignments(background, partitions)).Sorted()), 0, "reassignments under way")
}

func (c *cluster) producers() {
	topic := c.topic("produced", 1, nil)
	c.produce(topic, 0, checks.Numbers(0, 5))
	partitions := kadm.TopicsSet{}
	partitions.Add(topic, 0)
	found := only(checks.Got(c.admin.DescribeProducers(background, partitions)).SortedProducers(), "producers")
	checks.Equal([]int64{int64(found.ProducerEpoch), int64(found.LastSequence), found.CurrentTxnStartOffset}, []int64{0, 4, -1}, "state")
	checks.Holds(found.ProducerID >= 0, "it has an id")
}

func (c *cluster) configResources() {
	topic := c.topic("listed", 1, nil)
	found := checks.Got(c.admin.ListConfigResources(background, kadm.ConfigResourceType(2)))
	checks.Done(found.Err)
	listed := false
	for _, resource := range found.Resources {
		listed = listed || resource.Name == topic
	}
	checks.Holds(listed, "the topic is among the resources")
}

func (c *cluster) features() {
	answer := only(checks.Got(c.admin.ApiVersions(background)).Sorted(), "brokers")
	checks.Done(answer.Err)
	lowest, highest, produce := answer.KeyVersions(0)
	checks.Holds(produce && lowest == 0 && highest >= 11, fmt.Sprintf("Produce is served from %d to %d", lowest, highest))
	for _, feature := range answer.Raw().SupportedFeatures {
		checks.Holds(feature.MinVersion >= 0 && feature.MaxVersion >= feature.MinVersion, feature.Name+" has a range")
	}
	for _, feature := range answer.Raw().FinalizedFeatures {
		checks.Holds(feature.MaxVersionLevel >= 0, feature.Name+" has a level")
	}
}
