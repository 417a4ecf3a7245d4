/** What a process and the machine used, from /proc: CPU seconds, memory, how busy the disk was. Linux only. */
import { execFileSync } from 'node:child_process';
import { readFile, statfs } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { performance } from 'node:perf_hooks';

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** User and system CPU seconds of a process, all its threads. */
export async function cpuSeconds(pid) {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Seconds that all CPUs together were not idle. */
async function machineBusySeconds() {
  const [first] = (await readFile('/proc/stat', 'utf8')).split('\n');
  const [user, nice, system, , , irq, softirq, steal] = first.trim().split(/\s+/).slice(1).map(Number);
  return (user + nice + system + irq + softirq + steal) / TICKS_PER_SECOND;
}

/** Milliseconds that each disk had work, the busiest first counted; partitions are counted with their disk. */
async function diskBusyMs() {
  const lines = (await readFile('/proc/diskstats', 'utf8')).trim().split('\n');
  return new Map(
    lines.map((line) => line.trim().split(/\s+/)).map((fields) => [fields[2], Number(fields[12])]),
  );
}

export async function rssMiB(pid) {
  return memory(pid, 'VmRSS');
}

/** The most it ever had. */
export async function peakRssMiB(pid) {
  return memory(pid, 'VmHWM');
}

async function memory(pid, field) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)[1]) / 1024;
}

/** Seconds, and what was used while `work` ran: by the broker, by the machine, of the busiest disk's time. */
export async function measured(pid, work) {
  const [brokerBefore, machineBefore, diskBefore] = await Promise.all([
    cpuSeconds(pid),
    machineBusySeconds(),
    diskBusyMs(),
  ]);
  const began = performance.now();
  const value = await work();
  const seconds = (performance.now() - began) / 1000;
  const broker = (await cpuSeconds(pid)) - brokerBefore;
  const machine = (await machineBusySeconds()) - machineBefore;
  let diskShare = 0;
  for (const [disk, after] of await diskBusyMs())
    diskShare = Math.max(diskShare, (after - (diskBefore.get(disk) ?? after)) / 1000 / seconds);
  const machineShare = machine / seconds / cpus().length;
  return {
    value,
    seconds,
    cpuSeconds: broker,
    cores: broker / seconds,
    machineShare,
    diskShare,
  };
}

/**
 * What was nearest to its limit: the machine's cores, which load and broker share, the disk, or our broker's event loop, which has one core
 * and no more (what it uses above that are threads that write and sync).
 */
export function saturated(contender, { cores, machineShare, diskShare }) {
  const shares = [
    ['all cores', machineShare],
    ['disk', diskShare],
    ...(contender.kind === 'millrace' ? [['event loop', cores]] : []),
  ];
  const [name, share] = shares.sort((a, b) => b[1] - a[1])[0];
  return `${name} ${Math.round(Math.min(share, 1) * 100)} %`;
}

/** The machine, in a line for the report. */
export async function machine(directory) {
  const { bsize, bavail } = await statfs(directory);
  const [cpu] = cpus();
  return `${cpus().length} cores (${cpu.model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GiB, ${Math.round((bsize * bavail) / 2 ** 30)} GiB free on disk, Node ${process.version}`;
}

export const median = (numbers) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1];
