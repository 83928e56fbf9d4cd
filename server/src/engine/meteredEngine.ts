/** An engine that counts what is asked of it, to tell what an analysis' time went into. */
import type { Engine, Executable } from './engine';

export interface EngineUse {
  /** Programs compiled. */
  readonly programs: number;
  readonly compileSeconds: number;
  /** Runs of programs. */
  readonly runs: number;
}

export interface MeteredEngine {
  readonly engine: Engine;
  /** Since the meter was made. */
  readonly use: () => EngineUse;
}

/** Disposes of `engine` with its own. */
export function metered(engine: Engine): MeteredEngine {
  let [programs, compileSeconds, runs] = [0, 0, 0];
  const counted = (program: Executable): Executable => ({
    run: (inputs) => {
      runs++;
      return program.run(inputs);
    },
    dispose: () => program.dispose(),
  });
  return {
    engine: {
      name: engine.name,
      precision: engine.precision,
      description: engine.description,
      keepsDerived: engine.keepsDerived,
      concurrency: engine.concurrency,
      compile: async (graph, options) => {
        const start = performance.now();
        const program = await engine.compile(graph, options);
        programs++;
        compileSeconds += (performance.now() - start) / 1000;
        return counted(program);
      },
      dispose: () => engine.dispose(),
    },
    use: () => ({ programs, compileSeconds, runs }),
  };
}
