/** What a trace says of a model: its parameters, buffers, keys of its state, and layers in the order of their calls. */
import { elementCount } from '../../graph/node';
import type { Node, SourceSpan } from '../../graph/node';
import { PyDict } from '../../python/values';
import type { PyInstance } from '../../python/values';
import type { StateKey, TracedBuffer, TracedLayer, TracedModel, TracedParameter } from '../model';
import type { ModuleCall } from './moduleRecords';
import type { ChosenModel } from './modelSelection';
import type { Session } from './session';
import { namedBuffers, namedModules, namedParameters, stateEntries } from './stateDict';
import type { NamedTensor } from './stateDict';
import { isFloating } from './tensor/dtype';
import { initialValueOf, isTensor, makeBufferInput, requirePayload } from './tensor/tensor';

export function placeOf(session: Session, owner: PyInstance): SourceSpan | undefined {
  const { constructions, registrations } = session.records;
  return constructions.get(owner)?.span ?? registrations.get(owner);
}

/** What `model.double()` does: values as they are, a wider type. */
export function toDouble(root: PyInstance): void {
  for (const { tensor } of [...namedParameters(root), ...namedBuffers(root)]) {
    const found = requirePayload(tensor);
    if (isFloating(found.dtype)) found.dtype = 'float64';
  }
}

/** Trained tensors are graph inputs; of the others those that a checkpoint may replace are, too. */
export function describeBuffers(session: Session, root: PyInstance): TracedBuffer[] {
  return namedBuffers(root).map(({ name, tensor, persistent }) => {
    const value = requirePayload(tensor);
    // A checkpoint may replace a persistent buffer; whole numbers (tables of indices, counters) follow from the code.
    const node = persistent && value.node.dtype === 'float' ? makeBufferInput(name, tensor) : value.node;
    return { name, shape: node.shape, dtype: node.dtype, node, persistent, initial: () => initialValueOf(tensor) };
  });
}

export function describeState(
  session: Session,
  root: PyInstance,
  buffers: readonly TracedBuffer[],
): Pick<TracedModel, 'parameters' | 'buffers' | 'stateKeys' | 'totalParameters'> {
  const entries = namedParameters(root);
  const parameters = entries.map((entry) => describeParameter(session, entry));
  const storages = new Map<PyInstance, string>();
  for (const { name, tensor } of [...entries, ...namedBuffers(root)])
    if (!storages.has(tensor)) storages.set(tensor, name);
  const stateKeys = stateEntries(root).map(({ name, kind, tensor }): StateKey => ({
    key: name,
    kind,
    storage: storages.get(tensor) ?? name,
    shape: requirePayload(tensor).shape,
  }));
  return {
    parameters,
    buffers,
    stateKeys,
    totalParameters: parameters.reduce((sum, { shape }) => sum + elementCount(shape), 0),
  };
}

function describeParameter(session: Session, { name, tensor, owner }: NamedTensor): TracedParameter {
  const span = session.records.parameterSpans.get(tensor) ?? placeOf(session, owner.module);
  const node = parameterInput(tensor);
  return {
    name,
    shape: node.shape,
    layer: owner.name,
    file: span?.file ?? session.file,
    line: span?.line ?? 0,
    node,
    requiresGrad: requirePayload(tensor).requiresGrad,
    initial: () => Float64Array.from(initialValueOf(tensor)),
  };
}

function parameterInput(tensor: PyInstance): Node<'input'> {
  const found = requirePayload(tensor);
  return found.inputState?.input ?? found.becomeInput('parameter', 'parameter');
}

export function describeLayers(
  session: Session,
  { instance: root, line }: ChosenModel,
  calls: readonly ModuleCall[],
): TracedLayer[] {
  const names = new Map<PyInstance, string>();
  for (const { name, module } of namedModules(root, false)) names.set(module, name);
  return calls.map(({ module, span, outputShape, output }) => {
    const place = placeOf(session, module);
    const own = module.attributes.get('_parameters');
    const tensors = own instanceof PyDict ? own.entries().map(([, tensor]) => tensor) : [];
    return {
      // A layer that is in no registered place has no name of its own.
      name: names.get(module) ?? `(${module.cls.name})`,
      type: module.cls.name,
      file: place?.file ?? session.file,
      line: module === root ? line : (place?.line ?? 0),
      callLine: span?.line ?? 0,
      outputShape: outputShape ?? null,
      output: output ?? null,
      parameters: tensors.reduce<number>(
        (sum, tensor) => sum + (isTensor(tensor) ? elementCount(requirePayload(tensor).shape) : 0),
        0,
      ),
    };
  });
}
