/** What programs in JavaScript compute, where its rules are not Python's: against the same text run by Node. */
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { javascriptModules } from '../../../server/src/javascript/runtime';
import { Interpreter } from '../../../server/src/python/interpreter';
import { PythonSyntaxError } from '../../../server/src/python/errors';

function interpreted(text: string): string {
  const interpreter = new Interpreter({ libraries: javascriptModules });
  return interpreter.str(interpreter.runModule(text, 'program.js').attributes.get('result') ?? null);
}

const programs: Readonly<Record<string, string>> = {
  'division and remainder': 'var result = [7 / 2, 6 / 2, -7 % 3, 7 % -3, 2 ** 3].join(" ");',
  'truth of empty things': 'var result = [[] ? 1 : 2, "" ? 1 : 2, 0 ? 1 : 2, {} ? 1 : 2, null ? 1 : 2].join();',
  'addition of text and numbers': 'var result = 1 + 2 + "a" + 1 + [2, 3];',
  'and, or, ??': 'var a = null; var result = [0 || 5, 0 ?? 5, a ?? 6, 3 && 4, 0 && 4].join();',
  'a loop with continue and break':
    'let s = ""; for (let i = 0; i < 9; i++) { if (i % 2 === 0) continue; if (i > 6) break; s += i; } var result = s;',
  'postfix and prefix': 'let i = 3; const a = i++; const b = ++i; var result = [a, b, i--, i].join();',
  'switch with a fall through':
    'function f(x) { let s = ""; switch (x) { case 1: s += "a"; case 2: s += "b"; break; case 3: s += "c"; break; default: s += "d"; } return s; } var result = [1, 2, 3, 4].map(f).join();',
  destructuring:
    'const {a, b: [c, d = 7], ...more} = {a: 1, b: [2], e: 5, f: 6}; let [x, y] = [a, c]; [x, y] = [y, x]; var result = [a, c, d, Object.keys(more), x, y].join();',
  'defaults, rest and spread':
    'const f = (a, b = a + 1, ...r) => [a, b, r.length].join("-"); var result = [f(1), f(1, 5, 6, 7), f(...[2, 3, 4])].join();',
  'closures that count':
    'const make = () => { let n = 0; return () => { n += 1; return n; }; }; const c = make(); c(); c(); var result = String(c());',
  'classes with fields, getters and statics':
    'class A { constructor(n) { this.n = n; } get twice() { return this.n * 2; } static of(n) { return new this(n); } name() { return `A${this.n}`; } } class B extends A { constructor(n) { super(n + 1); this.m = n; } name() { return super.name() + "B"; } } var result = [A.of(2).twice, new B(3).name(), new B(4).m].join();',
  'fields of classes':
    'class A { n = 2; xs = [this.n]; } const [a, b] = [new A(), new A()]; a.xs.push(5); class B { k = 7; constructor(m = 3) { this.m = m + this.k; } } class C extends B { z = this.m + 1; constructor(m) { const q = m * 2; super(q); this.w = this.z + q; } } class D extends A { n = 4; } var result = [a.xs, b.xs, new B().m, new C(5).w, new C(5).z, new D().n].join("|");',
  'methods of arrays':
    'const xs = [3, 1, 2]; var result = [xs.map((x, i) => x * i), xs.filter(x => x > 1), xs.reduce((a, b) => a + b), xs.indexOf(2), xs.slice(-2), xs.concat([4]).length, [...xs].sort((a, b) => b - a)].join("|");',
  'more methods of arrays':
    'const xs = [3, 1, 2, 1]; const t = new Float32Array(4); t.set([5, 6], 1); var result = [xs.lastIndexOf(1), xs.findLast(x => x > 1), xs.findLastIndex(x => x > 2), xs.reduceRight((a, b) => a + "-" + b), xs.toSorted(), xs.toReversed(), xs.with(1, 9), xs.toSpliced(1, 2, 7), t.subarray(1, 3).join(), xs.splice(1, -1).length, [1, null, undefined, 2].join(), xs.toString(), new Array(3).fill(7, -2).join()].join("|");',
  'methods of text':
    'const s = "bi-lstm"; var result = [s.match("lstm") ? 1 : 2, s.match("gru") === null, s.search("lstm"), s.substr(-4, 2), s.substring(4, 1), s.substring(-2, 2), s.charCodeAt(1), s.codePointAt(40) === undefined, s.at(-1), s.lastIndexOf("l"), "a.a".replaceAll("a", "b"), " x ".trimStart() + "|", "ab".padStart(5, "xyz"), "a,b,c".split(",", 2), "abc".split(), s.concat(1, 2), "7".valueOf()].join("/");',
  'numbers in text':
    'var result = [parseInt("12px"), parseInt("3.9"), parseInt("ff", 16), parseInt("0x1f"), parseInt("z"), parseInt(4.7), parseInt("-8x"), parseFloat("2.5e1m"), parseFloat("1.2.3"), parseFloat("x"), Number(""), Number(" 4 "), Number("0b11"), Number("4x"), Number(true), Number.isSafeInteger(2 ** 53), Math.acos(1), Math.log1p(0)].join();',
  'functions before their place': 'var result = String(f()); function f() { return 4; }',
  'missing members and arguments':
    'const o = {a: 1}; function f(a, b) { return b === undefined ? "none" : b; } var result = [o.z === undefined, o?.z?.y === undefined, f(1)].join();',
  'errors that are caught':
    'let s = ""; try { throw new Error("bad"); } catch (e) { s = e.message; } finally { s += "!"; } var result = s;',
  'objects with methods and getters':
    'const o = {n: 2, get twice() { return this.n * 2; }, more(k) { return this.twice + k; }}; var result = [o.twice, o.more(1), o?.none?.(3) === undefined].join();',
  'maps and sets':
    'const m = new Map([["a", 1]]); m.set("b", 2); let s = 0; for (const [k, v] of m) s += v; m.delete("a"); const u = new Set([1, 1, 2]); var result = [s, m.size, m.has("a"), u.size, [...u].join("-")].join();',
  'a class inside an expression':
    'const A = class { constructor(n) { this.n = n; } field = () => this.n + 1; }; var result = String(new A(4).field());',
  'loops over collections':
    'let s = ""; for (const [k, v] of Object.entries({a: 1, b: 2})) s += k + v; for (const k in {c: 1}) s += k; do { s += "."; } while (s.length < 8); var result = s;',
};

describe('programs in JavaScript', () => {
  test.each(Object.entries(programs))('%s', (_, text) => {
    const context: { result?: unknown } = {};
    runInNewContext(text, context);
    expect(interpreted(text)).toBe(String(context.result));
  });

  test('promises are settled when they are made', () => {
    const text = `const later = (x) => new Promise((resolve) => resolve(x + 1)); let s = 0; later(1).then((x) => { s += x; }).catch(() => 0); async function f() { return (await later(4)) + (await Promise.all([1, 2])).length; } var result = [s, f()].join();`;
    expect(interpreted(text)).toBe('2,7');
  });

  test('types of TypeScript are passed over', () => {
    const text =
      'class Q { constructor(private readonly o: P = {n: 4}) {} n() { return this.o.n; } } class R extends Q { constructor(public k = 2) { super(); } } const fields = [new Q().n(), new R().k].join(); interface P { n?: number } enum E { A = 3, B } function f<T>(x: T, p: P = {}): T { return x as T; } const result: string = `${f<number>(E.B)!}`;';
    const interpreter = new Interpreter({ libraries: javascriptModules });
    const { attributes } = interpreter.runModule(text, 'program.ts');
    expect(['result', 'fields'].map((each) => interpreter.str(attributes.get(each) ?? null))).toEqual(['4', '4,2']);
  });

  test('what is no program is refused at its place', () => {
    expect(() => interpreted('const a = ;')).toThrow(PythonSyntaxError);
  });
});
