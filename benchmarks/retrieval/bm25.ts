import { normaliseText } from "../../oracle/data/normaliseText.ts";

const K1 = 1.2;
const B = 0.75;

/** BM25 over whole texts by words (Robertson and Zaragoza 2009): the texts with the highest scores, of equals the earlier. */
export function createBm25(texts: readonly string[]): (question: string, limit: number) => number[] {
  const postings = new Map<string, { text: number; count: number }[]>();
  const lengths = texts.map((text, t) => {
    const words = normaliseText(text).split(" ");
    const counts = new Map<string, number>();
    for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
    for (const [word, count] of counts) {
      const known = postings.get(word);
      if (known) known.push({ text: t, count });
      else postings.set(word, [{ text: t, count }]);
    }
    return words.length;
  });
  const mean = lengths.reduce((sum, length) => sum + length, 0) / texts.length;
  return (question, limit) => {
    const scores = new Float64Array(texts.length);
    for (const word of new Set(normaliseText(question).split(" "))) {
      const holders = postings.get(word) ?? [];
      const rarity = Math.log(1 + (texts.length - holders.length + 0.5) / (holders.length + 0.5));
      for (const { text, count } of holders) {
        scores[text]! += (rarity * count * (K1 + 1)) / (count + K1 * (1 - B + (B * lengths[text]!) / mean));
      }
    }
    return Array.from(scores.keys())
      .sort((a, b) => scores[b]! - scores[a]! || a - b)
      .slice(0, limit);
  };
}
