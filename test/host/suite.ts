import { activation } from './activation';
import { marker } from './marker';
import { runMocha } from './runMocha';

/** What VS Code calls inside its extension host (`extensionTestsPath`). */
export async function run(): Promise<void> {
  const only = process.env['HESSIAN_LENS_ONLY'];
  const { passed, failed } = await runMocha([activation], (line) => console.log(`${marker}${line}`), {
    timeout: 60_000,
    ...(only === undefined || only === '' ? {} : { only }),
  });
  if (failed > 0 || passed === 0) throw new Error(`${failed} of ${passed + failed} tests failed`);
}
