import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PROJECT = join(dirname(dirname(fileURLToPath(import.meta.url))), 'java');

/** The releases of Apache Kafka that the suites use, as broker and as client. The 4.x one is the newest that is whole on Maven Central. */
export const KAFKA_VERSIONS = ['3.9.2', '4.3.1'];

/** The command that compiles our Java program against one release and resolves its class path. */
export function mavenCommand(version) {
  return ['mvn', '-q', '-B', '-f', join(PROJECT, 'pom.xml'), `-Dkafka.version=${version}`, 'process-classes'];
}

/** Small and quick to start: what the suites run is short. */
const QUICK_JVM = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto', '-Xmx256m'];

/** What Kafka's own start scripts give its broker; whoever compares figures with Kafka's uses these. */
export const KAFKA_JVM = [
  '-server',
  '-XX:+UseG1GC',
  '-XX:MaxGCPauseMillis=20',
  '-XX:InitiatingHeapOccupancyPercent=35',
  '-XX:+ExplicitGCInvokesConcurrent',
  '-Xms1g',
  '-Xmx1g',
];

/** Arguments for `java` to run a class of that release or of our program. */
export async function javaArguments(version, mainClass, args, { jvm = QUICK_JVM, system = {} } = {}) {
  const target = join(PROJECT, 'target', version);
  const libraries = (await readFile(join(target, 'class-path.txt'), 'utf8')).trim();
  const properties = Object.entries(system).map(([name, value]) => `-D${name}=${value}`);
  return [...jvm, ...properties, '-cp', `${join(target, 'classes')}:${libraries}`, mainClass, ...args];
}
