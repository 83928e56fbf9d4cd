/** The model that a program of Keras makes when it is run, in whatever function of it, where no name at its top level holds one. */
import { TraceStop } from '../../python/errors';
import type { PyInstance } from '../../python/values';
import { SelectionError, type ChosenModel } from '../torch/modelSelection';
import { partsOf } from '../torch/moduleRegistry';
import { openScript, stoppedBy, type Session, type SessionRequest } from '../torch/session';
import { installRecorders, recordedPackages } from '../torch/trainingRecorders';
import { compiledModel } from './kerasFacts';
import { isKerasModel } from './kerasNames';
import { callUncalledMakers } from './uncalledMakers';

/** Runs the file as it is started, and what makes models where it makes none, past what cannot be followed; what is asked of the model then is followed strictly. */
export function openProgram(request: SessionRequest): Session {
  const { session, error } = openScript(request, installRecorders, recordedPackages);
  if (error instanceof Error) throw error;
  callUncalledMakers(session);
  session.interpreter.tolerant = false;
  return { ...session, incidents: [...session.incidents] };
}

/**
 * The model that was compiled first, as for the facts of training; else the last that is no part of another. Throws why the last
 * one could not be made, where those before may be parts of it.
 */
export function programModel(session: Session): ChosenModel {
  const { constructions } = session.records;
  const instance = compiledModel(session) ?? lastWhole(session);
  if (instance === undefined)
    throw new SelectionError(`${session.file} makes no model of Keras when it is run; name the model with --model`);
  const { span, uncertain = false } = constructions.get(instance) ?? {};
  const line = span?.file === session.file ? span.line : 0;
  return { name: 'model', line, instance, ...(uncertain ? { note: 'made under a condition that is not known' } : {}) };
}

function lastWhole({ records, file }: Session): PyInstance | undefined {
  const modules = [...records.constructions.keys()];
  const parts = partsOf(modules);
  const position = modules.findLastIndex((each) => isKerasModel(each) && !parts.has(each));
  const failed = records.notMade.filter(({ instance }) => isKerasModel(instance)).at(-1);
  if (failed !== undefined && position < failed.before) {
    const { reason, ...span } = stoppedBy(failed.error, file);
    throw new TraceStop(`the last model that the program makes is not known: ${reason}`, span);
  }
  return modules[position];
}
