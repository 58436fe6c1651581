/** The change of one element. */
export function changeBy(values: Float32Array, at: number, by: number): void {
  values[at] = (values[at] ?? NaN) + by;
}
