/** Canvases that are sharp on any screen. */
import type { Picture } from '../data/samples.ts';

/** Sizes the canvas, and gives a context in CSS pixels. */
export function contextOf(
  canvas: HTMLCanvasElement,
  width: number,
  height: number,
): CanvasRenderingContext2D | undefined {
  const ratio = Math.min(3, window.devicePixelRatio || 1);
  const [columns, lines] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== columns) canvas.width = columns;
  if (canvas.height !== lines) canvas.height = lines;
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const context = canvas.getContext('2d');
  if (!context) return undefined;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return context;
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Every pixel a sharp rectangle. */
export function drawPixels(context: CanvasRenderingContext2D, picture: Picture, box: Box): void {
  const small = document.createElement('canvas');
  small.width = picture.width;
  small.height = picture.height;
  small
    .getContext('2d')
    ?.putImageData(new ImageData(picture.pixels, picture.width, picture.height), 0, 0);
  // fewer pixels than the picture has are averages of it
  context.imageSmoothingEnabled = box.width < picture.width;
  context.drawImage(small, box.x, box.y, box.width, box.height);
}
