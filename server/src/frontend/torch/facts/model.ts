/** Which module a script trains, as a call that makes it again. */
import type { SourceSpan } from '../../../graph/node';
import { PyDict, PyInstance, PyList } from '../../../python/values';
import type { PyValue } from '../../../python/values';
import { compiledModel } from '../../keras/kerasFacts';
import { callText, isLibraryLayer, layerText } from '../callText';
import { isOwnClass, isTorchModule } from '../moduleRegistry';
import type { Construction } from '../moduleRecords';
import type { Session } from '../session';
import { namedModules, namedParameters } from '../stateDict';
import type { Fact, ModelFact, TrainingFacts } from './facts';
import { attributeCall, makerCall } from './madeModels';
import type { ScriptReader } from './scriptReader';

export interface TrainedModel {
  readonly instance: PyInstance;
  readonly construction: Construction;
  /** False: one of several, or made in a branch that may not be taken. */
  readonly certain: boolean;
}

/** A model that was compiled; else the module whose parameters the optimizer has; without one, the only likely model. */
export function trainedModel(reader: ScriptReader): TrainedModel | undefined {
  const { session } = reader;
  const { constructions } = session.records;
  const compiled = compiledModel(session);
  const itsConstruction = compiled && constructions.get(compiled);
  if (compiled !== undefined && itsConstruction !== undefined)
    return { instance: compiled, construction: itsConstruction, certain: !itsConstruction.uncertain };
  const inside = new Set<PyInstance>();
  const made = [...constructions.keys()].filter(
    (each) => membersReady(each) && !each.cls.resolutionOrder.some(({ name }) => name === '_Loss'),
  );
  for (const module of made)
    for (const { name, module: child } of namedModules(module, false)) if (name !== '') inside.add(child);
  const isWrapper = ({ cls }: PyInstance): boolean => ['DataParallel', 'DistributedDataParallel'].includes(cls.name);
  const wrapped = new Set(
    made.filter(isWrapper).flatMap((module) =>
      namedModules(module, false)
        .filter(({ name }) => name === 'module')
        .map((each) => each.module),
    ),
  );
  const roots = made.filter((module) => !isWrapper(module) && (!inside.has(module) || wrapped.has(module)));
  const trained = trainedTensors(reader);
  const owners = roots.filter((root) => namedParameters(root).some(({ tensor }) => trained.has(tensor)));
  const choices = (owners.length > 0 ? owners : likelyModels(roots)).map((root) => withinWrapper(session, root));
  const chosen = choices.find(isOwn) ?? choices[0];
  const construction = chosen === undefined ? undefined : constructions.get(chosen);
  if (chosen === undefined || construction === undefined) return undefined;
  const certain = new Set(choices.map(({ cls }) => cls)).size === 1 && !construction.uncertain;
  return { instance: chosen, construction, certain };
}

export function modelFact(reader: ScriptReader, trained: TrainedModel): TrainingFacts['model'] {
  const { session } = reader;
  const { instance: chosen, construction, certain } = trained;
  const span = construction.span ?? reader.start();
  const { span: definition } = chosen.cls;
  if (definition !== undefined && isOwn(chosen)) {
    const { name } = chosen.cls;
    const call = callText(session, name, construction);
    const itself = { value: { name, file: definition.file, call }, span, certain };
    // A function that makes the parts says more than the parts.
    const isWhole = call !== undefined && !givenModules(construction);
    return isWhole ? itself : (madeByFactory(session, chosen, span, certain) ?? itself);
  }
  const factory = madeByFactory(session, chosen, span, certain);
  if (factory !== undefined) return factory;
  const variable = [...session.module.attributes].find(([, value]) => value === chosen)?.[0];
  if (variable === undefined) {
    const call = isLibraryLayer(chosen) ? layerText(session, chosen) : undefined;
    const itself = call === undefined ? undefined : { name: chosen.cls.name, file: session.file, call };
    const value = itself ?? attributeCall(session, chosen);
    return value?.call === undefined ? null : { value, span, certain };
  }
  return { value: { name: variable, file: session.file, call: variable }, span, certain };
}

const givenModules = ({ args, kwargs }: Construction): boolean =>
  [...args, ...kwargs.map(([, value]) => value)].some(isTorchModule);

/**
 * The model inside a module that adds training to it (Lightning's way) and cannot be written as a call, because it was given
 * the model: the child that has all of its parameters.
 */
function withinWrapper(session: Session, root: PyInstance): PyInstance {
  const { constructions } = session.records;
  const construction = constructions.get(root);
  if (construction === undefined || callText(session, root.cls.name, construction) !== undefined) return root;
  const count = namedParameters(root).length;
  const children = namedModules(root, false).filter(({ name }) => name !== '' && !name.includes('.'));
  const inner = children.find(
    ({ module }) => isOwn(module) && constructions.has(module) && namedParameters(module).length === count,
  );
  return inner?.module ?? root;
}

/** A module that the code's own function or method gave, as the expression that gives it again. */
function madeByFactory(
  session: Session,
  module: PyInstance,
  span: SourceSpan,
  certain: boolean,
): Fact<ModelFact> | undefined {
  const value = makerCall(session, module);
  return value?.call === undefined ? undefined : { value, span, certain };
}

const isOwn = ({ cls }: PyInstance): boolean => isOwnClass(cls);

/** Modules of the script's own classes: those with parameters, else those not named like a loss. */
function likelyModels(roots: readonly PyInstance[]): PyInstance[] {
  const own = roots.filter(isOwn);
  const withParameters = own.filter((root) => namedParameters(root).length > 0);
  return withParameters.length > 0
    ? withParameters
    : own.filter(({ cls }) => !/loss|criterion|accuracy|metric/i.test(cls.name));
}

const membersReady = (module: PyInstance): boolean => module.attributes.get('_modules') instanceof PyDict;

function trainedTensors(reader: ScriptReader): Set<PyValue> {
  const tensors = new Set<PyValue>();
  for (const { args } of reader.calls('optimizer')) {
    const groups = args.get('groups');
    for (const group of groups instanceof PyList ? groups.items : []) {
      const params = group instanceof PyDict ? group.get('params') : undefined;
      for (const tensor of params instanceof PyList ? params.items : []) tensors.add(tensor);
    }
  }
  return tensors;
}
