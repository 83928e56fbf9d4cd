/** What the engine and the threads that run programs for it tell each other. */
import type { ArrayValue } from '../../engine';
import type { SessionSettings } from '../onnxSession';
import type { NamedArrays, ProgramPlan, SteadySet } from '../stagedProgram';

export type ToLane =
  | {
      readonly kind: 'build';
      readonly id: number;
      readonly program: number;
      readonly plan: ProgramPlan;
      readonly settings: SessionSettings;
    }
  | {
      readonly kind: 'run';
      readonly id: number;
      readonly program: number;
      readonly steady: SteadySet | undefined;
      readonly free: NamedArrays;
    }
  | { readonly kind: 'forget'; readonly program: number; readonly key: number }
  | { readonly kind: 'dispose'; readonly program: number };

/** Answers to 'build' (no results) and 'run'. */
export type FromLane =
  { readonly id: number; readonly results: readonly ArrayValue[] } | { readonly id: number; readonly error: string };
