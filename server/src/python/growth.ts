/**
 * Tolerant mode: containers that grow in a branch or loop of which it is not known whether, or how often, it runs. What they
 * hold is known, how much is not.
 */
import type { Interpreter } from './interpreter';
import { PySet, Unknown } from './values';
import type { PyContainer, PyDict } from './values';

export class Growth {
  /** How many such branches and loops were around when a container was made, if any. */
  private readonly depthWhenMade = new WeakMap<PyContainer, number>();
  private readonly causes = new WeakMap<PyContainer, Unknown>();

  made<T extends PyContainer>(container: T, { uncertain }: Interpreter): T {
    if (uncertain > 0) this.depthWhenMade.set(container, uncertain);
    return container;
  }

  grew(container: PyContainer, interpreter: Interpreter): void {
    const { frame, uncertain } = interpreter;
    if (uncertain === 0 || frame === undefined || !interpreter.isTolerantIn(frame)) return;
    if (uncertain > (this.depthWhenMade.get(container) ?? 0))
      this.causes.set(container, new Unknown('it is not known how often this is run', interpreter.currentSpan));
  }

  /** As `grew`, where `change` leaves it with more than it had. */
  watch(container: PyDict | PySet, interpreter: Interpreter, change: () => void): void {
    const size = sizeOf(container);
    change();
    if (sizeOf(container) > size) this.grew(container, interpreter);
  }

  /** What would have changed it was skipped. */
  skipped(container: PyDict | PySet, cause: Unknown): void {
    this.causes.set(container, cause);
  }

  /** `view` has as many elements as `container`. */
  ofSize<T extends PyContainer>(container: PyContainer, view: T): T {
    const cause = this.causeOf(container);
    if (cause !== undefined) this.causes.set(view, cause);
    return view;
  }

  /** Why the length of a container is not known. */
  causeOf(container: PyContainer): Unknown | undefined {
    return this.causes.get(container);
  }
}

const sizeOf = (container: PyDict | PySet): number =>
  container instanceof PySet ? container.elements.size : container.size;
