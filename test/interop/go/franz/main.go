// franz-go: `franz checks BOOTSTRAP`, or `franz member BOOTSTRAP TOPIC GROUP BALANCER [INSTANCE-ID]`. Its quirks, as met here:
//
//   - it asks for the newest version of everything, topic ids included, and always fetches in sessions;
//   - its producer is idempotent unless told otherwise;
//   - MarkCommitRecords and the like are for auto-commit: here it commits by hand.
package main

import (
	"fmt"
	"os"

	"millrace/interop/checks"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

func main() {
	switch role := os.Args[1]; role {
	case "checks":
		bootstrap := os.Args[2]
		client := checks.Got(kgo.NewClient(kgo.SeedBrokers(bootstrap), kgo.ClientID("interop")))
		defer client.Close()
		cluster := &cluster{bootstrap, kadm.NewClient(client)}
		cluster.produceChecks()
		cluster.consumeChecks()
		cluster.adminChecks()
	case "member":
		beMember(os.Args[2:])
	default:
		panic(fmt.Sprintf("no such role: %s", role))
	}
}
