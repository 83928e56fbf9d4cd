/** Branches whose condition follows from the graph. */
import type { Operator } from '../operatorCall';

export const control: Readonly<Record<string, Operator>> = {
  If: (call) => {
    const [condition = 0] = call.numbers(0);
    return { outputs: call.context.run(call.graph(condition === 0 ? 'else_branch' : 'then_branch')) };
  },
};
