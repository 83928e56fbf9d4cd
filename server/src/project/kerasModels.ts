/** Published weights that Keras has fetched before: nothing is fetched here. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { kerasHomes } from './kerasHomes';

/** Where Keras keeps a file of weights, if it is there. `name`: as `keras.applications` names it. */
export const keptModelFile = (name: string, environment: NodeJS.ProcessEnv = process.env): string | undefined =>
  kerasHomes(environment)
    .map((home) => join(home, 'models', name))
    .find((path) => existsSync(path));
