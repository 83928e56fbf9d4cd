/** A text file opened for reading, whose text came from the source provider. */
import { native, nativeClass } from './native';
import { objectClass } from './builtins/types';
import { PyInstance, PyList } from './values';
import type { PyValue } from './values';

interface Reading {
  readonly lines: readonly string[];
  next: number;
}

const reading = (self: PyValue | undefined): Reading =>
  self instanceof PyInstance ? (self.payload as Reading) : { lines: [], next: 0 };

function rest(self: PyValue | undefined): string[] {
  const state = reading(self);
  const lines = state.lines.slice(state.next);
  state.next = state.lines.length;
  return lines;
}

const textFileClass = nativeClass('TextIOWrapper', [objectClass], {
  methods: [
    native('read(self, size=-1)', ({ self }) => rest(self).join('')),
    native('readlines(self)', ({ self }) => new PyList(rest(self))),
    native('readline(self)', ({ self }) => {
      const state = reading(self);
      return state.lines[state.next++] ?? '';
    }),
    native('__iter__(self)', ({ self }, interpreter) => interpreter.iterator(rest(self))),
    native('__enter__(self)', ({ self = null }) => self),
    native('__exit__(self, *args)', () => null),
    native('close(self)', () => null),
  ],
});

export function makeTextFile(text: string): PyInstance {
  const file = new PyInstance(textFileClass);
  file.payload = { lines: text.match(/[^\n]*\n|[^\n]+$/g) ?? [], next: 0 } satisfies Reading;
  return file;
}
