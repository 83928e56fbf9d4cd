/** The model that a program of Keras makes when it is run, in whatever function of it, where no name at its top level holds one. */
import type { PyInstance } from '../../python/values';
import { SelectionError, type ChosenModel } from '../torch/modelSelection';
import { partsOf } from '../torch/moduleRegistry';
import { openScript, type Session, type SessionRequest } from '../torch/session';
import { installRecorders, recordedPackages } from '../torch/trainingRecorders';
import { compiledModel } from './kerasFacts';
import { isKerasModel } from './kerasNames';

/** Runs the file as it is started, past what cannot be followed; what is asked of the model then is followed strictly. */
export function openProgram(request: SessionRequest): Session {
  const { session, error } = openScript(request, installRecorders, recordedPackages);
  if (error instanceof Error) throw error;
  session.interpreter.tolerant = false;
  return { ...session, incidents: [...session.incidents] };
}

/** The model that was compiled first, as for the facts of training; else the last that is no part of another. */
export function programModel(session: Session): ChosenModel {
  const { constructions } = session.records;
  const instance = compiledModel(session) ?? lastWhole([...constructions.keys()]);
  if (instance === undefined)
    throw new SelectionError(`${session.file} makes no model of Keras when it is run; name the model with --model`);
  const span = constructions.get(instance)?.span;
  return { name: 'model', line: span?.file === session.file ? span.line : 0, instance };
}

function lastWhole(modules: readonly PyInstance[]): PyInstance | undefined {
  const parts = partsOf(modules);
  return modules.filter((each) => isKerasModel(each) && !parts.has(each)).at(-1);
}
