import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { build } from 'esbuild';
import { ReadingAbandoned, ReadingClient } from '../../../server/src/reading/readingClient';
import type { ReadingRequest } from '../../../server/src/reading/readingRequest';

const folder = mkdtempSync(join(tmpdir(), 'hessian-lens-reading-'));
const program = join(folder, 'readingThread.js');
const built = build({
  entryPoints: ['server/src/reading/readingThread.ts'],
  outfile: program,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  loader: { '.py': 'text', '.wasm': 'binary' },
  define: { 'import.meta.url': '"file:///"' },
  external: ['onnxruntime-node'],
  logLevel: 'error',
});

const clients: ReadingClient[] = [];
function clientOf(path: string): ReadingClient {
  const client = new ReadingClient(path);
  clients.push(client);
  return client;
}
afterEach(() => {
  for (const client of clients.splice(0)) client.dispose();
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const requestOf = (text: string): ReadingRequest => ({
  file: join(folder, 'model.py'),
  text,
  root: folder,
  overlays: {},
  epoch: 0,
  settings: {},
  checkpoints: [],
});

const net = (width: number): string => `import torch.nn as nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, ${width})
    def forward(self, x):
        return self.fc(x)
`;

const endless = `import torch.nn as nn
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        n = 0
        while True:
            n += 1
`;

describe('reading in a thread', () => {
  it('answers each request with its own text, in a thread that stays', async () => {
    await built;
    const client = clientOf(program);
    const readings = await Promise.all([4, 5, 6].map((width) => client.read(requestOf(net(width)))));
    expect(readings.map(({ reading }) => reading.models[0]?.totalParameters)).toEqual([16, 20, 24]);
  });

  it('gives up what is not wanted any more, while it runs and while it waits', async () => {
    await built;
    const client = clientOf(program);
    const [running, waiting] = [new AbortController(), new AbortController()];
    const first = client.read(requestOf(endless), running.signal);
    const second = client.read(requestOf(net(9)), waiting.signal);
    const third = client.read(requestOf(net(4)));
    setTimeout(() => {
      running.abort();
      waiting.abort();
    }, 300);
    await expect(first).rejects.toBeInstanceOf(ReadingAbandoned);
    await expect(second).rejects.toBeInstanceOf(ReadingAbandoned);
    expect((await third).reading.models[0]?.totalParameters).toBe(16);
  });

  it('starts another thread after one that ended, and only the request at hand fails', async () => {
    await built;
    const marker = join(folder, 'ended');
    const brittle = join(folder, 'brittle.js');
    writeFileSync(
      brittle,
      `const { existsSync, writeFileSync } = require('node:fs');
       if (!existsSync(${JSON.stringify(marker)})) {
         require('node:worker_threads').parentPort.once('message', () => {
           writeFileSync(${JSON.stringify(marker)}, '');
           process.exit(3);
         });
       } else require(${JSON.stringify(program)});`,
    );
    const client = clientOf(brittle);
    const [failed, read] = await Promise.allSettled([client.read(requestOf(net(4))), client.read(requestOf(net(5)))]);
    expect(failed.status).toBe('rejected');
    expect(read.status === 'fulfilled' ? read.value.reading.models[0]?.totalParameters : read.reason).toBe(20);
  });

  it('settles everything when it is disposed of', async () => {
    await built;
    const client = clientOf(program);
    const readings = [client.read(requestOf(endless)), client.read(requestOf(net(4)))];
    client.dispose();
    for (const reading of readings) await expect(reading).rejects.toBeInstanceOf(ReadingAbandoned);
  });
});
