import { inputProblem } from '../inputProblem';
import type { Problem } from '../problem';
import { StudyRefusal } from './study';

/** The loss as a function of the inputs. Throws `StudyRefusal` where none of them is real-valued. */
export function differentiableInputs(problem: Problem): Problem {
  const inputs = inputProblem(problem);
  if (inputs === undefined) throw new StudyRefusal('the model takes no real-valued input');
  return inputs;
}

/** The same where each sample has an output of its own to differentiate. */
export function inputsWithOutputs(problem: Problem): Problem {
  if (!problem.separable)
    throw new StudyRefusal(problem.inseparableBecause ?? 'the outputs of samples depend on each other');
  const inputs = differentiableInputs(problem);
  const { output, loss } = problem.trace(1);
  if (output === loss) throw new StudyRefusal('the model returns only its loss: there is no output to differentiate');
  return inputs;
}
