import { exp } from "../../../numerics/elementary.ts";
import { decodeSafetensors } from "../../safetensors.ts";
import type { BertFiles } from "../importBert.ts";

/**
 * The mean of a BERT encoder over tokens, of length 1, straight from the published files in float64 loops: the definition, written without
 * anything that the encoder is made of.
 */
export function referenceVector({ config, weights }: BertFiles, tokens: readonly number[]): number[] {
  const sizes = JSON.parse(new TextDecoder().decode(config)) as Record<string, number>;
  const [heads, layers] = [sizes["num_attention_heads"]!, sizes["num_hidden_layers"]!];
  const tensors = new Map(decodeSafetensors(weights).weights.map(({ name, values }) => [name, values]));
  const row = (name: string, i: number, width: number) => [...tensors.get(name)!.subarray(i * width, (i + 1) * width)];
  const dense = (x: number[], name: string): number[] => {
    const [matrix, bias] = [tensors.get(`${name}.weight`)!, tensors.get(`${name}.bias`)!];
    return [...bias].map((b, j) => x.reduce((sum, value, t) => sum + value * matrix[j * x.length + t]!, b));
  };
  const norm = (x: number[], name: string): number[] => {
    const [gain, bias] = [tensors.get(`${name}.weight`)!, tensors.get(`${name}.bias`)!];
    const mean = x.reduce((sum, value) => sum + value, 0) / x.length;
    const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length;
    return x.map((value, j) => ((value - mean) / Math.sqrt(variance + sizes["layer_norm_eps"]!)) * gain[j]! + bias[j]!);
  };
  const plus = (x: number[], y: number[]) => x.map((value, j) => value + y[j]!);

  const hidden = sizes["hidden_size"]!;
  let x = tokens.map((token, place) => {
    const parts = [
      row("embeddings.word_embeddings.weight", token, hidden),
      row("embeddings.position_embeddings.weight", place, hidden),
      row("embeddings.token_type_embeddings.weight", 0, hidden),
    ];
    return norm(parts.reduce(plus), "embeddings.LayerNorm");
  });
  for (let layer = 0; layer < layers; layer++) {
    const name = `encoder.layer.${layer}`;
    const [queries, keys, values] = ["query", "key", "value"].map((part) =>
      x.map((vector) => dense(vector, `${name}.attention.self.${part}`)),
    ) as [number[][], number[][], number[][]];
    const size = hidden / heads;
    const context = x.map((_, i) =>
      Array.from({ length: heads }, (__, head) => {
        const part = (vector: number[]) => vector.slice(head * size, (head + 1) * size);
        const scores = keys.map(
          (key) => part(key).reduce((sum, k, j) => sum + k * part(queries[i]!)[j]!, 0) / Math.sqrt(size),
        );
        const shares = scores.map((score) => exp(score));
        const total = shares.reduce((sum, share) => sum + share, 0);
        return values.map((value, j) => part(value).map((v) => (v * shares[j]!) / total)).reduce(plus);
      }).flat(),
    );
    x = x.map((vector, i) =>
      norm(plus(vector, dense(context[i]!, `${name}.attention.output.dense`)), `${name}.attention.output.LayerNorm`),
    );
    x = x.map((vector) => {
      const up = dense(vector, `${name}.intermediate.dense`).map(
        (value) => (value / 2) * (1 + erf(value / Math.SQRT2)),
      );
      return norm(plus(vector, dense(up, `${name}.output.dense`)), `${name}.output.LayerNorm`);
    });
  }
  const sum = x.reduce(plus);
  const length = Math.sqrt(sum.reduce((total, value) => total + value * value, 0));
  return sum.map((value) => value / length);
}

/** The error function by its Taylor series, which suits |x| < 5. */
export function erf(x: number): number {
  let [term, sum] = [x, x];
  for (let n = 1; n < 120; n++) {
    term *= (-x * x) / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}
