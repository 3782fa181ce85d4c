/** Numbers of which the least comes out first. */
export interface Heap {
  push(value: number): void;
  pop(): number | undefined;
}

export function createHeap(): Heap {
  const values: number[] = [];
  const swap = (i: number, j: number) => {
    const held = values[i]!;
    values[i] = values[j]!;
    values[j] = held;
  };
  return {
    push(value) {
      values.push(value);
      for (let i = values.length - 1; i > 0;) {
        const above = (i - 1) >> 1;
        if (values[above]! <= values[i]!) break;
        swap(i, above);
        i = above;
      }
    },
    pop() {
      const least = values[0];
      const last = values.pop();
      if (values.length === 0) return least;
      values[0] = last!;
      for (let i = 0; ;) {
        const [left, right] = [2 * i + 1, 2 * i + 2];
        let below = left;
        if (right < values.length && values[right]! < values[left]!) below = right;
        if (below >= values.length || values[i]! <= values[below]!) break;
        swap(i, below);
        i = below;
      }
      return least;
    },
  };
}
