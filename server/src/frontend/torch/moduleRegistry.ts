/**
 * The native half of `torch.nn.Module`: attribute access, the call, and what a trace remembers of them.
 * The Python half is library/module.py. Registration follows PyTorch: a Parameter, Module or buffer assigned to
 * an attribute goes to `_parameters`, `_modules` or `_buffers`, in order of first assignment.
 */
import type { SourceSpan } from '../../graph/node';
import type { Interpreter } from '../../python/interpreter';
import { native } from '../../python/native';
import { isLibraryFile } from '../../python/source';
import {
  PyClass,
  PyDescriptor,
  PyDict,
  PyInstance,
  PyList,
  PyModule,
  PySet,
  PyTuple,
  Unknown,
} from '../../python/values';
import type { PyValue } from '../../python/values';
import { isPreparation } from '../keras/kerasNames';
import { keyText } from './keyText';
import type { ModuleCall, ModuleRecords } from './moduleRecords';
import { batchOf } from './scriptTensors';
import { classesOf } from './storedArrays';
import { torchContext } from './tensor/context';
import { isDataTensor } from './tensor/dataTensor';
import { bufferClass, isTensor, parameterClass, payloadOf } from './tensor/tensor';

const isModule = (value: PyValue): value is PyInstance =>
  value instanceof PyInstance &&
  value.cls.resolutionOrder.some((cls) => cls.name === 'Module' && cls.module?.name === moduleName);

const moduleName = 'torch.nn.modules.module';

const changesLayers = /^(add|add_loss|pop|append|extend|insert|add_module|register_module)$/;

/** For `InterpreterOptions.skippedCall`. */
export function noteSkippedCall(records: ModuleRecords, object: PyInstance, method: string, cause: Unknown): void {
  if (isModule(object) && changesLayers.test(method) && !records.unfinished.has(object))
    records.unfinished.set(object, cause);
}

/** For `InterpreterOptions.notMade`. */
export function noteNotMade({ constructions, notMade }: ModuleRecords, instance: PyInstance, error: unknown): void {
  if (constructions.delete(instance)) notMade.push({ instance, error, before: constructions.size });
}

/** A module's dictionary `_parameters`, `_buffers` or `_modules`; undefined before `Module.__init__`. */
export function membersOf(module: PyInstance, kind: '_parameters' | '_buffers' | '_modules'): PyDict | undefined {
  const members = module.attributes.get(kind);
  return members instanceof PyDict ? members : undefined;
}

/** The modules that are members of others. */
export const partsOf = (modules: readonly PyInstance[]): ReadonlySet<PyValue> =>
  new Set<PyValue>(modules.flatMap((each) => [...(membersOf(each, '_modules')?.values() ?? [])]));

/** Is this an instance of `torch.nn.Module`? */
export const isTorchModule = isModule;

/** The same of a value that is known to be an instance. */
export const isModuleInstance = (instance: PyInstance): boolean => isModule(instance);

/** Is the class defined in the code that is read, not in the library? */
export const isOwnClass = ({ span }: PyClass): boolean => span !== undefined && !isLibraryFile(span.file);

/** A module that is no change of images, or a tensor of the graph of a model of Keras. */
export function isPart(value: PyValue): boolean {
  if (!(value instanceof PyInstance)) return false;
  const { name, module } = value.cls;
  const home = module?.name ?? '';
  if (name === 'KerasTensor') return home === 'keras._symbolic';
  return isModule(value) && !home.startsWith('torchvision.transforms');
}

/** A loss of torch.nn, or a module of the code's own that is named like one. */
export const isLossModule = ({ cls }: PyInstance): boolean =>
  cls.resolutionOrder.some(({ name }) => name === '_Loss') ||
  (isOwnClass(cls) && /(?:Loss(?:es|Fn|Func|Function)?|Criterion)$/.test(cls.name));

/** The class `torch.nn.Module`. */
export function moduleClass(interpreter: Interpreter): PyClass {
  const cls = interpreter.getAttribute(interpreter.importModule(moduleName), 'Module');
  if (!(cls instanceof PyClass)) throw new TypeError('torch.nn.Module must be a class');
  return cls;
}

/** The shape of the first tensor in a result. */
function firstTensor(value: PyValue): ReturnType<typeof payloadOf> {
  if (isTensor(value)) return payloadOf(value);
  const items =
    value instanceof PyTuple || value instanceof PyList
      ? value.items
      : value instanceof PyDict
        ? value.entries().map(([, item]) => item)
        : [];
  for (const item of items) {
    const found = firstTensor(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

const isParameter = (value: PyValue): value is PyInstance =>
  value instanceof PyInstance && value.cls.isSubclassOf(parameterClass);

/** A module instance; anything else is a mistake of the caller. */
function asModule(value: PyValue | undefined, interpreter: Interpreter): PyInstance {
  if (value instanceof PyInstance) return value;
  return interpreter.raise('TypeError', 'a torch.nn.Module is needed here');
}

/** `torch._registry`: what library/*.py needs from outside Python. */
export function createRegistryModule(interpreter: Interpreter, records: ModuleRecords): PyModule {
  const newModule = native('__new__(cls, *args, **kwargs)', ({ cls = null, args = null, kwargs = null }) => {
    if (!(cls instanceof PyClass)) return interpreter.raise('TypeError', 'Module.__new__ needs a class');
    const instance = new PyInstance(cls);
    records.constructions.set(instance, {
      span: interpreter.currentSpan,
      args: args instanceof PyTuple ? args.items : [],
      kwargs: kwargs instanceof PyDict ? kwargs.entries().map(([name, value]) => [keyText(name), value] as const) : [],
      uncertain: interpreter.uncertain > 0,
    });
    return instance;
  });

  const begin = native('begin_module(self)', ({ self }) => {
    const { attributes } = asModule(self, interpreter);
    attributes.set('training', true);
    for (const name of ['_parameters', '_buffers']) attributes.set(name, new PyDict());
    attributes.set('_non_persistent_buffers_set', new PySet());
    for (const name of ['_modules', '_forward_hooks', '_forward_pre_hooks']) attributes.set(name, new PyDict());
    return null;
  });

  /** What `object.__setattr__` does. */
  const setPlain = (self: PyInstance, name: string, value: PyValue): void => {
    const descriptor = self.cls.lookup(name);
    if (descriptor instanceof PyDescriptor && descriptor.kind === 'property') {
      if (descriptor.setter === null)
        interpreter.raise('AttributeError', `property '${name}' of '${self.cls.name}' object has no setter`);
      interpreter.call(descriptor.setter, [self, value]);
    } else if (name === '__class__' && value instanceof PyClass) self.cls = value;
    else self.attributes.set(name, value);
  };

  const forget = (self: PyInstance, name: string, except: string): void => {
    self.attributes.delete(name);
    for (const kind of ['_parameters', '_buffers', '_modules'] as const)
      if (kind !== except) membersOf(self, kind)?.delete(name);
  };

  const register = (self: PyInstance, kind: '_parameters' | '_modules', name: string, value: PyInstance): void => {
    const members = membersOf(self, kind);
    const what = kind === '_parameters' ? 'parameters' : 'module';
    if (members === undefined)
      return interpreter.raise('AttributeError', `cannot assign ${what} before Module.__init__() call`);
    forget(self, name, kind);
    members.set(name, value);
  };

  const noteSpan = (value: PyInstance, spans: Map<PyInstance, SourceSpan>): void => {
    const span = interpreter.currentSpan;
    if (span !== undefined && !spans.has(value)) spans.set(value, span);
  };

  const setMember = native('__setattr__(self, name, value)', ({ self: object, name: key, value = null }) => {
    const self = asModule(object, interpreter);
    const name = interpreter.toText(key ?? null, 'attribute name');
    if (isParameter(value)) {
      register(self, '_parameters', name, value);
      noteSpan(value, records.parameterSpans);
      return null;
    }
    const parameters = membersOf(self, '_parameters');
    if (parameters?.has(name)) {
      if (value !== null)
        interpreter.raise(
          'TypeError',
          `cannot assign '${interpreter.typeOf(value).name}' as parameter '${name}' (torch.nn.Parameter or None expected)`,
        );
      parameters.set(name, null);
      return null;
    }
    if (isModule(value)) {
      register(self, '_modules', name, value);
      noteSpan(value, records.registrations);
      return null;
    }
    const modules = membersOf(self, '_modules');
    if (modules?.has(name)) {
      if (value !== null)
        interpreter.raise(
          'TypeError',
          `cannot assign '${interpreter.typeOf(value).name}' as child module '${name}' (torch.nn.Module or None expected)`,
        );
      modules.set(name, null);
      return null;
    }
    const buffers = membersOf(self, '_buffers');
    const isBuffer = value instanceof PyInstance && value.cls.isSubclassOf(bufferClass);
    if (buffers !== undefined && isBuffer && !buffers.has(name)) self.attributes.delete(name);
    if (buffers !== undefined && (isBuffer || buffers.has(name))) {
      if (value !== null && !isTensor(value))
        interpreter.raise(
          'TypeError',
          `cannot assign '${interpreter.typeOf(value).name}' object to buffer '${name}' (torch.nn.Buffer, torch.Tensor or None expected)`,
        );
      buffers.set(name, value);
      const transient = self.attributes.get('_non_persistent_buffers_set');
      if (isBuffer && transient instanceof PySet)
        if (value.attributes.get('persistent') === false) transient.elements.set(name, null);
        else transient.elements.delete(name);
      return null;
    }
    setPlain(self, name, value);
    return null;
  });

  const getMember = native('__getattr__(self, name)', ({ self: object, name: key }) => {
    const self = asModule(object, interpreter);
    const name = interpreter.toText(key ?? null, 'attribute name');
    for (const kind of ['_parameters', '_buffers', '_modules'] as const) {
      const found = membersOf(self, kind)?.get(name);
      if (found !== undefined) return found;
    }
    return interpreter.raise('AttributeError', `'${self.cls.name}' object has no attribute '${name}'`);
  });

  const deleteMember = native('__delattr__(self, name)', ({ self: object, name: key }) => {
    const self = asModule(object, interpreter);
    const name = interpreter.toText(key ?? null, 'attribute name');
    for (const kind of ['_parameters', '_buffers', '_modules'] as const)
      if (membersOf(self, kind)?.delete(name)) return null;
    if (!self.attributes.delete(name))
      interpreter.raise('AttributeError', `'${self.cls.name}' object has no attribute '${name}'`);
    return null;
  });

  /** Runs the hooks of one kind; `run` gets each hook with its `with_kwargs` switch. */
  const runHooks = (self: PyInstance, kind: string, run: (hook: PyValue, withKeywords: boolean) => void): void => {
    const hooks = self.attributes.get(kind);
    if (!(hooks instanceof PyDict) || hooks.size === 0) return;
    for (const [, entry] of hooks.entries())
      if (entry instanceof PyTuple) run(entry.items[0] ?? null, interpreter.truth(entry.items[1] ?? false));
  };

  /** forward with its hooks. */
  function run(self: PyInstance, args: PyTuple, kwargs: PyDict): PyValue {
    let positional = args;
    let named = kwargs;
    runHooks(self, '_forward_pre_hooks', (hook, withKeywords) => {
      const changed = interpreter.call(hook, withKeywords ? [self, positional, named] : [self, positional]);
      if (changed === null) return;
      if (withKeywords && changed instanceof PyTuple) {
        const [first, second] = changed.items;
        if (first instanceof PyTuple) positional = first;
        if (second instanceof PyDict) named = second;
      } else positional = changed instanceof PyTuple ? changed : new PyTuple([changed]);
    });
    const forward = interpreter.getAttribute(self, 'forward');
    const keywords = new Map(named.entries().map(([name, value]) => [keyText(name), value]));
    let result = interpreter.call(forward, positional.items, keywords);
    runHooks(self, '_forward_hooks', (hook, withKeywords) => {
      const changed = interpreter.call(
        hook,
        withKeywords ? [self, positional, named, result] : [self, positional, result],
      );
      if (changed !== null) result = changed;
    });
    return result;
  }

  const callModule = native('__call__(self, *args, **kwargs)', ({ self: object, args, kwargs }) => {
    const self = asModule(object, interpreter);
    const here = interpreter.currentSpan;
    const span = here !== undefined && isLibraryFile(here.file) ? undefined : here;
    const positional = args instanceof PyTuple ? args : new PyTuple([]);
    const named = kwargs instanceof PyDict ? kwargs : new PyDict();
    if (interpreter.tolerant) {
      if (isLossModule(self)) note('loss_module', new Map(), self);
      // Reading a script for its facts: what follows from unknown data is unknown.
      const unknown = [...positional.items, ...named.entries().map(([, value]) => value)].find(
        (value) => value instanceof Unknown,
      );
      if (records.active.length === 0) noteModelCall(self, positional, named);
      if (unknown !== undefined) return unknown;
      const isData = [...positional.items, ...named.values()].some(isDataTensor);
      if (isData && !isMadeAround(self) && !isPreparation(self))
        return new Unknown(`what ${self.cls.name} gives`, here);
    }
    const record: ModuleCall = { module: self, span, outputShape: undefined, output: undefined };
    records.calls.push(record);
    const depth = records.active.push(self) - 1;
    try {
      const result = run(self, positional, named);
      const output = firstTensor(result);
      record.outputShape = output?.shape;
      record.output = output?.node;
      records.active.length = depth;
      return result;
    } catch (error) {
      // A tolerant reading goes on after it.
      if (interpreter.tolerant) records.active.length = depth;
      throw error;
    }
  });

  /** What a script calls a module with, by position or name; without gradient it is an evaluation. */
  const noteModelCall = (self: PyInstance, { items }: PyTuple, named: PyDict): void =>
    note(
      torchContext(interpreter).gradEnabled ? 'model_call' : 'model_evaluation',
      new Map<string, PyValue>([
        ...items.map((value, i): [string, PyValue] => [String(i), value]),
        ...named.entries().map(([name, value]): [string, PyValue] => [keyText(name), value]),
      ]),
      self,
    );

  /** A module that was given another one, as wrappers are: what that one is called with counts, too. */
  const isMadeAround = (self: PyInstance): boolean => {
    const made = records.constructions.get(self);
    return made !== undefined && [...made.args, ...made.kwargs.map(([, value]) => value)].some(isModule);
  };

  function note(kind: string, args: ReadonlyMap<string, PyValue>, instance: PyValue): void {
    records.libraryCalls.push({ kind, args, span: interpreter.currentSpan, instance });
  }

  const noteCall = native('note_call(kind, args, instance=None)', ({ kind = null, args, instance = null }) => {
    const named = args instanceof PyDict ? args.entries() : [];
    note(keyText(kind), new Map(named.map(([name, value]) => [keyText(name), value])), instance);
    return null;
  });

  const noteLoadedState = native('note_loaded_state(module, state)', ({ module = null, state = null }) => {
    note('load_state_dict', new Map([['state_dict', state]]), module);
    return null;
  });

  const noteClipping = native(
    'note_gradient_clipping(kind, limit, norm_type=None, keyword=None)',
    ({ kind = null, limit = null, norm_type: norm = null, keyword = null }) => {
      note(
        `clip_${keyText(kind)}`,
        new Map([
          ['limit', limit],
          ['norm_type', norm],
          ['keyword', keyword],
        ]),
        null,
      );
      return 0;
    },
  );

  /** The parameter groups of an optimizer: [{params: […], …}]. */
  const groupsOf = (params: PyValue): PyDict[] => {
    if (params instanceof Unknown) return [PyDict.of([['params', new PyList([])]])];
    const items = [...interpreter.iterate(params)];
    if (!items.some((item) => item instanceof PyDict)) return [PyDict.of([['params', new PyList(items)]])];
    return items
      .filter((item) => item instanceof PyDict)
      .map((group) => {
        const own = group.get('params') ?? null;
        const tensors = own instanceof Unknown ? [] : isTensor(own) ? [own] : [...interpreter.iterate(own)];
        return PyDict.of([...group.entries(), ['params', new PyList(tensors)]]);
      });
  };

  const noteOptimizer = native(
    'note_optimizer(self, kind, params, defaults)',
    ({ self = null, kind = null, params = null, defaults = null }) => {
      const groups = groupsOf(params);
      const named = defaults instanceof PyDict ? defaults.entries() : [];
      const args = new Map(named.map(([name, value]) => [keyText(name), value]));
      note('optimizer', new Map([...args, ['class', kind], ['groups', new PyList(groups)]]), self);
      return new PyList(groups);
    },
  );

  const unknown = native(
    'unknown(reason)',
    ({ reason }) => new Unknown(interpreter.toText(reason ?? null, 'reason'), interpreter.currentSpan),
  );

  const isUnknown = native('is_unknown(value)', ({ value = null }) => value instanceof Unknown);

  const isData = native('is_data(tensor)', ({ tensor = null }) => interpreter.tolerant && isDataTensor(tensor));

  /** Also while a model is read: the tensor has no value before there are data. */
  const isInput = native('is_input(tensor)', ({ tensor = null }) => isDataTensor(tensor));

  const labelClasses = native('label_classes(tensor)', ({ tensor = null }) => {
    const count = classesOf(tensor, records);
    return count === undefined ? null : BigInt(count);
  });

  const batch = native('batch_of(loader)', ({ loader }) =>
    loader instanceof PyInstance
      ? batchOf(interpreter, loader)
      : interpreter.raise('TypeError', 'a loader is needed here'),
  );

  const stop = native('stop(reason)', ({ reason }) => interpreter.stop(interpreter.toText(reason ?? null, 'reason')));

  const registry = new PyModule('torch._registry');
  const members: Record<string, PyValue> = {
    new_module: newModule,
    begin_module: begin,
    set_member: setMember,
    get_member: getMember,
    delete_member: deleteMember,
    call_module: callModule,
    note_call: noteCall,
    note_loaded_state: noteLoadedState,
    note_gradient_clipping: noteClipping,
    note_optimizer: noteOptimizer,
    batch_of: batch,
    unknown,
    is_unknown: isUnknown,
    is_data: isData,
    is_input: isInput,
    label_classes: labelClasses,
    stop,
  };
  for (const [name, value] of Object.entries(members)) registry.attributes.set(name, value);
  return registry;
}
