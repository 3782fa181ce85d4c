import type { KernelFunc } from "@tensorflow/tfjs";
import * as tf from "@tensorflow/tfjs";
import type { KernelFactory } from "../kernels.ts";
import { IeeeBackend } from "./ieeeBackend.ts";
import { networkKernels } from "./networkKernels.ts";
import { sequenceKernels } from "./sequenceKernels.ts";
import type { TensorKernel } from "./tensorKernels.ts";
import { tensorKernels } from "./tensorKernels.ts";

const backends = new Map<KernelFactory, { name: string; backend: IeeeBackend }>();

/**
 * Makes TensorFlow.js compute with this package's arithmetic from here on, in this thread. A synchronous computation that begins with this
 * call is not disturbed by others; one backend exists per kind of kernels.
 */
export function useIeeeBackend(createKernels: KernelFactory): IeeeBackend {
  const { name, backend } = backends.get(createKernels) ?? register(createKernels);
  // Settles before it returns: the backend's factory is synchronous.
  if (tf.getBackend() !== name) void tf.setBackend(name);
  return backend;
}

function register(createKernels: KernelFactory) {
  const name = backends.size === 0 ? "ieee-sequential" : `ieee-sequential-${backends.size}`;
  const backend = new IeeeBackend(createKernels);
  tf.registerBackend(name, () => backend, 0);
  for (const [kernelName, kernel] of Object.entries({ ...tensorKernels, ...networkKernels, ...sequenceKernels })) {
    tf.registerKernel({ kernelName, backendName: name, kernelFunc: kernelFunction(kernel, backend) });
  }
  const registered = { name, backend };
  backends.set(createKernels, registered);
  return registered;
}

function kernelFunction(kernel: TensorKernel, backend: IeeeBackend): KernelFunc {
  return ({ inputs, attrs }) => kernel(inputs, attrs ?? {}, backend);
}
