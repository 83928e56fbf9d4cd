/** Which optimizers a script makes, with all of their arguments. */
import { PyDict, PyList } from '../../../python/values';
import type { PyValue } from '../../../python/values';
import { kerasArgument } from '../../keras/kerasFacts';
import { keyText } from '../keyText';
import type { Fact, FactValue, OptimizerFact } from './facts';
import { plain, type ScriptReader } from './scriptReader';

export function optimizerFacts(reader: ScriptReader): OptimizerFact[] {
  const calls = reader.calls('optimizer');
  return calls.map((call) => {
    const { args } = call;
    const names = [...args.keys()].filter((name) => name !== 'class' && name !== 'groups');
    const entries = names.map((name, i): [string, Fact<FactValue>] => {
      const ofKeras = kerasArgument(call.instance, name);
      // Position 0 is `params`.
      const place = reader.argument(call, name, ofKeras === undefined ? i + 1 : ofKeras.position, ofKeras?.keywords);
      const value = plain(args.get(name));
      return [name, { value: value ?? null, span: place.span, certain: place.certain && value !== undefined }];
    });
    return {
      kind: keyText(args.get('class')),
      span: call.span ?? reader.start(),
      certain: calls.length === 1,
      arguments: Object.fromEntries(entries),
      groups: groupsOf(args.get('groups')),
    };
  });
}

function groupsOf(groups: PyValue | undefined): Record<string, FactValue>[] {
  if (!(groups instanceof PyList)) return [];
  return groups.items.map((group) => {
    const entries = group instanceof PyDict ? group.entries() : [];
    return Object.fromEntries(
      entries.flatMap(([name, value]): [string, FactValue][] => {
        const known = name === 'params' ? undefined : plain(value);
        return known === undefined ? [] : [[keyText(name), known]];
      }),
    );
  });
}
