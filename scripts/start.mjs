// The main job on a real example: the digit classifier, its checkpoint and its data, against its training script.
import { spawnSync } from 'node:child_process';

const example = 'examples/digits';
const args = [
  'analyze',
  `${example}/model.py`,
  ...['--checkpoint', `${example}/digits.pt`],
  ...['--data', `${example}/digits.npz`],
  ...['--train-script', `${example}/train.py`],
  ...process.argv.slice(2),
];
console.log(`hessian-lens ${args.join(' ')}\n`);
process.exit(spawnSync(process.execPath, ['dist/cli.js', ...args], { stdio: 'inherit' }).status ?? 3);
