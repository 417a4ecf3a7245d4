// sarama: `sarama checks BOOTSTRAP`, or `sarama member BOOTSTRAP TOPIC GROUP STRATEGY [INSTANCE-ID]`. Its quirks, as met here:
//
//   - it speaks the versions of the release that its configuration names, whatever the broker offers;
//   - an idempotent producer wants one request in flight and acks from all;
//   - a consumer group's session ends with each rebalance, and Consume has to be called again;
//   - AlterPartitionReassignments begins at partition 0 and takes one list of brokers for each.
package main

import (
	"fmt"
	"os"

	"millrace/interop/checks"

	"github.com/IBM/sarama"
)

func main() {
	switch role := os.Args[1]; role {
	case "checks":
		bootstrap := os.Args[2]
		admin := checks.Got(sarama.NewClusterAdmin([]string{bootstrap}, config()))
		defer admin.Close()
		cluster := &cluster{bootstrap, admin}
		cluster.produceChecks()
		cluster.consumeChecks()
		cluster.adminChecks()
	case "member":
		beMember(os.Args[2:])
	default:
		panic(fmt.Sprintf("no such role: %s", role))
	}
}
