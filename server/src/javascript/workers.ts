/** Threads of a page: what a program posts to one is what the thread's file is given when it is read. */
import type { Interpreter } from '../python/interpreter';
import type { PyValue } from '../python/values';

interface Posted {
  /** The thread's file as the program names it, without what leads to its folder. */
  readonly address: string;
  readonly message: PyValue;
}

const MOST_MESSAGES = 64;
const posted = new WeakMap<Interpreter, Posted[]>();

export function postMessage(address: string, message: PyValue, interpreter: Interpreter): void {
  const known = posted.get(interpreter) ?? [];
  posted.set(interpreter, known);
  const name = address.replace(/^(\.{1,2}\/|\/)+/, '').replace(/[?#].*$/, '');
  if (name !== '' && known.length < MOST_MESSAGES) known.push({ address: name, message });
}

/** In the order in which they were posted. */
export const messagesTo = (file: string, interpreter: Interpreter): PyValue[] =>
  (posted.get(interpreter) ?? []).filter(({ address }) => isNamed(file, address)).map(({ message }) => message);

/** Compilers turn the name of a thread in TypeScript into that of JavaScript. */
const isNamed = (file: string, address: string): boolean => {
  const [path, name] = [file, `/${address}`].map((each) => each.replace(/\\/g, '/').replace(/\.[cm]?[jt]s$/, ''));
  return path !== undefined && name !== undefined && `/${path}`.endsWith(name);
};
