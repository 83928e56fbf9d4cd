/**
 * `torch.autograd.Function`: an operation whose derivative is written by hand. Its value is followed through `forward`; that
 * `backward` may be another function's derivative is noted, so that nothing is derived from such a model unawares.
 */
import type { Interpreter } from '../../../python/interpreter';
import { native, nativeClass } from '../../../python/native';
import { PyClass, PyDescriptor, PyFunction, PyInstance, PyTuple } from '../../../python/values';
import type { PyValue } from '../../../python/values';
import { walk } from '../syntaxSearch';
import { torchContext } from '../tensor/context';
import { keywords } from './call';

const silentMethods = ['mark_dirty', 'mark_non_differentiable', 'set_materialize_grads', 'save_for_forward'];

/** The `ctx` of `forward`: what `backward` needs is kept there. */
const functionContext: PyClass = nativeClass('FunctionCtx', [], {
  methods: [
    native('save_for_backward(self, *tensors)', ({ self, tensors = null }) => {
      if (self instanceof PyInstance) self.attributes.set('saved_tensors', tensors);
      return null;
    }),
    ...silentMethods.map((name) => native(`${name}(self, *args, **kwargs)`, () => null)),
  ],
});

function newContext(inputs: readonly PyValue[]): PyInstance {
  const context = new PyInstance(functionContext);
  context.attributes.set('needs_input_grad', new PyTuple(inputs.map(() => true)));
  return context;
}

/** What a static method of the class runs. */
function methodOf(cls: PyClass, name: string): PyFunction | undefined {
  const member = cls.lookup(name);
  const inner = member instanceof PyDescriptor ? member.getter : member;
  return inner instanceof PyFunction ? inner : undefined;
}

/** Names of the attributes of `ctx` that a method calls, and of the plain names. */
function calledIn(method: PyFunction | undefined): {
  readonly kept: ReadonlySet<string>;
  readonly plain: ReadonlySet<string>;
} {
  const context = method?.syntax.parameters[0]?.name;
  const [kept, plain] = [new Set<string>(), new Set<string>()];
  for (const part of walk(method?.syntax.body ?? [])) {
    if (part.kind !== 'Call') continue;
    const { callee } = part;
    if (callee.kind === 'Name') plain.add(callee.name);
    if (callee.kind === 'Attribute' && callee.object.kind === 'Name' && callee.object.name === context)
      kept.add(callee.name);
  }
  return { kept, plain };
}

const derives = (method: PyFunction | undefined): boolean =>
  [...walk(method?.syntax.body ?? [])].some(
    (part) => part.kind === 'Call' && part.callee.kind === 'Attribute' && /^(grad|backward)$/.test(part.callee.name),
  );

/**
 * `backward` runs again what `forward` ran and has PyTorch derive it, to save memory: the derivative is that of the value. A function
 * that only `backward` runs, a surrogate for example, is another one.
 */
function recomputes(cls: PyClass): boolean {
  const [forward, backward] = [methodOf(cls, 'forward'), methodOf(cls, 'backward')];
  const before = calledIn(forward);
  const again = [...calledIn(backward).kept];
  return derives(backward) && again.some((name) => before.kept.has(name) || before.plain.has(name));
}

/** `forward(ctx, …)`, or `forward(…)` followed by `setup_context(ctx, inputs, output)`. */
function runForward(
  cls: PyClass,
  inputs: readonly PyValue[],
  named: Map<string, PyValue>,
  interpreter: Interpreter,
): PyValue {
  const context = newContext(inputs);
  if (methodOf(cls, 'setup_context') === undefined)
    return interpreter.callMethod(cls, 'forward', [context, ...inputs], named);
  const output = interpreter.callMethod(cls, 'forward', inputs, named);
  interpreter.callMethod(cls, 'setup_context', [context, new PyTuple([...inputs]), output]);
  return output;
}

export const autogradFunction: PyClass = nativeClass('Function', [], {
  classMethods: [
    native('apply(cls, *args, **kwargs)', ({ cls, args, kwargs }, interpreter) => {
      if (!(cls instanceof PyClass)) return interpreter.stop('an autograd.Function is applied that is no class');
      const context = torchContext(interpreter);
      if (!recomputes(cls)) context.handDerivatives.push({ name: cls.name, span: interpreter.currentSpan });
      const inputs = args instanceof PyTuple ? args.items : [];
      return context.following(() => runForward(cls, inputs, keywords(kwargs, interpreter), interpreter));
    }),
  ],
});
