import { exp, log, sinCos } from "../../numerics/elementary.ts";

/** Cosines and sines by which a place turns pairs of elements: places x size/2 each. */
export interface RotaryAngles {
  readonly cosines: Float32Array;
  readonly sines: Float32Array;
}

/** The angle of pair i at a place is place · theta^(-2i/size) (Su et al. 2021), in float64 until its cosine and sine are rounded. */
export function rotaryAngles(places: number, size: number, theta: number): RotaryAngles {
  const half = size / 2;
  const [cosines, sines] = [new Float32Array(places * half), new Float32Array(places * half)];
  const logarithm = log(theta);
  for (let i = 0; i < half; i++) {
    const frequency = exp((-2 * i * logarithm) / size);
    for (let place = 0; place < places; place++) {
      const { sin, cos } = sinCos(place * frequency);
      cosines[place * half + i] = cos;
      sines[place * half + i] = sin;
    }
  }
  return { cosines, sines };
}
