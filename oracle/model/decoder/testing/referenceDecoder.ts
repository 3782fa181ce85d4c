import { exp, sinCos } from "../../../numerics/elementary.ts";
import { openGguf } from "../gguf.ts";

/**
 * The logits after each token, straight from a published file in float64 loops: the definition, written without anything that the decoder is made of.
 * llama.cpp's rows of queries and keys are turned as pairs of neighbours.
 */
export function referenceLogits(bytes: Uint8Array, tokens: readonly number[]): number[][] {
  const file = openGguf(bytes);
  const number = (name: string) => Number(file.values.get(`llama.${name}`));
  const [hidden, heads, keyHeads] = [
    number("embedding_length"),
    number("attention.head_count"),
    number("attention.head_count_kv"),
  ];
  const size = hidden / heads;
  const dense = (x: readonly number[], name: string): number[] => {
    const matrix = file.tensor(`${name}.weight`);
    return Array.from({ length: matrix.length / x.length }, (_, j) =>
      x.reduce((sum, value, t) => sum + value * matrix[j * x.length + t]!, 0),
    );
  };
  const norm = (x: readonly number[], name: string): number[] => {
    const gain = file.tensor(`${name}.weight`);
    const mean = x.reduce((sum, value) => sum + value * value, 0) / x.length;
    return x.map((value, j) => (value / Math.sqrt(mean + number("attention.layer_norm_rms_epsilon"))) * gain[j]!);
  };
  const turned = (row: readonly number[], place: number): number[] =>
    row.map((value, j) => {
      const within = j % size;
      const { sin, cos } = sinCos(place * number("rope.freq_base") ** (-(within - (within % 2)) / size));
      return within % 2 === 0 ? value * cos - row[j + 1]! * sin : value * cos + row[j - 1]! * sin;
    });
  const plus = (x: readonly number[], y: readonly number[]) => x.map((value, j) => value + y[j]!);

  const words = file.tensor("token_embd.weight");
  let x = tokens.map((token) => [...words.subarray(token * hidden, (token + 1) * hidden)]);
  for (let layer = 0; layer < number("block_count"); layer++) {
    const block = `blk.${layer}`;
    const read = x.map((row) => norm(row, `${block}.attn_norm`));
    const queries = read.map((row, place) => turned(dense(row, `${block}.attn_q`), place));
    const keys = read.map((row, place) => turned(dense(row, `${block}.attn_k`), place));
    const values = read.map((row) => dense(row, `${block}.attn_v`));
    const attended = queries.map((query, place) =>
      Array.from({ length: heads }, (_, head) => {
        const part = (row: readonly number[], of: number) => row.slice(of * size, (of + 1) * size);
        const shared = Math.floor((head * keyHeads) / heads);
        const scores = keys
          .slice(0, place + 1)
          .map((key) => exp(part(query, head).reduce((sum, q, d) => sum + q * part(key, shared)[d]!, 0) / Math.sqrt(size))); // prettier-ignore
        const total = scores.reduce((sum, score) => sum + score, 0);
        return scores.map((score, s) => part(values[s]!, shared).map((v) => (v * score) / total)).reduce(plus);
      }).flat(),
    );
    x = x.map((row, i) => plus(row, dense(attended[i]!, `${block}.attn_output`)));
    x = x.map((row) => {
      const normal = norm(row, `${block}.ffn_norm`);
      const [gate, up] = [dense(normal, `${block}.ffn_gate`), dense(normal, `${block}.ffn_up`)];
      return plus(row, dense(gate.map((g, j) => (g / (1 + exp(-g))) * up[j]!), `${block}.ffn_down`)); // prettier-ignore
    });
  }
  return x.map((row) => dense(norm(row, "output_norm"), "token_embd"));
}
