// Small mistakes in Solidity source: one operator, constant, condition or statement is changed at a time.
import { parse } from "../solidityAst.mjs";

const swapped = {
  "<": ["<="],
  "<=": ["<"],
  ">": [">="],
  ">=": [">"],
  "==": ["!="],
  "!=": ["=="],
  "+": ["-"],
  "-": ["+"],
  "*": ["/"],
  "/": ["*"],
  "%": ["*"],
  "&&": ["||"],
  "||": ["&&"],
  "&": ["|"],
  "|": ["&"],
  "^": ["&"],
  "<<": [">>"],
  ">>": ["<<"],
  "+=": ["-="],
  "-=": ["+="],
  "|=": ["&="],
};
const yul = { add: "sub", sub: "add", lt: "gt", gt: "lt", and: "or", or: "and", xor: "or", shl: "shr", shr: "shl" };

/** @returns {{ file: string, line: number, from: string, to: string, source: string }[]} In the order of the source. */
export function mutantsOf(file, text) {
  const bytes = Buffer.from(text, "utf8");
  const mutants = [];
  const slice = (start, end) => bytes.subarray(start, end).toString("utf8");
  const range = (node) => {
    const [start, length] = node.src.split(":").map(Number);
    return [start, start + length];
  };
  const replace = (start, end, to) => {
    const line = slice(0, start).split("\n").length;
    const from = slice(start, end);
    mutants.push({ file, line, from, to, source: slice(0, start) + to + slice(end) });
  };
  /** Replaces the operator between two operands, keeping what else stands there. */
  const operator = (left, right, sign) => {
    const start = range(left)[1];
    const between = slice(start, range(right)[0]);
    for (const to of swapped[sign] ?? []) replace(start, start + between.length, between.replace(sign, to));
  };
  const remove = (node) => {
    const [start, end] = range(node);
    replace(start, bytes[end] === 0x3b ? end + 1 : end, "{}");
  };
  const negate = (node) => {
    const [start, end] = range(node);
    replace(start, end, `!(${slice(start, end)})`);
  };

  const visit = {
    BinaryOperation: (node) => operator(node.leftExpression, node.rightExpression, node.operator),
    Assignment: (node) => operator(node.leftHandSide, node.rightHandSide, node.operator),
    IfStatement: (node) => negate(node.condition),
    Conditional: (node) => negate(node.condition),
    Literal: (node) => {
      if (node.kind !== "number" || !/^[\d_]+$/u.test(node.value)) return;
      const [start, end] = range(node);
      replace(start, end, `(${slice(start, end)} + 1)`);
    },
    ExpressionStatement: (node) => {
      const call = node.expression.nodeType === "FunctionCall";
      if (call && ["require", "assert"].includes(node.expression.expression.name)) {
        const [start, end] = range(node.expression.arguments[0]);
        replace(start, end, "true");
      } else {
        remove(node);
      }
    },
    RevertStatement: remove,
    EmitStatement: remove,
    ModifierInvocation: (node) => {
      if (node.modifierName.name !== "onlyOwner") return;
      const [start, end] = range(node);
      replace(start, end, "");
    },
    YulFunctionCall: (node) => {
      const to = yul[node.functionName.name];
      if (to === undefined) return;
      const [start, end] = range(node.functionName);
      replace(start, end, to);
    },
  };
  const walk = (node) => {
    if (node === null || typeof node !== "object") return;
    if (Array.isArray(node)) return node.forEach(walk);
    visit[node.nodeType]?.(node);
    for (const [key, child] of Object.entries(node)) if (key !== "src") walk(child);
  };
  walk(parse(file, text));
  return mutants.sort((a, b) => a.line - b.line);
}
