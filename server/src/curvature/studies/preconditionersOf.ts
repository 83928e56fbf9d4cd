/** The preconditioners that D1 compares, made from gradients and Hessian-vector products at θ. */
import { shrunkDiagonal, probedDiagonal, exactDiagonal } from '../estimators/hessianDiagonal';
import { GradientMoments, type Gradients } from '../estimators/gradientMoments';
import { kfacFactors, shampooFactors, type Factors } from '../estimators/kronecker';
import { emptySketch } from '../estimators/sketch';
import { diagonalRoot, kroneckerRoot, lowRankRoot, psgdFactors, type InverseRoot } from '../estimators/preconditioners';
import { matrixPower } from '../linearAlgebra/matrixPowers';
import { squaredNorm, type Vector } from '../linearAlgebra/vector';
import { tensorsOf, type ParameterBlock } from '../problem';
import { gradientsOf, sampleGradients, sampleMoments } from './sampleGradients';
import { StudyRefusal, type StudyContext } from './study';

const SAMPLES = 128;
const PROBES = 32;
/** Every diagonal, and the eigenvalues of every factor, are raised by this share of their mean. */
const DAMPING = 1e-3;

export interface Preconditioner {
  readonly name: string;
  /** Undefined where it cannot be made, for the reason given. */
  readonly root: InverseRoot | undefined;
  readonly reason?: string;
}

export async function preconditionersOf(context: StudyContext): Promise<Preconditioner[]> {
  const { problem } = context;
  const gradients = await attempt(() => sampleGradients(context, SAMPLES));
  const squares = await attempt(() => context.perSample().secondMoments());
  const probed = await attempt(() => probedHessian(context));
  const made = (name: string, make: () => InverseRoot | Promise<InverseRoot>): Promise<Preconditioner> =>
    attempt(async () => make()).then((root) =>
      typeof root === 'string' ? { name, root: undefined, reason: root } : { name, root },
    );
  const given = <T>(value: T | string): T => {
    if (typeof value === 'string') throw new StudyRefusal(value);
    return value;
  };
  return [
    await made('Jacobi', () => given(probed).jacobi),
    await made('Adam', () => diagonalRoot(given(squares).map(Math.sqrt), DAMPING)),
    await made('K-FAC', async () => kfac(problem.parameters, given(gradients), await sampleMoments(context, SAMPLES))),
    await made('Shampoo', () =>
      kroneckerRoot(
        problem.parameters,
        problem.parameters.map((block) => shampoo(partOf(given(gradients), block))),
      ),
    ),
    await made('PSGD, Kronecker', () =>
      kroneckerRoot(
        problem.parameters,
        problem.parameters.map((block) =>
          psgdFactors(partOf(given(given(probed).products), block, 'products with the Hessian'), DAMPING),
        ),
      ),
    ),
    await made('PSGD, low rank', () => lowRank(context)),
  ];
}

/** What it gives, or why there is nothing. */
async function attempt<T>(make: () => Promise<T>): Promise<T | string> {
  try {
    return await make();
  } catch (error) {
    if (error instanceof StudyRefusal || error instanceof RangeError) return error.message;
    throw error;
  }
}

function partOf(rows: readonly Vector[], block: ParameterBlock, what = 'gradients'): Gradients {
  const part = gradientsOf(rows, block);
  if (part === undefined) throw new StudyRefusal(`${block.name} is too large for Kronecker factors`);
  // A factor of zeros divides nothing by nothing.
  if (part.samples.every((sample) => squaredNorm(sample) === 0))
    throw new StudyRefusal(`the ${what} of ${block.name} are all zero`);
  return part;
}

interface ProbedHessian {
  /** Hz for random signs z, or why they are not kept. */
  readonly products: readonly Float64Array[] | string;
  /** |hᵢᵢ| */
  readonly jacobi: InverseRoot;
}

/** The diagonal from the same products that Kronecker factors are fitted to, or exactly where the whole matrix is known. */
async function probedHessian(context: StudyContext): Promise<ProbedHessian> {
  const { problem, ends } = context;
  const size = problem.theta.length;
  const source = await context.signProducts();
  const groups = tensorsOf(problem.parameters);
  const weights = new Float64Array(size).fill(1);
  const estimated = await probedDiagonal(source, emptySketch, { weights, groups, tolerance: 0, maxProbes: PROBES });
  const diagonal =
    ends?.rows === undefined ? estimated : exactDiagonal(ends.rows, source.operator.roundoff, { weights, groups });
  return {
    products:
      PROBES <= source.most
        ? (await source.from(0, PROBES)).map(({ product }) => product)
        : 'the model is too large to keep the products that the factors are fitted to',
    jacobi: diagonalRoot(shrunkDiagonal(diagonal, groups).map(Math.abs), DAMPING),
  };
}

/** P^(−½) = L^(−⅛) ⊗ R^(−⅛): Shampoo divides by L^¼ ⊗ R^¼. */
function shampoo(gradients: Gradients): Factors {
  const { left, right } = shampooFactors(new GradientMoments(gradients));
  return { left: matrixPower(left, -1 / 8, DAMPING), right: matrixPower(right, -1 / 8, DAMPING) };
}

/** P^(−½) = L^(−½) ⊗ R^(−½) for weights of linear and convolution layers; a tensor of one axis has its own second moment. */
function kfac(
  parameters: readonly ParameterBlock[],
  rows: readonly Vector[],
  convolutions: ReadonlyMap<number, Factors>,
): InverseRoot {
  const factors = parameters.map((block, index): Factors => {
    const found = convolutions.get(index) ?? linearFactors(parameters, block, rows);
    if (found === undefined)
      throw new StudyRefusal(
        `${block.name} is neither the weight of a linear layer with a bias that every sample uses once nor of a convolution of moderate size in one group`,
      );
    return { left: matrixPower(found.left, -0.5, DAMPING), right: matrixPower(found.right, -0.5, DAMPING) };
  });
  return kroneckerRoot(parameters, factors);
}

function linearFactors(
  parameters: readonly ParameterBlock[],
  block: ParameterBlock,
  rows: readonly Vector[],
): Factors | undefined {
  const own = partOf(rows, block);
  if (block.shape.length <= 1) return { left: new GradientMoments(own).left(), right: [Float64Array.of(1)] };
  const bias = parameters.find(
    ({ layer, shape }) => layer === block.layer && shape.length === 1 && shape[0] === block.shape[0],
  );
  if (bias === undefined || block.shape.length > 2) return undefined;
  return kfacFactors(
    own,
    rows.map((row) => row.subarray(bias.offset, bias.offset + bias.size)),
  );
}

/** |H| on the directions of A1 that converged, the mean magnitude of the quadrature's other nodes beyond them. */
function lowRank({ ends, density }: StudyContext): InverseRoot {
  const pairs = [...(ends?.top ?? []), ...(ends?.bottom ?? [])].filter(
    ({ converged, value }) => converged && value !== 0,
  );
  const known = new Set(pairs.map(({ value }) => value));
  const others = (density?.density.nodes ?? []).filter(({ value }) => !known.has(value));
  const weight = others.reduce((sum, node) => sum + node.weight, 0);
  const rest = Math.sqrt(others.reduce((sum, node) => sum + node.weight * node.value ** 2, 0) / weight);
  if (!(rest > 0)) throw new StudyRefusal('nothing is left beyond the known eigenvectors');
  return lowRankRoot(pairs, rest);
}
