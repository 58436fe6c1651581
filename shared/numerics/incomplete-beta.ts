/**
 * The quantile of a beta distribution, for levels spaced by one.
 *
 *   I_x(a, b) = x^a (1-x)^b/(a B(a, b)) * 1/(1+ d_1/(1+ d_2/(1+ ..)))
 *
 * The continued fraction is DLMF 8.17.22, evaluated by Lentz's method; it converges fast for
 * x < (a+1)/(a+b+2), and I_x(a, b) = 1 - I_{1-x}(b, a) serves the rest. The quantile is found by
 * Newton steps kept inside a bracket that bisection narrows.
 */
import { outOfRange } from '../kernel/limits.ts';

/** Lanczos, g = 7, n = 9 (Godfrey, 2001); relative error below 1e-14 for x > 0. */
const lanczos = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313,
  -176.61502916214059, 12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6,
  1.5056327351493116e-7,
] as const;

/** ln Gamma(x) for x > 0. */
function lnGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - lnGamma(1 - x);
  const y = x - 1;
  let sum: number = lanczos[0];
  for (let k = 1; k < lanczos.length; k++) sum += lanczos[k]! / (y + k);
  const t = y + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (y + 0.5) * Math.log(t) - t + Math.log(sum);
}

/** The fraction 1/(1+ d_1/(1+ ..)) by the modified method of Lentz. */
function fraction(x: number, a: number, b: number): number {
  const away = (value: number): number => (Math.abs(value) < 1e-300 ? 1e-300 : value);
  let c = 1;
  let d = 1 / away(1 - ((a + b) * x) / (a + 1));
  let product = d;
  for (let m = 1; m <= 300; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / away(1 + even * d);
    c = away(1 + even / c);
    product *= c * d;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away(1 + odd * d);
    c = away(1 + odd / c);
    product *= c * d;
    if (Math.abs(c * d - 1) < 1e-16) break;
  }
  return product;
}

/** I_x(a, b), the share of Beta(a, b) below x. */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const lnBeta = lnGamma(a) + lnGamma(b) - lnGamma(a + b);
  const front = Math.exp(a * Math.log(x) + b * Math.log1p(-x) - lnBeta);
  if (x < (a + 1) / (a + b + 2)) return (front * fraction(x, a, b)) / a;
  return 1 - (front * fraction(1 - x, b, a)) / b;
}

/** x with I_x(a, b) = share. */
export function betaQuantile(share: number, a: number, b: number): number {
  if (!(share >= 0 && share <= 1)) throw outOfRange('share', share, 'from 0 to 1');
  if (share === 0 || share === 1) return share;
  // close to 1 the quantile is told by its distance from 1
  if (share > incompleteBeta(0.5, a, b)) return 1 - betaQuantile(1 - share, b, a);
  const lnBeta = lnGamma(a) + lnGamma(b) - lnGamma(a + b);
  let [low, high] = [0, 0.5];
  // the leading term of I_x, x^a/(a B)
  let x = Math.min(0.5, Math.exp((Math.log(share * a) + lnBeta) / a));
  for (let k = 0; k < 100; k++) {
    const error = incompleteBeta(x, a, b) - share;
    if (error > 0) high = x;
    else low = x;
    const density = Math.exp((a - 1) * Math.log(x) + (b - 1) * Math.log1p(-x) - lnBeta);
    const newton = x - error / density;
    const next = newton > low && newton < high ? newton : (low + high) / 2;
    if (Math.abs(next - x) <= 1e-15 * x) return next;
    x = next;
  }
  return x;
}
