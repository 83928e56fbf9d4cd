/** How a script changes its learning rate while it trains. */
import { PyDict, PyList, PyTuple } from '../../../python/values';
import type { PyValue } from '../../../python/values';
import { keyText } from '../keyText';
import type { LibraryCall } from '../moduleRecords';
import { walk } from '../syntaxSearch';
import type { Fact, FactValue, OptimizerFact, ScheduleFact } from './facts';
import { namedNumber } from './namedNumber';
import { plain, type ScriptReader } from './scriptReader';

/** Schedulers in the order of the script; without one, assignments to `group['lr']`. */
export function scheduleFacts(reader: ScriptReader): ScheduleFact[] {
  const calls = reader.calls('scheduler');
  const parts = new Set(calls.flatMap(({ args }) => partsOf(args)));
  // Schedulers that another one runs in turn are told with that one.
  const whole = calls.filter(({ instance }) => !parts.has(instance));
  const made = whole.map((call): ScheduleFact => ({
    kind: keyText(call.args.get('class')),
    span: call.span ?? reader.start(),
    certain: whole.length === 1,
    arguments: argumentsOf(call),
    peak: peakOf(call),
  }));
  return made.length > 0 ? made : byHand(reader);
}

const argumentsMap = ({ args }: Pick<LibraryCall, 'args'>): Map<string, PyValue> => {
  const given = args.get('arguments');
  return new Map(given instanceof PyDict ? given.entries().map(([name, value]) => [keyText(name), value]) : []);
};

const partsOf = (args: LibraryCall['args']): readonly PyValue[] => {
  const given = argumentsMap({ args }).get('schedulers');
  return given instanceof PyList || given instanceof PyTuple ? given.items : [];
};

const argumentsOf = (call: LibraryCall): Record<string, FactValue> =>
  Object.fromEntries(
    [...argumentsMap(call)].flatMap(([name, value]) => {
      const known = plain(value);
      return known === undefined ? [] : [[name, known]];
    }),
  );

/** The highest learning rate, where the scheduler and not the optimizer sets it. */
function peakOf(call: LibraryCall): number | null {
  const peak = plain(argumentsMap(call).get('max_lr'));
  return typeof peak === 'number' ? peak : null;
}

/** `for group in optimizer.param_groups: group['lr'] = …` */
function byHand(reader: ScriptReader): ScheduleFact[] {
  for (const { tree } of reader.ownModules())
    for (const part of walk(tree.body)) {
      const targets = part.kind === 'Assign' ? part.targets : part.kind === 'AugmentedAssign' ? [part.target] : [];
      const isRate = targets.some(
        (target) => target.kind === 'Subscript' && target.index.kind === 'Constant' && target.index.value === 'lr',
      );
      if (isRate) return [{ kind: 'by hand', span: tree.source.span(part), certain: true, arguments: {}, peak: null }];
    }
  return [];
}

const warmUpNames = /^(num_|n_|lr_|linear_)?warm_?up(_?(steps|iters?|iterations|epochs?|t|length|period))?$/i;

/** Steps or epochs, as the script counts, in which the learning rate rises from (nearly) zero. */
export function warmUpFact(reader: ScriptReader): Fact<number> | null {
  const schedulers = reader.calls('scheduler');
  for (const call of schedulers) {
    const value = warmUpOf(call);
    if (value !== undefined && value > 0)
      return { value, span: call.span ?? reader.start(), certain: schedulers.length === 1 };
  }
  const named = namedNumber(reader, warmUpNames);
  return named !== null && named.value > 0 ? { ...named, certain: false } : null;
}

function warmUpOf(call: LibraryCall): number | undefined {
  const given = argumentsMap(call);
  const number = (name: string, usual?: number): number | undefined => {
    const value = given.has(name) ? plain(given.get(name)) : usual;
    return typeof value === 'number' ? value : undefined;
  };
  const kind = keyText(call.args.get('class'));
  switch (kind) {
    case 'LinearLR':
      return (number('start_factor', 1 / 3) ?? 1) < 1 ? number('total_iters', 5) : undefined;
    case 'OneCycleLR': {
      const [epochs, each] = [number('epochs'), number('steps_per_epoch')];
      const total = number('total_steps') ?? (epochs === undefined || each === undefined ? undefined : epochs * each);
      const share = number('pct_start', 0.3);
      return total === undefined || share === undefined ? undefined : Math.round(total * share);
    }
    default:
      return number('num_warmup_steps') ?? number('warmup_t') ?? number('warmup_epochs') ?? number('warmup_steps');
  }
}

/**
 * Where the script sets the rate of the groups itself, the one the optimizer was made with need not be used; a zero is a
 * placeholder for what a setting says.
 */
export function withRateOfScript(
  optimizers: readonly OptimizerFact[],
  schedules: readonly ScheduleFact[],
  reader: ScriptReader,
): readonly OptimizerFact[] {
  if (!schedules.some(({ kind }) => kind === 'by hand')) return optimizers;
  const said = namedNumber(reader, /^(learning_?rate|lr|base_lr|max_lr|peak_lr)$/i, { isReal: true });
  return optimizers.map((fact) => {
    const { lr } = fact.arguments;
    if (lr === undefined) return fact;
    const rate = lr.value !== 0 ? lr : said !== null && said.value > 0 ? said : { ...lr, value: null };
    return { ...fact, arguments: { ...fact.arguments, lr: { ...rate, certain: false } } };
  });
}
