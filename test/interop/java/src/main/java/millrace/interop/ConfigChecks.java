package millrace.interop;

import static millrace.interop.Checks.check;
import static millrace.interop.Checks.equal;
import static millrace.interop.Checks.holds;
import static millrace.interop.Checks.refused;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.clients.admin.AlterConfigsOptions;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ConfigEntry.ConfigSource;
import org.apache.kafka.clients.admin.DescribeConfigsOptions;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.utils.AppInfoParser;

/** The Java admin client: settings of topics and of the broker. */
final class ConfigChecks {
  private final Cluster cluster;

  ConfigChecks(Cluster cluster) {
    this.cluster = cluster;
  }

  void run() {
    check("settings: describes those of a topic and of the broker", this::describe, "describe-configs");
    check("settings: describes them with synonyms, types and documentation", this::synonyms, "describe-configs");
    check("settings: changes a topic's one by one", this::incremental, "incremental-configs");
    check("settings: validates a change without making it", this::validateOnly, "incremental-configs");
    check("settings: refuses a change that makes no sense", this::refusals, "incremental-configs");
    check("settings: changes the broker's, for one and for all", this::ofBroker, "incremental-configs");
    // Each release's admin has one of these, and not the other.
    if (AppInfoParser.getVersion().startsWith("3.")) {
      check("settings: replaces a topic's", this::replace, "alter-configs");
    } else {
      check("settings: lists the resources that have any", this::resources, "config-resources");
    }
  }

  private static ConfigResource topicResource(String topic) {
    return new ConfigResource(ConfigResource.Type.TOPIC, topic);
  }

  private Config describe(ConfigResource resource) throws Exception {
    return cluster.admin.describeConfigs(List.of(resource)).all().get().get(resource);
  }

  private String value(ConfigResource resource, String name) throws Exception {
    return describe(resource).get(name).value();
  }

  private ConfigResource brokerResource() throws Exception {
    String id = cluster.admin.describeCluster().nodes().get().iterator().next().idString();
    return new ConfigResource(ConfigResource.Type.BROKER, id);
  }

  private void describe() throws Exception {
    var topic = topicResource(cluster.topic("configs", 1, Map.of("retention.ms", "12345")));
    var retention = describe(topic).get("retention.ms");
    equal(retention.value(), "12345", "retention.ms");
    equal(retention.source(), ConfigSource.DYNAMIC_TOPIC_CONFIG, "its source");
    holds(!retention.isDefault(), "retention.ms was given");
    var cleanup = describe(topic).get("cleanup.policy");
    equal(cleanup.value(), "delete", "cleanup.policy");
    holds(cleanup.isDefault(), "cleanup.policy was not given");
    var broker = describe(brokerResource());
    holds(broker.get("log.dirs") != null || broker.get("log.dir") != null, "the broker tells its directories");
    refused(UnknownTopicOrPartitionException.class, () -> describe(topicResource(Cluster.unique("nowhere"))));
  }

  private void synonyms() throws Exception {
    var topic = topicResource(cluster.topic("synonyms", 1, Map.of("segment.bytes", "2000000")));
    var options = new DescribeConfigsOptions().includeSynonyms(true).includeDocumentation(true);
    var found = cluster.admin.describeConfigs(List.of(topic), options).all().get().get(topic).get("segment.bytes");
    var synonyms = found.synonyms();
    equal(synonyms.get(0).name() + "=" + synonyms.get(0).value(), "segment.bytes=2000000", "first synonym");
    equal(synonyms.get(0).source(), ConfigSource.DYNAMIC_TOPIC_CONFIG, "its source");
    var last = synonyms.get(synonyms.size() - 1);
    equal(last.name() + " " + last.source(), "log.segment.bytes DEFAULT_CONFIG", "last synonym");
    equal(found.type(), ConfigEntry.ConfigType.INT, "type");
    holds(found.documentation() != null && !found.documentation().isEmpty(), "it is documented");
  }

  private void change(ConfigResource resource, OpType operation, String name, String value) throws Exception {
    change(resource, operation, name, value, new AlterConfigsOptions());
  }

  private void change(ConfigResource resource, OpType operation, String name, String value, AlterConfigsOptions options) throws Exception {
    Collection<AlterConfigOp> changes = List.of(new AlterConfigOp(new ConfigEntry(name, value), operation));
    cluster.admin.incrementalAlterConfigs(Map.of(resource, changes), options).all().get();
  }

  private void becomes(ConfigResource resource, String name, String expected) throws Exception {
    Checks.until(name + " to be " + expected, () -> expected.equals(value(resource, name)));
  }

  private void incremental() throws Exception {
    var topic = topicResource(cluster.topic("changed", 1, Map.of("retention.ms", "12345")));
    change(topic, OpType.SET, "segment.bytes", "2000000");
    becomes(topic, "segment.bytes", "2000000");
    equal(value(topic, "retention.ms"), "12345", "kept");
    change(topic, OpType.APPEND, "cleanup.policy", "compact");
    becomes(topic, "cleanup.policy", "delete,compact");
    change(topic, OpType.SUBTRACT, "cleanup.policy", "compact");
    becomes(topic, "cleanup.policy", "delete");
    change(topic, OpType.DELETE, "retention.ms", null);
    becomes(topic, "retention.ms", "604800000");
  }

  private void validateOnly() throws Exception {
    var topic = topicResource(cluster.topic("validated", 1));
    change(topic, OpType.SET, "retention.ms", "777", new AlterConfigsOptions().validateOnly(true));
    equal(value(topic, "retention.ms"), "604800000", "unchanged");
  }

  private void refusals() throws Exception {
    var topic = topicResource(cluster.topic("refused", 1));
    refused(InvalidConfigurationException.class, () -> change(topic, OpType.SET, "retention.ms", "soon"));
    refused(InvalidConfigurationException.class, () -> change(topic, OpType.SET, "no.such.setting", "1"));
    refused(InvalidConfigurationException.class, () -> change(topic, OpType.APPEND, "retention.ms", "1"));
    refused(UnknownTopicOrPartitionException.class,
        () -> change(topicResource(Cluster.unique("nowhere")), OpType.SET, "retention.ms", "1"));
  }

  private void ofBroker() throws Exception {
    var everyBroker = new ConfigResource(ConfigResource.Type.BROKER, "");
    var broker = brokerResource();
    change(everyBroker, OpType.SET, "log.retention.ms", "1111111");
    becomes(broker, "log.retention.ms", "1111111");
    equal(describe(broker).get("log.retention.ms").source(), ConfigSource.DYNAMIC_DEFAULT_BROKER_CONFIG, "source, set for all");
    change(broker, OpType.SET, "log.retention.ms", "2222222");
    becomes(broker, "log.retention.ms", "2222222");
    equal(describe(broker).get("log.retention.ms").source(), ConfigSource.DYNAMIC_BROKER_CONFIG, "source, set for one");
    var topic = topicResource(cluster.topic("inherits", 1));
    becomes(topic, "retention.ms", "2222222");
    change(broker, OpType.DELETE, "log.retention.ms", null);
    change(everyBroker, OpType.DELETE, "log.retention.ms", null);
    becomes(topic, "retention.ms", "604800000");
  }

  private void replace() throws Exception {
    var topic = topicResource(cluster.topic("replaced", 1, Map.of("retention.ms", "12345")));
    Config settings = new Config(Set.of(new ConfigEntry("segment.bytes", "2000000")));
    // Admin of 4.x has no such method any more.
    Object result = Admin.class.getMethod("alterConfigs", Map.class).invoke(cluster.admin, Map.of(topic, settings));
    ((KafkaFuture<?>) result.getClass().getMethod("all").invoke(result)).get();
    becomes(topic, "segment.bytes", "2000000");
    equal(value(topic, "retention.ms"), "604800000", "what is not named is as by default");
  }

  private void resources() throws Exception {
    String topic = cluster.topic("listed", 1);
    // Admin of 3.x has no such method yet.
    Object result = Admin.class.getMethod("listConfigResources").invoke(cluster.admin);
    var listed = (Collection<?>) ((KafkaFuture<?>) result.getClass().getMethod("all").invoke(result)).get();
    holds(listed.contains(topicResource(topic)), "the topic is among them");
    holds(listed.contains(brokerResource()), "the broker is among them");
  }
}
