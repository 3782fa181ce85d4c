import type { Architecture } from "./architecture.ts";
import type { DenseInputs, Inputs, LabelledRows, SparseRows, TokenInputs } from "./rows.ts";
import { NO_LABEL, rowCount, RowsError, sparseRows } from "./rows.ts";

/** Inputs in the form that networks read. */
export type PreparedInputs = DenseInputs | TokenInputs | ({ readonly kind: "sparse" } & SparseRows);

export function preparedInputs(inputs: Inputs): PreparedInputs {
  return inputs.kind === "bags" ? { kind: "sparse", ...sparseRows(inputs) } : inputs;
}

/** @throws RowsError saying which row does not fit the model and why */
export function checkInputs(architecture: Architecture, inputs: Inputs): void {
  const first = architecture.layers[0]!;
  if (first.kind === "embedding") {
    checkTokens(architecture, first.entries, inputs);
    return;
  }
  if (first.kind === "embeddingBag") {
    if (inputs.kind !== "bags") throw new RowsError(`the model reads "bags" of token ids, the rows are ${inputs.kind}`);
    const bad = inputs.ids.findIndex((id) => id < 0 || id >= first.buckets);
    if (bad >= 0) {
      const row = inputs.offsets.findLastIndex((offset) => offset <= bad);
      throw new RowsError(
        `row ${row} holds token id ${inputs.ids[bad]}: ids are 0 to ${first.buckets - 1}, as in the recipe's buckets`,
      );
    }
    return;
  }
  if (inputs.kind !== "dense")
    throw new RowsError(`the model reads dense rows of ${architecture.inputWidth}, the rows are ${inputs.kind}`);
  if (inputs.width !== architecture.inputWidth) {
    throw new RowsError(
      `rows have ${inputs.width} features, the model reads ${architecture.inputWidth}: prepare them as for training`,
    );
  }
  const bad = inputs.values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw new RowsError(
      `row ${Math.floor(bad / inputs.width)} holds ${inputs.values[bad]} in feature ${bad % inputs.width}: only finite numbers can be used`,
    );
  }
}

function checkTokens({ positions }: Architecture, vocabulary: number, inputs: Inputs): void {
  if (inputs.kind !== "tokens") throw new RowsError(`the model reads sequences of tokens, the rows are ${inputs.kind}`);
  if (inputs.length !== positions) {
    throw new RowsError(
      `sequences have ${inputs.length} tokens, the model reads ${positions}: cut them as for training`,
    );
  }
  const bad = inputs.ids.findIndex((id) => id < 0 || id >= vocabulary);
  if (bad >= 0) {
    throw new RowsError(
      `row ${Math.floor(bad / positions)} holds token id ${inputs.ids[bad]}: ids are 0 to ${vocabulary - 1}, as in the recipe's vocabulary`,
    );
  }
}

/** @throws RowsError as `checkInputs`, and for labels that are missing or no class of the model */
export function checkRows(architecture: Architecture, rows: LabelledRows): void {
  checkInputs(architecture, rows.inputs);
  const count = rowCount(rows.inputs);
  if (count === 0) throw new RowsError("there are no rows: give at least one");
  const { positions, classes } = architecture;
  if (rows.labels.length !== count * positions) {
    const each = positions === 1 ? "one for each row" : `${positions} for each row`;
    throw new RowsError(`${count} rows have ${rows.labels.length} labels: give ${each}`);
  }
  const least = rows.inputs.kind === "tokens" ? NO_LABEL : 0;
  const bad = rows.labels.findIndex((label) => label < least || label >= classes);
  if (bad >= 0) {
    throw new RowsError(
      `row ${Math.floor(bad / positions)} has label ${rows.labels[bad]}: labels are ${least} to ${classes - 1}`,
    );
  }
  for (let row = 0; row < count; row++) {
    if (rows.labels.subarray(row * positions, (row + 1) * positions).every((label) => label === NO_LABEL)) {
      throw new RowsError(`row ${row} has no token to learn or explain: leave it out`);
    }
  }
}
