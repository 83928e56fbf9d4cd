/**
 * Tolerant mode: containers that grow in a branch or loop of which it is not known whether, or how often, it runs. What they
 * hold is known, how much is not.
 */
import type { Interpreter } from './interpreter';
import { Unknown } from './values';
import type { PyContainer } from './values';

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

  /** Why the length of a container is not known. */
  causeOf(container: PyContainer, interpreter: Interpreter): Unknown | undefined {
    const { frame } = interpreter;
    return frame !== undefined && interpreter.isTolerantIn(frame) ? this.causes.get(container) : undefined;
  }
}
