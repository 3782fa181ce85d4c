// Convolution without padding as matrix products: patches of an image, channels last, one row per output position.

/** patches (images · outHeight · outWidth) x (kernel · kernel · channels) from images of height x width x channels. */
export function gatherPatches(
  images: i32,
  height: i32,
  width: i32,
  channels: i32,
  kernel: i32,
  stride: i32,
  x: usize,
  patches: usize,
): void {
  // prettier-ignore
  const rowBytes = <usize>(width * channels) * 4;
  const runBytes = <usize>(kernel * channels) * 4;
  for (let n = 0; n < images; n++) {
    const image = x + <usize>n * <usize>height * rowBytes;
    for (let top = 0; top + kernel <= height; top += stride) {
      for (let left = 0; left + kernel <= width; left += stride) {
        for (let i = 0; i < kernel; i++) {
          memory.copy(patches, image + <usize>(top + i) * rowBytes + <usize>(left * channels) * 4, runBytes);
          patches += runBytes;
        }
      }
    }
  }
}

/** The transpose of gatherPatches: adds every patch back where it came from, patches in order. x is zeroed first. */
export function scatterPatches(
  images: i32,
  height: i32,
  width: i32,
  channels: i32,
  kernel: i32,
  stride: i32,
  patches: usize,
  x: usize,
): void {
  // prettier-ignore
  const rowBytes = <usize>(width * channels) * 4;
  const run = kernel * channels;
  memory.fill(x, 0, <usize>images * <usize>height * rowBytes);
  for (let n = 0; n < images; n++) {
    const image = x + <usize>n * <usize>height * rowBytes;
    for (let top = 0; top + kernel <= height; top += stride) {
      for (let left = 0; left + kernel <= width; left += stride) {
        for (let i = 0; i < kernel; i++) {
          let to = image + <usize>(top + i) * rowBytes + <usize>(left * channels) * 4;
          for (let c = 0; c < run; c++) {
            store<f32>(to, load<f32>(to) + load<f32>(patches));
            to += 4;
            patches += 4;
          }
        }
      }
    }
  }
}
