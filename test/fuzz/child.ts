/** Opens one hostile file after the other and says what is wrong with how they were taken. */
import { existsSync, rmSync } from 'node:fs';
import { HostileFiles } from './hostileFile';
import type { Message, Task } from './messages';
import { openEverything } from './openEverything';

/** Processor time of one file: other processes of the machine do not count. */
const MOST_SECONDS = 2;
const MOST_MEMORY = 2 ** 30;

const tell = (message: Message): void => void process.send?.(message);
const processorSeconds = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};
/** Bytes; the most that the process ever held. */
const peakMemory = (): number => 1024 * process.resourceUsage().maxRSS;

async function run({ seed, first, count, only, name, canary }: Task): Promise<void> {
  const files = new HostileFiles(seed, canary, only, name);
  const base = process.memoryUsage.rss();
  const outcomes = { read: 0, refused: 0 };
  let slowest = 0;
  let next = first;
  while (next < first + count) {
    const index = next++;
    const file = files.at(index);
    tell({ kind: 'begins', index, name: file.name });
    const fault = (reason: string): void => tell({ kind: 'fault', fault: { index, name: file.name, reason } });
    const begun = processorSeconds();
    try {
      outcomes[await openEverything(file)]++;
    } catch (error) {
      fault(error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
    const seconds = processorSeconds() - begun;
    slowest = Math.max(slowest, seconds);
    if (seconds > MOST_SECONDS) fault(`took ${seconds.toFixed(1)} s of processor time`);
    if (existsSync(canary)) {
      fault('something in it was executed');
      rmSync(canary);
    }
    if (peakMemory() - base > MOST_MEMORY) {
      fault(`took ${Math.round((peakMemory() - base) / 2 ** 20)} MiB`);
      // The peak stays: another process goes on.
      break;
    }
  }
  tell({ kind: 'ends', next, ...outcomes, slowest, memory: peakMemory() - base });
}

process.once('message', (task) => void run(task as Task).then(() => process.disconnect()));
