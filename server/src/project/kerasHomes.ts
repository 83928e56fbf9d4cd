/** Folders in which Keras keeps what it has fetched, in the order in which it looks: `KERAS_HOME`, `~/.keras`, or one for all users. */
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

export function kerasHomes(environment: NodeJS.ProcessEnv = process.env): string[] {
  const named = environment['KERAS_HOME'];
  if (named !== undefined && named !== '') return [named];
  return [join(homedir(), '.keras'), join(tmpdir(), '.keras')];
}
