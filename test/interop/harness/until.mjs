/** Waits for `condition` to return something true, looking every 10 ms. `describe` tells how things stand when it never does. */
export async function until(what, condition, { limitMs = 60_000, describe = () => '' } = {}) {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`waited ${limitMs / 1000} s for ${what}\n${describe()}`);
    await pause(10);
  }
}

export function pause(ms) {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
