package millrace.interop;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Named checks; each prints one JSON line for the suite that started us, as harness/programs.mjs wants it. */
final class Checks {
  interface Body {
    void run() throws Exception;
  }

  interface Condition {
    boolean holds() throws Exception;
  }

  private static final int PROBLEM_LINES = 30;

  private static final Pattern ONLY = Pattern.compile(System.getenv().getOrDefault("ONLY", ""));
  private static final BufferedReader INPUT = new BufferedReader(new InputStreamReader(System.in));

  private Checks() {}

  /** @param features of the conformance table that it shows */
  static void check(String name, Body body, String... features) {
    if (!ONLY.matcher(name).find()) return;
    long startedAt = System.nanoTime();
    String problem = null;
    try {
      body.run();
    } catch (Throwable thrown) {
      StringWriter text = new StringWriter();
      thrown.printStackTrace(new PrintWriter(text));
      problem = text.toString().lines().limit(PROBLEM_LINES).collect(Collectors.joining("\n"));
    }
    long ms = (System.nanoTime() - startedAt) / 1_000_000;
    String failure = problem == null ? "" : ",\"problem\":" + quoted(problem);
    String shown = Stream.of(features).map(Checks::quoted).collect(Collectors.joining(","));
    say("{\"check\":" + quoted(name) + ",\"features\":[" + shown + "],\"ms\":" + ms + failure + "}");
  }

  /** Returns when the broker has been ended and started again. */
  static void restartBroker() throws IOException {
    say("{\"please\":\"restart\"}");
    INPUT.readLine();
  }

  private static void say(String line) {
    System.out.println(line);
    System.out.flush();
  }

  static void until(String what, Condition condition) throws Exception {
    long deadline = System.nanoTime() + 30_000_000_000L;
    while (!condition.holds()) {
      holds(System.nanoTime() < deadline, "waited 30 s for " + what);
      Thread.sleep(50);
    }
  }

  static void equal(Object actual, Object expected, String what) {
    if (!Objects.equals(actual, expected)) {
      throw new AssertionError(what + ": expected " + expected + ", got " + actual);
    }
  }

  static void holds(boolean condition, String what) {
    if (!condition) throw new AssertionError(what);
  }

  /** The body must fail, with that exception or, out of a future, with that cause. */
  static void refused(Class<? extends Throwable> expected, Body body) throws Exception {
    try {
      body.run();
    } catch (Throwable thrown) {
      Throwable cause = thrown instanceof ExecutionException ? thrown.getCause() : thrown;
      if (expected.isInstance(cause)) return;
      throw new AssertionError("expected " + expected.getSimpleName() + ", got " + cause, cause);
    }
    throw new AssertionError("expected " + expected.getSimpleName() + ", got no error");
  }

  private static String quoted(String text) {
    StringBuilder out = new StringBuilder("\"");
    for (char c : text.toCharArray()) {
      if (c == '"' || c == '\\') out.append('\\').append(c);
      else if (c < ' ') out.append(String.format("\\u%04x", (int) c));
      else out.append(c);
    }
    return out.append('"').toString();
  }
}
