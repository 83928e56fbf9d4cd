/** `torch.no_grad` and its relatives: context managers that are decorators too. */
import type { Interpreter } from '../../../python/interpreter';
import { native, nativeClass } from '../../../python/native';
import { PyClass, PyFunction, PyInstance, PyTuple, NativeFunction, PyBoundMethod } from '../../../python/values';
import type { PyValue } from '../../../python/values';
import { torchContext } from '../tensor/context';
import { keywords } from './call';

/** What a context manager remembers between `__enter__` and `__exit__`. */
interface ModeState {
  readonly enabled: boolean | undefined;
  readonly outer: boolean[];
}

const stateOf = (value: PyValue | undefined): ModeState => {
  const payload = value instanceof PyInstance ? value.payload : undefined;
  return (payload as ModeState | undefined) ?? { enabled: undefined, outer: [] };
};

const isCallable = (value: PyValue): boolean =>
  value instanceof PyFunction || value instanceof NativeFunction || value instanceof PyBoundMethod;

/** The function run in a mode. It binds as a method does. */
function wrapped(inner: PyValue, enabled: boolean | undefined): NativeFunction {
  return native('wrapper(self=None, *args, **kwargs)', ({ self = null, args, kwargs }, interpreter) => {
    const rest = args instanceof PyTuple ? args.items : [];
    // An omitted first argument and None cannot be told apart; a function called with None alone is rarer than one
    // called without arguments.
    const positional = self === null && rest.length === 0 ? [] : [self, ...rest];
    const run = (): PyValue => interpreter.call(inner, positional, keywords(kwargs, interpreter));
    return enabled === undefined ? run() : torchContext(interpreter).withGradient(enabled, run);
  });
}

function makeMode(cls: PyClass, enabled: boolean | undefined): PyInstance {
  const mode = new PyInstance(cls);
  mode.payload = { enabled, outer: [] } satisfies ModeState;
  return mode;
}

const protocol = [
  native('__init__(self, *args, **kwargs)', () => null),
  native('__enter__(self)', ({ self = null }, interpreter) => {
    const { enabled, outer } = stateOf(self);
    const context = torchContext(interpreter);
    outer.push(context.gradEnabled);
    if (enabled !== undefined) context.gradEnabled = enabled;
    return self;
  }),
  native('__exit__(self, kind=None, value=None, trace=None)', ({ self }, interpreter) => {
    const outer = stateOf(self).outer.pop();
    if (outer !== undefined) torchContext(interpreter).gradEnabled = outer;
    return false;
  }),
  native('__call__(self, function)', ({ self, function: inner = null }) => wrapped(inner, stateOf(self).enabled)),
];

/** A class whose instances set the mode; `enabled` undefined leaves it (autocast, profilers). */
const modeClass = (name: string, enabled: (given: PyValue, interpreter: Interpreter) => boolean | undefined): PyClass =>
  nativeClass(name, [], {
    methods: [
      native('__new__(cls, mode=None, *args, **kwargs)', ({ cls = null, mode = null }, interpreter) => {
        if (!(cls instanceof PyClass)) return null;
        // `@torch.no_grad` without parentheses.
        if (isCallable(mode)) return wrapped(mode, enabled(null, interpreter));
        return makeMode(cls, enabled(mode, interpreter));
      }),
      ...protocol,
    ],
  });

export const noGrad = modeClass('no_grad', () => false);

export const enableGrad = modeClass('enable_grad', () => true);

export const inferenceMode = modeClass('inference_mode', (given, interpreter) =>
  given === null ? false : !interpreter.truth(given),
);

/** A context manager and decorator without effect: autocast, profilers, deterministic modes. */
export const neutralContext = (name: string): PyClass => modeClass(name, () => undefined);

/** Acts at once, and as a context manager goes back at the end. */
export const setGradEnabled = nativeClass('set_grad_enabled', [], {
  methods: [
    native('__new__(cls, mode)', ({ cls = null, mode = null }, interpreter) => {
      if (!(cls instanceof PyClass)) return null;
      const context = torchContext(interpreter);
      const made = new PyInstance(cls);
      made.payload = { enabled: interpreter.truth(mode), outer: [context.gradEnabled] } satisfies ModeState;
      context.gradEnabled = interpreter.truth(mode);
      return made;
    }),
    native('__init__(self, *args, **kwargs)', () => null),
    native('__enter__(self)', () => null),
    native('__exit__(self, kind=None, value=None, trace=None)', ({ self }, interpreter) => {
      const outer = stateOf(self).outer.pop();
      if (outer !== undefined) torchContext(interpreter).gradEnabled = outer;
      return false;
    }),
  ],
});
