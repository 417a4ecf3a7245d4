package main

import (
	"context"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"millrace/interop/checks"

	"github.com/IBM/sarama"
)

var strategies = map[string]func() sarama.BalanceStrategy{
	"range":              sarama.NewBalanceStrategyRange,
	"sticky":             sarama.NewBalanceStrategySticky,
	"cooperative-sticky": sarama.NewBalanceStrategyCooperativeSticky,
}

// A member of a group, as harness/group-of-three.mjs wants it.
func beMember(args []string) {
	bootstrap, topic, name, strategy := args[0], args[1], args[2], args[3]
	running, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	group := checks.Got(sarama.NewConsumerGroup([]string{bootstrap}, name, config(func(config *sarama.Config) {
		config.ClientID = "member"
		config.Consumer.Offsets.AutoCommit.Interval = 200 * time.Millisecond
		config.Consumer.Group.Rebalance.GroupStrategies = []sarama.BalanceStrategy{strategies[strategy]()}
		if len(args) > 4 {
			config.Consumer.Group.InstanceId = args[4]
			config.Consumer.Group.Session.Timeout = 30 * time.Second
		}
	})))
	var handler sarama.ConsumerGroupHandler = teller{topic}
	if strategy == "cooperative-sticky" {
		handler = claimTeller{teller{topic}}
	}
	for running.Err() == nil {
		// One session; the next eager rebalance ends it.
		if err := group.Consume(running, []string{topic}, handler); err != nil {
			time.Sleep(100 * time.Millisecond)
		}
	}
	checks.Done(group.Close())
}

// Tells a session's partitions, all of which an eager rebalance takes away.
type teller struct{ topic string }

func (t teller) Setup(session sarama.ConsumerGroupSession) error {
	partitions := append([]int32{}, session.Claims()[t.topic]...)
	slices.Sort(partitions)
	checks.Say(map[string][]int32{"assigned": partitions})
	return nil
}

func (t teller) Cleanup(sarama.ConsumerGroupSession) error {
	checks.Say(map[string][]int32{"assigned": {}})
	return nil
}

func (t teller) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for record := range claim.Messages() {
		checks.Say(map[string]any{"partition": record.Partition, "offset": record.Offset, "value": string(record.Value)})
		session.MarkMessage(record, "")
	}
	return nil
}

// Tells partitions one by one: a session outlives cooperative rebalances, and its claims come and go.
type claimTeller struct{ teller }

func (t claimTeller) Setup(sarama.ConsumerGroupSession) error   { return nil }
func (t claimTeller) Cleanup(sarama.ConsumerGroupSession) error { return nil }

func (t claimTeller) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	checks.Say(map[string][]int32{"granted": {claim.Partition()}})
	defer checks.Say(map[string][]int32{"revoked": {claim.Partition()}})
	return t.teller.ConsumeClaim(session, claim)
}
