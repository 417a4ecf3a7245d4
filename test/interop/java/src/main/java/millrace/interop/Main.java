package millrace.interop;

/** All checks that need one process: BOOTSTRAP. */
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    try (Cluster cluster = new Cluster(args[0])) {
      new AdminChecks(cluster).run();
      new ConfigChecks(cluster).run();
      new GroupChecks(cluster).run();
      new ProducerChecks(cluster).run();
      new ConsumerChecks(cluster).run();
    }
  }
}
