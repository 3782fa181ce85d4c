/**
 * An engine whose matrix product is wrong in the last bit of one element, for `node --import`: what a machine looks like that must not sign.
 */
const Faithful = WebAssembly.Instance;

WebAssembly.Instance = new Proxy(Faithful, {
  construct(target, [module, imports]: ConstructorParameters<typeof Faithful>) {
    const instance = new target(module, imports);
    const { gemm } = instance.exports;
    // Only the package's own algebra has this export.
    if (typeof gemm !== "function") return instance;
    const { memory } = imports.env;
    const product = gemm as (...args: number[]) => void;
    const faulty = (...args: number[]): void => {
      product(...args);
      const [c] = args.slice(11);
      new Uint32Array(memory.buffer, c, 1)[0]! ^= 1;
    };
    return { exports: { ...instance.exports, gemm: faulty } };
  },
});
