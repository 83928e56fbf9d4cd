import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';

/** The interpreter with PyTorch: `HESSIAN_LENS_PYTHON`, else the system's. */
const candidates = [process.env['HESSIAN_LENS_PYTHON'], '/usr/bin/python3', 'python3'];

/** Finds a Python that imports torch; undefined where there is none (then there is nothing to compare with). */
export function findTorchPython(): string | undefined {
  const found = candidates.find(
    (python) => python !== undefined && spawnSync(python, ['-c', 'import torch, numpy']).status === 0,
  );
  if (found === undefined && process.env['HESSIAN_LENS_REQUIRE_TORCH'])
    throw new Error('HESSIAN_LENS_REQUIRE_TORCH is set, but no Python with torch and numpy was found');
  return found;
}

const execute = promisify(execFile);

/** Standard output of a program. Asynchronous, so that the test runner is answered meanwhile. */
export async function runProgram(program: string, args: readonly string[]): Promise<string> {
  const { stdout } = await execute(program, [...args], { encoding: 'utf8', maxBuffer: 1 << 28 });
  return stdout;
}
