// Package checks runs named checks and prints one JSON line for each, for the suite that started the program
// (harness/programs.mjs says what it expects). A check fails by a panic of this package's functions, or any other.
package checks

import (
	"bufio"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"runtime/debug"
	"strings"
	"time"
)

// Codecs of record batches, by Kafka's names.
var Codecs = []string{"none", "gzip", "snappy", "lz4", "zstd"}

const problemLines = 30

var (
	only  = regexp.MustCompile(os.Getenv("ONLY"))
	input = bufio.NewReader(os.Stdin)
)

// Say prints one JSON object as a line.
func Say(event any) {
	line, err := json.Marshal(event)
	if err != nil {
		panic(err)
	}
	fmt.Println(string(line))
}

// Check runs body. One that fails does not end the program.
func Check(name string, features []string, body func()) {
	if !only.MatchString(name) {
		return
	}
	started := time.Now()
	event := map[string]any{"check": name, "features": append([]string{}, features...)}
	if problem := problemOf(body); problem != "" {
		event["problem"] = problem
	}
	event["ms"] = time.Since(started).Milliseconds()
	Say(event)
}

func problemOf(body func()) (problem string) {
	defer func() {
		if failure := recover(); failure != nil {
			lines := strings.Split(fmt.Sprintf("%v\n%s", failure, debug.Stack()), "\n")
			problem = strings.Join(lines[:min(len(lines), problemLines)], "\n")
		}
	}()
	body()
	return ""
}

// Equal fails unless both are deeply equal.
func Equal(actual, expected any, what string) {
	if !reflect.DeepEqual(actual, expected) {
		panic(fmt.Sprintf("%s: expected %#v, got %#v", what, expected, actual))
	}
}

// Holds fails unless the condition does.
func Holds(condition bool, what string) {
	if !condition {
		panic(what)
	}
}

// Done fails when err is an error.
func Done(err error) {
	if err != nil {
		panic(err)
	}
}

// Got is the value, or fails with the error that came in its place.
func Got[T any](value T, err error) T {
	Done(err)
	return value
}

// Refused fails unless err is, or wraps, the one expected.
func Refused(err, expected error) {
	if !errors.Is(err, expected) {
		panic(fmt.Sprintf("expected %v, got %v", expected, err))
	}
}

// Until waits for a condition, looking every 50 ms for half a minute.
func Until(what string, condition func() bool) {
	deadline := time.Now().Add(30 * time.Second)
	for !condition() {
		Holds(time.Now().Before(deadline), "waited 30 s for "+what)
		time.Sleep(50 * time.Millisecond)
	}
}

// Unique is a name nobody else has.
func Unique(label string) string {
	return label + "-" + strings.ToLower(rand.Text()[:8])
}

// RestartBroker returns when the broker has been ended and started again.
func RestartBroker() {
	Say(map[string]string{"please": "restart"})
	Got(input.ReadString('\n'))
}

// Numbers from, as text, up to and without to.
func Numbers(from, to int) []string {
	values := make([]string, 0, to-from)
	for n := from; n < to; n++ {
		values = append(values, fmt.Sprint(n))
	}
	return values
}

// Values that compress well, all different.
func Values(count int) []string {
	values := make([]string, count)
	for n := range values {
		values[n] = fmt.Sprintf("%d-%s", n, strings.Repeat("abcdefghij", n%10))
	}
	return values
}
