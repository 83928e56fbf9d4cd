import Mocha from 'mocha';

/** The tests' lines go to `log` as they come; mocha itself prints nothing. */
class Silent extends Mocha.reporters.Base {
  override epilogue(): void {}
}

export interface Outcome {
  readonly passed: number;
  readonly failed: number;
}

/** Runs suites one after another; a line per test goes to `log`, ended by `N passed, N failed`. */
export async function runMocha(
  suites: readonly (() => void)[],
  log: (line: string) => void,
  options: { readonly timeout: number; readonly only?: string; readonly onFailure?: (title: string) => Promise<void> },
): Promise<Outcome> {
  const mocha = new Mocha({
    ui: 'bdd',
    timeout: options.timeout,
    reporter: Silent,
    forbidOnly: true,
    forbidPending: true,
    ...(options.only === undefined ? {} : { grep: new RegExp(options.only) }),
  });
  mocha.suite.emit('pre-require', globalThis, '', mocha);
  for (const register of suites) register();
  if (options.onFailure !== undefined) {
    const { onFailure } = options;
    mocha.suite.afterEach(async function () {
      if (this.currentTest?.state === 'failed') await onFailure(this.currentTest.fullTitle());
    });
  }

  let passed = 0;
  let failed = 0;
  await new Promise<void>((resolve) => {
    const runner = mocha.run(() => resolve());
    runner.on('pass', (test) => {
      passed++;
      log(`  ✓ ${test.fullTitle()} (${test.duration ?? 0} ms)`);
    });
    runner.on('fail', (test, error: unknown) => {
      failed++;
      log(`  ✗ ${test.fullTitle()}\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    });
  });
  log(`${passed} passed, ${failed} failed`);
  return { passed, failed };
}
