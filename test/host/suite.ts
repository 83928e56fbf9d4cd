import { activation } from './activation';
import { analysis } from './analysis';
import { checkpoints } from './checkpoints';
import { extension } from './extension';
import { marker } from './marker';
import { reading } from './reading';
import { runMocha } from './runMocha';
import { settings } from './settings';

/** What VS Code calls inside its extension host (`extensionTestsPath`). */
export async function run(): Promise<void> {
  const only = process.env['HESSIAN_LENS_ONLY'];
  const { passed, failed } = await runMocha(
    [activation, reading, analysis, settings, checkpoints],
    (line) => console.log(`${marker}${line}`),
    {
      timeout: 40_000,
      ...(only === undefined || only === '' ? {} : { only }),
    },
  );
  const { activationMilliseconds } = await extension().activate();
  console.log(`${marker}activation took ${activationMilliseconds.toFixed(0)} ms`);
  if (failed > 0 || passed === 0) throw new Error(`${failed} of ${passed + failed} tests failed`);
}
