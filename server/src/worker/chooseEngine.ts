/** Which engine runs a problem: the one asked for, or the fastest here by a short trial that is remembered per machine. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { createCurvatureOperator } from '../curvature/operators/curvatureOperator';
import { hessianProduct } from '../curvature/operators/hessian';
import type { Problem } from '../curvature/problem';
import type { Engine, EngineName, Precision } from '../engine/engine';
import { createOnnxEngine } from '../engine/onnx/onnxEngine';
import { createReferenceEngine } from '../engine/reference/referenceEngine';
import { createTfjsEngine, requireHere } from '../engine/tfjs/tfjsEngine';
import { topologicalOrder } from '../graph/node';
import { InputError } from './inputError';

/** Samples of the trial. */
const TRIAL_SAMPLES = 128;
const TRIAL_BLOCK = 4;
const TRIAL_RUNS = 3;
/** The second engine must win by this factor: a short trial on a busy machine is easily misled. */
const CLEARLY = 1.3;

/** `lanePath`: as the ONNX Runtime engine takes it. Throws an `InputError` when the engine asked for does not load or has not the precision. */
export async function chooseEngine(
  asked: 'auto' | EngineName,
  precision: Precision,
  problem: Problem,
  lanePath?: string,
): Promise<Engine> {
  if (precision === 'float64') {
    if (asked !== 'auto' && asked !== 'reference')
      throw new InputError(`the ${asked} engine computes in float32; float64 needs --engine reference (or auto)`);
    return createReferenceEngine();
  }
  if (asked !== 'auto') return loadOne(asked, lanePath);
  const candidates = await loadCandidates(lanePath);
  const [first, second] = candidates;
  if (first === undefined) return createReferenceEngine();
  if (second === undefined) return first;
  return fastest([first, second], problem);
}

async function loadOne(name: EngineName, lanePath: string | undefined): Promise<Engine> {
  try {
    if (name === 'onnxruntime') return await createOnnxEngine({ lanePath });
    if (name === 'tfjs') return await createTfjsEngine();
    return createReferenceEngine();
  } catch (error) {
    throw new InputError(
      `the ${name} engine does not load: ${error instanceof Error ? error.message : String(error)}`,
      {
        hint: 'Run npm ci again, or use --engine auto.',
      },
    );
  }
}

/** Native engines that load here; TensorFlow.js on WebAssembly only where there is nothing better. */
async function loadCandidates(lanePath: string | undefined): Promise<Engine[]> {
  const loads = [
    () => createOnnxEngine({ lanePath }),
    ...(hasNativeTensorFlow() ? [() => createTfjsEngine('tensorflow')] : []),
  ];
  const settled = await Promise.allSettled(loads.map((load) => load()));
  const native = settled.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
  if (native.length > 0) return native;
  try {
    return [await createTfjsEngine('wasm')];
  } catch {
    return [];
  }
}

/** Whether the native part of TensorFlow.js was installed: to learn it from loading the library takes half a second. */
function hasNativeTensorFlow(): boolean {
  try {
    const builds = join(dirname(requireHere.resolve('@tensorflow/tfjs-node/package.json')), 'lib');
    return readdirSync(builds).some((build) => existsSync(join(builds, build, 'tfjs_binding.node')));
  } catch {
    return false;
  }
}

async function fastest(engines: readonly [Engine, Engine], problem: Problem): Promise<Engine> {
  const key = fingerprint(problem, engines);
  const remembered = readMemory()[key];
  const known = engines.find(({ name }) => name === remembered);
  const chosen = known ?? (await tryOut(engines, problem));
  if (known === undefined) writeMemory({ ...readMemory(), [key]: chosen.name });
  for (const engine of engines) if (engine !== chosen) engine.dispose();
  return chosen;
}

async function tryOut(engines: readonly [Engine, Engine], problem: Problem): Promise<Engine> {
  const count = Math.min(TRIAL_SAMPLES, problem.sampleCount);
  const trial: Problem = { ...problem, sampleCount: count };
  // One after the other: both use every core.
  const first = await timeOf(engines[0], trial);
  const second = await timeOf(engines[1], trial);
  return second * CLEARLY < first ? engines[1] : engines[0];
}

/** Least seconds of a few blocks of products after one to warm up; infinite where the engine fails. */
async function timeOf(engine: Engine, problem: Problem): Promise<number> {
  try {
    const operator = await createCurvatureOperator(problem, engine, hessianProduct, {
      blockSize: TRIAL_BLOCK,
      memoryLimit: 2 ** 31,
    });
    const vectors = Array.from({ length: TRIAL_BLOCK }, () => new Float64Array(operator.size).fill(1e-3));
    await operator.applyBlock(vectors);
    const times: number[] = [];
    for (let run = 0; run < TRIAL_RUNS; run++) {
      const start = performance.now();
      await operator.applyBlock(vectors);
      times.push((performance.now() - start) / 1000);
    }
    operator.dispose();
    return Math.min(...times);
  } catch {
    return Infinity;
  }
}

/** Programs with the same primitives and sizes on the same machine share an answer. */
function fingerprint(problem: Problem, engines: readonly Engine[]): string {
  const nodes = topologicalOrder([problem.trace(Math.min(2, problem.sampleCount)).loss]);
  const description = nodes.map(({ primitive, shape }) => `${primitive}${shape.join('x')}`).join();
  const machine = `${cpus()[0]?.model ?? ''} ${cpus().length} ${engines.map((engine) => engine.description).join()}`;
  return createHash('sha256').update(`${machine}\n${description}`).digest('hex').slice(0, 24);
}

const memoryFile = (): string =>
  join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'hessian-lens', 'engines.json');

function readMemory(): Record<string, string> {
  try {
    const parsed: unknown = JSON.parse(readFileSync(memoryFile(), 'utf8'));
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, string>) : {};
  } catch {
    return {};
  }
}

/** Not being able to remember costs a second next time, nothing else. */
function writeMemory(memory: Record<string, string>): void {
  try {
    mkdirSync(dirname(memoryFile()), { recursive: true });
    writeFileSync(memoryFile(), JSON.stringify(memory));
  } catch {
    return;
  }
}
