/** The n-th hostile file of a seed: always the same one. */
import { Random } from '../../server/src/curvature/random';
import { attacks } from './attacks';
import { damaged } from './damage';
import { seeds, type Files, type Kind } from './seeds';

export interface HostileFile {
  readonly kind: Kind;
  /** What it was made from. */
  readonly name: string;
  readonly files: Files;
  readonly path: string;
}

/** Of so many files one is an attack, the others are damaged valid ones. */
const ATTACK_EVERY = 50;

export class HostileFiles {
  private readonly seeds;
  private readonly attacks;

  /** `canary`: the path at which a file appears if anything is executed. */
  constructor(
    private readonly seed: number,
    private readonly canary: string,
    only?: Kind,
    name = '',
  ) {
    const wanted = (each: { readonly kind: Kind; readonly name: string }): boolean =>
      (only === undefined || each.kind === only) && each.name.includes(name);
    this.seeds = seeds().filter(wanted);
    this.attacks = attacks.filter(wanted);
  }

  at(index: number): HostileFile {
    const random = new Random(this.seed, `file ${index}`);
    const every = this.seeds.length === 0 ? 1 : ATTACK_EVERY;
    const attack = this.attacks[Math.floor(index / every) % this.attacks.length];
    if (index % every === 0 && attack !== undefined)
      return { kind: attack.kind, name: attack.name, ...attack.make(random, this.canary) };
    const seed = this.seeds[random.integer(this.seeds.length)];
    if (seed === undefined) throw new Error('there are no files to damage');
    const { kind, name, files, path } = seed;
    const content = damaged(files[seed.damaged] ?? new Uint8Array(), random);
    return { kind, name, path, files: { ...files, [seed.damaged]: content } };
  }
}
