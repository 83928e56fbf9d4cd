import type { Reporter, TestModule } from 'vitest/node';

/** Ends a run with one plain line, `N passed, N failed`, that any continuous-integration log reader understands. */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const states = modules.flatMap((module) => [...module.children.allTests()].map((test) => test.result().state));
    const count = (state: string): number => states.filter((other) => other === state).length;
    const brokenModules = modules.filter((module) => module.errors().length > 0).length;
    const skipped = count('skipped') > 0 ? `, ${count('skipped')} skipped` : '';
    console.log(
      `${count('passed')} passed, ${count('failed') + brokenModules + unhandledErrors.length} failed${skipped}`,
    );
  }
}
