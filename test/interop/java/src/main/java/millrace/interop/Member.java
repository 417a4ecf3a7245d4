package millrace.interop;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Properties;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * A member of a group: BOOTSTRAP TOPIC GROUP ASSIGNOR-CLASS [INSTANCE-ID]. Prints one JSON object a line, its partitions
 * after each change and each record; leaves the group and ends with 0 on SIGTERM.
 */
public final class Member {
  private Member() {}

  public static void main(String[] args) throws InterruptedException {
    Properties properties = new Properties();
    properties.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, args[0]);
    properties.put(ConsumerConfig.GROUP_ID_CONFIG, args[2]);
    properties.put(ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG, args[3]);
    if (args.length > 4) properties.put(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG, args[4]);
    properties.put(ConsumerConfig.CLIENT_ID_CONFIG, "member");
    // A static member has to be back within it, however busy the machine is.
    properties.put(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, args.length > 4 ? "30000" : "6000");
    properties.put(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG, "500");
    properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    properties.put(ConsumerConfig.AUTO_COMMIT_INTERVAL_MS_CONFIG, "200");

    KafkaConsumer<String, String> consumer =
        new KafkaConsumer<>(properties, new StringDeserializer(), new StringDeserializer());
    Thread polling = Thread.currentThread();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
      consumer.wakeup();
      try {
        polling.join();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      // A JVM that ends by SIGTERM says 143, whatever its threads did; all is closed, so say 0.
      Runtime.getRuntime().halt(0);
    }));

    consumer.subscribe(List.of(args[1]), new ConsumerRebalanceListener() {
      @Override
      public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
        say("{\"granted\":" + numbers(partitions) + "}");
      }

      @Override
      public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
        say("{\"revoked\":" + numbers(partitions) + "}");
      }
    });
    try (consumer) {
      while (true) {
        for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(200))) {
          say("{\"partition\":" + record.partition() + ",\"offset\":" + record.offset() + ",\"value\":\"" + record.value() + "\"}");
        }
      }
    } catch (WakeupException leaving) {
      System.err.println("leaving");
    }
  }

  private static String numbers(Collection<TopicPartition> partitions) {
    return partitions.stream().map(each -> String.valueOf(each.partition())).collect(Collectors.joining(",", "[", "]"));
  }

  private static void say(String line) {
    System.out.println(line);
    System.out.flush();
  }
}
