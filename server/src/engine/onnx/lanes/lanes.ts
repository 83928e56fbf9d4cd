/** Runs of one program side by side, each on its own thread: kernels then need not share their work, and nothing waits for one of them. */
import type { SessionSettings } from '../onnxSession';
import type { ProgramPlan, StagedProgram } from '../stagedProgram';
import { Lane } from './lane';

export interface Lanes {
  readonly count: number;
  /** One program on every lane; a set of steady arrays stays with the lane that first got it, unless it is shared. */
  build(plan: ProgramPlan): Promise<StagedProgram>;
  dispose(): void;
}

interface Place {
  readonly lane: Lane;
  readonly program: StagedProgram;
  readonly sets: Set<number>;
}

/** `settings`: of each lane. */
export function startLanes(programPath: string, count: number, settings: SessionSettings): Lanes {
  const lanes = Array.from({ length: count }, () => new Lane(programPath));
  return {
    count,
    async build(plan) {
      const { sets, isShared } = plan;
      const own = { ...plan, sets: sets === undefined || isShared ? sets : Math.ceil(sets / count) };
      const places = await Promise.all(
        lanes.map(async (lane): Promise<Place> => ({
          lane,
          program: await lane.build(own, settings),
          sets: new Set(),
        })),
      );
      return programOn(places, isShared);
    },
    dispose: () => lanes.forEach((lane) => lane.dispose()),
  };
}

function programOn(places: readonly Place[], isShared: boolean): StagedProgram {
  const least = (size: (place: Place) => number): Place =>
    places.reduce((best, place) => (size(place) < size(best) ? place : best));
  const placeOf = (key: number | undefined): Place => {
    const idle = least(({ lane }) => lane.load);
    if (key === undefined) return idle;
    const place = isShared ? idle : (places.find(({ sets }) => sets.has(key)) ?? least(({ sets }) => sets.size));
    place.sets.add(key);
    return place;
  };
  return {
    run: (steady, free) => placeOf(steady?.key).program.run(steady, free),
    forget: (key) => {
      for (const { program, sets } of places) if (sets.delete(key)) program.forget(key);
    },
    dispose: () => {
      for (const { program } of places) program.dispose();
    },
  };
}
