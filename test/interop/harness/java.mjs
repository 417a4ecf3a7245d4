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

/** Arguments for `java` to run a class of that release or of our program. */
export async function javaArguments(version, mainClass, args, { heap = '256m', system = {} } = {}) {
  const target = join(PROJECT, 'target', version);
  const libraries = (await readFile(join(target, 'class-path.txt'), 'utf8')).trim();
  const properties = Object.entries(system).map(([name, value]) => `-D${name}=${value}`);
  // Small and quick to start: what runs here is short.
  return [
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    '-Xshare:auto',
    `-Xmx${heap}`,
    ...properties,
    '-cp',
    `${join(target, 'classes')}:${libraries}`,
    mainClass,
    ...args,
  ];
}
