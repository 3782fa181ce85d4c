import * as tf from "@tensorflow/tfjs";

/** Name under which @tensorflow/tfjs-node registers itself. */
export const NATIVE_BACKEND = "tensorflow";

/** Whether native TensorFlow was loaded into this thread; it cannot be unloaded. */
export function nativeLoaded(): boolean {
  return tf.engine().findBackendFactory(NATIVE_BACKEND) !== null;
}
