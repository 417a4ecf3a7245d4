/** Which names a topic may have: Kafka's rules, since a name is also a directory's and a metric's. */

/** Leaves room for `-` and a partition number, and for what a directory's name gains when it is deleted, within 255. */
export const TOPIC_NAME_LENGTH_MAX = 249;

/** What is wrong with a topic name, as a sentence for whoever chose it; null when nothing is. */
export function topicNameProblem(name: string): string | null {
  if (name.length === 0) return 'A topic name may not be empty.';
  if (name === '.' || name === '..') return `A topic may not be called "${name}".`;
  if (name.length > TOPIC_NAME_LENGTH_MAX) {
    return `A topic name has at most ${TOPIC_NAME_LENGTH_MAX} characters, and this one has ${name.length}.`;
  }
  const illegal = /[^a-zA-Z0-9._-]/u.exec(name);
  if (illegal === null) return null;
  return (
    `The topic name ${JSON.stringify(name)} holds ${JSON.stringify(illegal[0])}; ` +
    'only letters of the English alphabet, digits, ".", "_" and "-" are allowed.'
  );
}

/**
 * Two names that differ only in `.` and `_` collide: both become the same name of a metric.
 * @returns the same text for names that collide
 */
export function collisionName(name: string): string {
  return name.replaceAll('.', '_');
}

/** Only such names can collide with another. */
export function mayCollide(name: string): boolean {
  return name.includes('.') || name.includes('_');
}
