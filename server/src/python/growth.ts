/**
 * Tolerant mode: containers that grow in a branch or loop of which it is not known whether, or how often, it runs. What they
 * hold is known, how much is not.
 */
import type { Interpreter } from './interpreter';
import { PyContainer, Unknown } from './values';
import type { PyDict, PySet, PyValue } from './values';

export class Growth {
  /** How many such branches and loops were around when a container was made, if any. */
  private readonly depthWhenMade = new WeakMap<PyContainer, number>();
  private readonly causes = new WeakMap<PyContainer, Unknown>();
  /** Why it is not known how many items were gone over, since somebody last began to watch. */
  private passed: Unknown | undefined;
  /** Is there any container of unknown length? */
  private isUsed = false;

  made<T extends PyContainer>(container: T, { uncertain }: Interpreter): T {
    if (uncertain > 0) this.depthWhenMade.set(container, uncertain);
    return container;
  }

  grew(container: PyContainer, interpreter: Interpreter): void {
    const { frame, uncertain } = interpreter;
    if (uncertain === 0 || frame === undefined || !interpreter.isTolerantIn(frame)) return;
    if (uncertain > (this.depthWhenMade.get(container) ?? 0))
      this.unknownLength(container, new Unknown('it is not known how often this is run', interpreter.currentSpan));
  }

  /** As `grew`, where `change` leaves it with more than it had. */
  watch(container: PyDict | PySet, interpreter: Interpreter, change: () => void): void {
    const size = interpreter.knownLength(container) ?? 0;
    change();
    if ((interpreter.knownLength(container) ?? 0) > size) this.grew(container, interpreter);
  }

  emptied(container: PyContainer, { uncertain }: Interpreter): void {
    if (uncertain <= (this.depthWhenMade.get(container) ?? 0)) this.causes.delete(container);
  }

  /** It is not known what changed it, or whether. */
  unknownLength(container: PyContainer, cause: Unknown): void {
    this.isUsed = true;
    this.causes.set(container, cause);
  }

  /** How many elements `made` has follows from how many there are in others. */
  ofSize<T extends PyValue>(others: readonly PyValue[], made: T): T {
    for (const other of others) {
      const cause = this.causeOf(other);
      if (cause !== undefined && isContainer(made)) this.unknownLength(made, cause);
    }
    return made;
  }

  /** The items of `container` are gone over. */
  passing(container: PyContainer): void {
    this.passed ??= this.causes.get(container);
  }

  /** What `run` gives, and why it is not known how many items it went over: itself, or through iterators. */
  observe<T>(run: () => T): { readonly result: T; readonly cause: Unknown | undefined } {
    const outer = this.passed;
    this.passed = undefined;
    try {
      return { result: run(), cause: this.passed };
    } finally {
      this.passed = outer;
    }
  }

  /** A container that is made of items that `make` goes over. */
  derived<T extends PyContainer>(make: () => T): T {
    const { result, cause } = this.observe(make);
    if (cause !== undefined) this.unknownLength(result, cause);
    return result;
  }

  /** `items`; `told` hears, before the first item or the end, if it is not known how many there are. */
  counted(items: Iterable<PyValue>, told: (cause: Unknown) => void): Iterable<PyValue> {
    return this.isUsed ? this.watched(items, told) : items;
  }

  private *watched(items: Iterable<PyValue>, told: (cause: Unknown) => void): Generator<PyValue, void, undefined> {
    const iterator = items[Symbol.iterator]();
    let isOver = false;
    let isTold = false;
    try {
      for (;;) {
        const { result, cause } = this.observe(() => iterator.next() as IteratorResult<PyValue, PyValue>);
        isOver = result.done === true;
        if (cause !== undefined && !isTold) told(cause);
        isTold = true;
        if (result.done === true) return;
        yield result.value;
      }
    } finally {
      if (!isOver) iterator.return?.();
    }
  }

  /** Why the length of a container is not known. */
  causeOf(value: PyValue): Unknown | undefined {
    return isContainer(value) ? this.causes.get(value) : undefined;
  }
}

const isContainer = (value: PyValue): value is PyContainer => value instanceof PyContainer;
