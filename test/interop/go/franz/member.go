package main

import (
	"context"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"millrace/interop/checks"

	"github.com/twmb/franz-go/pkg/kgo"
)

var balancers = map[string]kgo.GroupBalancer{
	"range":              kgo.RangeBalancer(),
	"cooperative-sticky": kgo.CooperativeStickyBalancer(),
}

// A member of a group, as harness/group-of-three.mjs wants it.
func beMember(args []string) {
	bootstrap, topic, group, balancer := args[0], args[1], args[2], args[3]
	running, stop := signal.NotifyContext(background, syscall.SIGTERM)
	defer stop()
	tell := func(what string) func(context.Context, *kgo.Client, map[string][]int32) {
		return func(_ context.Context, _ *kgo.Client, partitions map[string][]int32) {
			slices.Sort(partitions[topic])
			checks.Say(map[string][]int32{what: append([]int32{}, partitions[topic]...)})
		}
	}
	options := []kgo.Opt{
		kgo.SeedBrokers(bootstrap),
		kgo.ClientID("member"),
		kgo.ConsumerGroup(group),
		kgo.ConsumeTopics(topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.Balancers(balancers[balancer]),
		kgo.SessionTimeout(6 * time.Second),
		kgo.RebalanceTimeout(6 * time.Second),
		kgo.HeartbeatInterval(500 * time.Millisecond),
		kgo.FetchMaxWait(200 * time.Millisecond),
		// What has been handed out is committed, every 200 ms and before partitions are given up.
		kgo.AutoCommitInterval(200 * time.Millisecond),
		kgo.BlockRebalanceOnPoll(),
		kgo.OnPartitionsAssigned(tell("granted")),
		kgo.OnPartitionsLost(tell("revoked")),
		kgo.OnPartitionsRevoked(func(ctx context.Context, client *kgo.Client, partitions map[string][]int32) {
			checks.Done(client.CommitUncommittedOffsets(ctx))
			tell("revoked")(ctx, client, partitions)
		}),
	}
	if len(args) > 4 {
		options = append(options, kgo.InstanceID(args[4]), kgo.SessionTimeout(30*time.Second))
	}
	client := checks.Got(kgo.NewClient(options...))
	for running.Err() == nil {
		fetches := client.PollFetches(running)
		fetches.EachRecord(func(record *kgo.Record) {
			checks.Say(map[string]any{"partition": record.Partition, "offset": record.Offset, "value": string(record.Value)})
		})
		client.AllowRebalance()
	}
	checks.Done(client.CommitUncommittedOffsets(background))
	client.CloseAllowingRebalance()
}
