/** Gives memory back when nothing was read for a while: what V8 keeps for the next burst is most of an idle thread's heap. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const RESTS_AFTER_MS = 1_500;

/** Returns what is called whenever there is work. */
export function collectAtRest(): () => void {
  let timer: NodeJS.Timeout | undefined;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(collector(), RESTS_AFTER_MS);
    timer.unref();
  };
}

let collect: (() => void) | undefined;

/** Node shows V8's collector to programs only with this flag; it can be set at any time. */
function collector(): () => void {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    const once = runInNewContext('gc') as () => void;
    // The first round runs finalizers, whose objects only the second can free.
    collect = () => {
      once();
      once();
    };
  }
  return collect;
}
