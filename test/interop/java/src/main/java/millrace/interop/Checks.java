package millrace.interop;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;

/** Named checks; each prints one JSON line for the suite that started us: {"check", "ms"} and, if it failed, "problem". */
final class Checks {
  interface Body {
    void run() throws Exception;
  }

  private static final int PROBLEM_LINES = 30;

  private Checks() {}

  static void check(String name, Body body) {
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
    System.out.println("{\"check\":" + quoted(name) + ",\"ms\":" + ms + failure + "}");
    System.out.flush();
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
