// Latency of the language server, measured through its standard streams as an editor would see it.
//
//   npm run bench:editor [-- --keystrokes 60]
//
// Prints median and 95th percentile beside the goals. Never fails on a time: machines differ.
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import rpc from 'vscode-jsonrpc/node';
import { writeWorkspace } from './modelFile.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');
const { values } = parseArgs({ options: { keystrokes: { type: 'string', default: '60' } } });
const keystrokes = Number(values.keystrokes);

const now = () => performance.now();
const uriOf = (path) => pathToFileURL(path).href;

/** A server of its own on `folder`, its answer to `initialize` timed from the start of its process. */
async function startServer(folder, storage) {
  const started = now();
  const child = spawn(process.execPath, [join(root, 'dist', 'server.js'), '--stdio'], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (chunk) => (errors += chunk));
  const connection = rpc.createMessageConnection(
    new rpc.StreamMessageReader(child.stdout),
    new rpc.StreamMessageWriter(child.stdin),
  );
  child.once('exit', (code) => {
    if (code !== 0 && code !== null) console.error(`the server ended with ${code}\n${errors}`);
  });
  connection.onRequest('workspace/configuration', ({ items }) => items.map(() => null));
  connection.onRequest('client/registerCapability', () => null);
  connection.onRequest('window/workDoneProgress/create', () => null);
  for (const refresh of ['diagnostic', 'codeLens', 'inlayHint'])
    connection.onRequest(`workspace/${refresh}/refresh`, () => null);
  connection.listen();
  const workspaceFolders = [{ uri: uriOf(folder), name: 'bench' }];
  await connection.sendRequest('initialize', {
    processId: process.pid,
    rootUri: uriOf(folder),
    workspaceFolders,
    initializationOptions: { storage, trusted: true },
    capabilities: {
      textDocument: {
        diagnostic: { dynamicRegistration: false },
        codeLens: {},
        hover: { contentFormat: ['markdown'] },
        inlayHint: { resolveSupport: { properties: ['tooltip'] } },
        publishDiagnostics: { relatedInformation: true },
      },
      workspace: {
        configuration: true,
        workspaceFolders: true,
        didChangeWatchedFiles: { dynamicRegistration: true },
        diagnostics: { refreshSupport: true },
        codeLens: { refreshSupport: true },
        inlayHint: { refreshSupport: true },
      },
      window: { workDoneProgress: true },
    },
  });
  const initialized = now() - started;
  await connection.sendNotification('initialized', {});
  return {
    connection,
    initialized,
    processId: child.pid,
    request: (method, params, token) => connection.sendRequest(method, params, ...(token === undefined ? [] : [token])),
    notify: (method, params) => connection.sendNotification(method, params),
    async stop() {
      await connection.sendRequest('shutdown');
      await connection.sendNotification('exit');
      await new Promise((done) => (child.exitCode !== null ? done() : child.once('exit', done)));
      connection.dispose();
    },
  };
}

function quantile(samples, q) {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)];
}

const rows = [];
function record(name, samples, goal, unit = 'ms') {
  rows.push({ name, n: samples.length, median: quantile(samples, 0.5), p95: quantile(samples, 0.95), goal, unit });
}

async function timed(run) {
  const started = now();
  const value = await run();
  return { value, milliseconds: now() - started };
}

const open = (server, path, text = readFileSync(path, 'utf8')) =>
  server.notify('textDocument/didOpen', {
    textDocument: { uri: uriOf(path), languageId: 'python', version: 1, text },
  });

/** Repeats a request that the server withdrew for a newer text, as editors do. */
async function insist(server, method, params) {
  for (;;) {
    try {
      return await server.request(method, params);
    } catch (error) {
      // ContentModified, ServerCancelled
      if (error.code !== -32801 && error.code !== -32802) throw error;
    }
  }
}

/** A process of Node that does nothing: what no server in Node can be faster than on this machine. */
function bareProcess() {
  return new Promise((done) => spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' }).once('exit', done));
}

/** The start of the server, and that of a bare process in turn with it. How long the extension's `activate` takes is printed by `npm run test:host`. */
async function benchActivation(folder, storage) {
  const samples = [];
  const bare = [];
  for (let run = 0; run < 10; run++) {
    bare.push((await timed(bareProcess)).milliseconds);
    const server = await startServer(folder, storage);
    samples.push(server.initialized);
    await server.stop();
  }
  record('server: start to initialize answered', samples, [150, 150]);
  record('  a process of Node that does nothing', bare);
}

async function benchFirstShapes(folder, storage) {
  const path = join(folder, 'models.py');
  const text = readFileSync(path, 'utf8');
  const range = { start: { line: 0, character: 0 }, end: { line: text.split('\n').length, character: 0 } };
  const samples = [];
  let hints = 0;
  for (let run = 0; run < 5; run++) {
    const server = await startServer(folder, storage);
    const { value, milliseconds } = await timed(async () => {
      await open(server, path, text);
      return insist(server, 'textDocument/inlayHint', { textDocument: { uri: uriOf(path) }, range });
    });
    hints = value?.length ?? 0;
    samples.push(milliseconds);
    await server.stop();
  }
  if (hints === 0) throw new Error('the long file has no shapes: nothing was measured');
  record(`first shapes after opening (${hints} hints)`, samples, [1000, 1000]);
}

/** A line inside each `forward` and `__init__`, where a user types. */
function typingPlaces(text) {
  return text.split('\n').flatMap((line, index) => (/^ {8}(self\.\w+ = |x = |out = )/.test(line) ? [index] : []));
}

async function benchKeystrokes(server, path) {
  const uri = uriOf(path);
  const text = readFileSync(path, 'utf8');
  const places = typingPlaces(text);
  let version = 1;
  const edit = (line, character, removed, inserted) =>
    server.notify('textDocument/didChange', {
      textDocument: { uri, version: ++version },
      contentChanges: [
        { range: { start: { line, character }, end: { line, character: character + removed } }, text: inserted },
      ],
    });
  const pull = () => insist(server, 'textDocument/diagnostic', { textDocument: { uri } });
  await pull();
  const samples = [];
  const lines = text.split('\n');
  for (let stroke = 0; stroke < keystrokes; stroke++) {
    // A comment typed at the end of a line and taken back, an identifier broken and mended: every stroke is a new text.
    const line = places[(stroke * 37) % places.length];
    const end = lines[line].length;
    for (const [removed, inserted] of [
      [0, stroke % 2 === 0 ? '#' : 'q'],
      [1, ''],
    ]) {
      const { milliseconds } = await timed(async () => {
        await edit(line, end, removed, inserted);
        return pull();
      });
      samples.push(milliseconds);
    }
  }
  record('keystroke to fresh static diagnostics', samples, [50, 150]);
  await checkFreshness(edit, pull, lines);
}

/** The last answer must be about the last text: a wrong channel count shows, and goes when it is mended. */
async function checkFreshness(edit, pull, lines) {
  const line = lines.findLastIndex((text) => text.includes('self.out = nn.Conv2d('));
  const character = lines[line].indexOf(', classes');
  const before = (await pull()).items.length;
  await edit(line, character, 0, '77');
  const broken = (await pull()).items.length;
  await edit(line, character, 2, '');
  const mended = (await pull()).items.length;
  if (broken <= before || mended !== before)
    throw new Error(
      `diagnostics do not follow the text: ${before} findings, ${broken} with an error typed, ${mended} after`,
    );
}

async function benchCached(server, path) {
  const uri = uriOf(path);
  const lines = readFileSync(path, 'utf8').split('\n');
  const models = (await server.request('hessianLens/models', { uri })).map(({ name }) => name);
  const classes = lines.filter((line) => /^class \w+\(/.test(line)).length;
  console.log(`${models.length} models are read of a file with ${classes} classes`);
  const model = models.find((name) => name.startsWith('Regressor'));
  if (model === undefined) throw new Error(`no small model among those read: ${models.join(', ')}`);
  const reply = await server.request('hessianLens/analyze', {
    uri,
    model,
    overrides: { engine: 'reference', samples: 16 },
  });
  if (!reply.ok) throw new Error(`the analysis failed: ${JSON.stringify(reply.failure)}`);
  const start = lines.findIndex((line) => line.startsWith(`class ${model}(`));
  const layer = lines.findIndex((line, index) => index > start && line.includes('nn.Linear('));
  const position = { line: layer, character: lines[layer].indexOf('nn.Linear') + 4 };
  const hovers = [];
  const lenses = [];
  for (let run = 0; run < 100; run++) {
    const hover = await timed(() => insist(server, 'textDocument/hover', { textDocument: { uri }, position }));
    if (hover.value === null) throw new Error('no hover on an analysed layer');
    hovers.push(hover.milliseconds);
    const lens = await timed(async () => {
      const found = await insist(server, 'textDocument/codeLens', { textDocument: { uri } });
      const here = found.filter(({ range }) => Math.abs(range.start.line - start) <= 1);
      return Promise.all(
        here.map((one) => (one.command === undefined ? server.request('codeLens/resolve', one) : one)),
      );
    });
    if (!lens.value.some(({ command }) => command.title.includes('λ'))) throw new Error('no lens with the result');
    lenses.push(lens.milliseconds);
  }
  record('hover from cache', hovers, [10, 30]);
  record('lens from cache, resolved', lenses, [10, 30]);
}

async function benchCancel(server, path) {
  const uri = uriOf(path);
  const samples = [];
  for (let run = 0; run < 6; run++) {
    const source = new rpc.CancellationTokenSource();
    const running = new Promise((done) => {
      const listener = server.connection.onNotification('hessianLens/analysisEvent', (event) => {
        if (event.kind !== 'progress') return;
        listener.dispose();
        done();
      });
    });
    const answer = server.request('hessianLens/analyze', { uri }, source.token).then(
      (reply) => (reply.ok ? 'finished' : 'failed'),
      () => 'cancelled',
    );
    await running;
    // Not always at the same stage.
    await new Promise((done) => setTimeout(done, 300 * run));
    const { value, milliseconds } = await timed(() => {
      source.cancel();
      return answer;
    });
    if (value === 'finished') throw new Error('the analysis ended before it could be cancelled');
    samples.push(milliseconds);
  }
  record('cancel answered', samples, [200, 200]);
}

/** Resident memory of a process and all below it, in MiB, from /proc. */
function residentMemory(processId) {
  const parents = new Map();
  const resident = new Map();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry)))
    try {
      const status = readFileSync(`/proc/${name}/status`, 'utf8');
      parents.set(Number(name), Number(/^PPid:\s+(\d+)/m.exec(status)?.[1] ?? 0));
      resident.set(Number(name), Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0));
    } catch {
      // The process ended meanwhile.
    }
  const below = (id) => id === processId || (parents.has(id) && id !== 0 && below(parents.get(id)));
  return [...resident].filter(([id]) => below(id)).reduce((sum, [, kibibytes]) => sum + kibibytes, 0) / 1024;
}

async function benchMemory(server) {
  if (process.platform !== 'linux') return;
  await new Promise((done) => setTimeout(done, 3000));
  record('idle memory of the server and its threads', [residentMemory(server.processId)], [150, 150], 'MiB');
}

function printTable() {
  const format = (value, unit) => `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ${unit}`;
  console.log(`${''.padEnd(48)}${'n'.padStart(5)}${'median'.padStart(11)}${'95 %'.padStart(11)}   goal`);
  for (const { name, n, median, p95, goal, unit } of rows) {
    const met = goal !== undefined && median <= goal[0] && p95 <= goal[1];
    const judged = goal === undefined ? '' : `   ≤ ${goal[0]} / ${goal[1]} ${unit} ${met ? 'met' : 'missed'}`;
    console.log(
      `${name.padEnd(48)}${String(n).padStart(5)}${format(median, unit).padStart(11)}${format(p95, unit).padStart(11)}${judged}`,
    );
  }
}

const folder = mkdtempSync(join(tmpdir(), 'hessian-lens-bench-'));
const storage = join(folder, '.results');
try {
  writeWorkspace(folder, 300, 1500);
  cpSync(join(root, 'examples', 'digits'), join(folder, 'digits'), { recursive: true });
  const long = join(folder, 'models.py');
  await benchActivation(folder, storage);
  await benchFirstShapes(folder, storage);
  const server = await startServer(folder, storage);
  try {
    await open(server, long);
    await benchKeystrokes(server, long);
    await benchMemory(server);
    await benchCached(server, long);
    const digits = join(folder, 'digits', 'model.py');
    await open(server, digits);
    await benchCancel(server, digits);
  } finally {
    await server.stop();
  }
} finally {
  printTable();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
